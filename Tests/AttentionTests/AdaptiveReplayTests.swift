import AWSSimulator
import Glibc
import QuotaModel
import TestBench
import Testing
import UsageStore

@Suite("The same day polled with and without adaptive reading", .serialized)
struct AdaptiveReplayTests {
    /// What came of a stretch of the day.
    private struct Outcome {
        var events: [ReplayFleet.Event] = []
        var rows: [String: [RecordedMinute]] = [:]
        var coverage: [String: MinuteRanges] = [:]
        var billedMetrics = 0
    }

    /// - Parameter first: Minutes that are polled before anything is compared or billed.
    private func replay(
        isAdaptive: Bool, regions: ArraySlice<String>, minutes: Range<Minute>
    ) async throws -> Outcome {
        let clock = ManualClock(Double(minutes.lowerBound.epochSeconds + 20))
        let simulator = SimulatedAWS(
            scenario: ReplayDay.scenario(regions: regions), clock: { clock.now })
        let fleet = try ReplayFleet(
            isAdaptive: isAdaptive, regions: regions, start: minutes.lowerBound, simulator: simulator,
            clock: clock)
        // The first reads of a day's minutes are the same for both.
        for _ in 0..<2 {
            try await fleet.poll()
            clock.advance(60)
        }
        let before = fleet.metrics.billedMetrics
        for _ in minutes {
            try await fleet.poll()
            clock.advance(60)
        }
        var outcome = Outcome()
        outcome.billedMetrics = fleet.metrics.billedMetrics - before
        outcome.events = fleet.events.sorted()
        // Long enough for pools far from their limits to have been read once more.
        for _ in 0..<20 {
            try await fleet.poll()
            clock.advance(60)
        }
        let stored = minutes.lowerBound.advanced(by: -60)..<minutes.upperBound.advanced(by: -4)
        outcome.rows = try await fleet.rows(regions, stored)
        outcome.coverage = try await fleet.coverage(regions, stored)
        try await fleet.store.close()
        return outcome
    }

    private func compare(
        regions: ArraySlice<String>, minutes: Range<Minute>, atMost share: Double
    ) async throws -> (full: Outcome, adaptive: Outcome) {
        let full = try await replay(isAdaptive: false, regions: regions, minutes: minutes)
        let adaptive = try await replay(isAdaptive: true, regions: regions, minutes: minutes)
        #expect(full.events.count > 4)
        #expect(adaptive.events == full.events)
        #expect(adaptive.rows == full.rows)
        #expect(adaptive.coverage == full.coverage)
        let ratio = Double(adaptive.billedMetrics) / Double(full.billedMetrics)
        print(
            "Replay of \(minutes.count) minutes in \(regions.count) Regions: \(full.events.count) transitions, billed",
            "\(full.billedMetrics) and \(adaptive.billedMetrics) metrics, ratio \(ratio)")
        #expect(ratio <= share)
        return (full, adaptive)
    }

    @Test(
        "three hours with bursts: the same alerts at the same minutes, the same rows", .timeLimit(.minutes(3))
    )
    func hours() async throws {
        let start = ReplayDay.start.advanced(by: 100)
        _ = try await compare(
            regions: ReplayDay.regions.prefix(1), minutes: start..<start.advanced(by: 180), atMost: 0.45)
    }

    @Test(
        "the whole day in five Regions costs what config/README.md says",
        .enabled(if: getenv("BQE_REPLAY_DAY") != nil, "takes minutes; BQE_REPLAY_DAY=1 runs it"))
    func day() async throws {
        let start = ReplayDay.start.advanced(by: 5)
        let outcome = try await compare(
            regions: ReplayDay.regions[...], minutes: start..<start.advanced(by: 1440),
            atMost: ReplayedDay.share)
        #expect(outcome.full.events.count == ReplayedDay.transitions)
        #expect(outcome.full.billedMetrics == ReplayedDay.everything)
    }
}
