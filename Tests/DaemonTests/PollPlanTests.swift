import QuotaModel
import Testing

@testable import Polling
@testable import Reading

@Suite("Poll plan: when")
struct PollPlanScheduleTests {
    private let plan = PollPlan(settings: PollingSettings())

    @Test("polls stay on their grid for a year, however long each takes", arguments: [0.0, 0.25, 0.9999])
    func grid(phase: Double) {
        var random = SeededGenerator(seed: 7)
        var now = 1_764_000_000.0
        for _ in 0..<2000 {
            let next = plan.nextPoll(after: now, phase: phase, consecutiveFailures: 0)
            #expect(next > now)
            #expect(next - now <= 60.000001)
            let place = next.truncatingRemainder(dividingBy: 60) - phase * 60
            #expect(abs(place) < 1e-4)
            now = next + Double.random(in: 0..<200, using: &random)
        }
    }

    @Test("a poll that ends on a grid point waits for the next one, also where rounding is in the way")
    func gridPoint() {
        for step in 0..<20_000 {
            let phase = Double(step % 10_000) / 10_000
            let point = plan.nextPoll(
                after: 1_764_000_000 + Double(step) * 61, phase: phase, consecutiveFailures: 0)
            let next = plan.nextPoll(after: point, phase: phase, consecutiveFailures: 0)
            #expect(next - point > 59)
        }
    }

    @Test("Regions keep different places in the interval, the same at each start")
    func phases() {
        let regions = AccountFactory.defaultRegions
        let phases = regions.map { Fleet.phase(account: "prod", region: $0) }
        #expect(Set(phases).count == regions.count)
        #expect(phases.allSatisfy { (0..<1).contains($0) })
        #expect(phases == regions.map { Fleet.phase(account: "prod", region: $0) })
        #expect(
            Fleet.phase(account: "prod", region: "us-east-1")
                == Fleet.phase(account: "prod", region: "us-east-1"))
        #expect(
            Fleet.phase(account: "dev", region: "us-east-1")
                != Fleet.phase(account: "prod", region: "us-east-1"))
    }

    @Test(
        "failures double the pause up to ten minutes",
        arguments: zip([0, 1, 2, 3, 4, 5, 6, 1000], [60.0, 60, 120, 240, 480, 600, 600, 600]))
    func backoff(failures: Int, seconds: Double) {
        #expect(plan.backoffSeconds(failures) == seconds)
        let next = plan.nextPoll(after: 1_764_000_001, phase: 0, consecutiveFailures: failures)
        #expect(next > 1_764_000_001 + seconds - 60)
        #expect(next <= 1_764_000_001 + seconds)
    }

    @Test("the pause is never shorter than a long interval")
    func longInterval() {
        let hourly = PollPlan(settings: PollingSettings { $0.interval = .seconds(3600) })
        #expect(hourly.backoffSeconds(5) == 3600)
    }

    @Test("a clock set back postpones nothing")
    func clockSetBack() {
        #expect(PollPlan.isDue(last: nil, intervalSeconds: 60, now: 0))
        #expect(!PollPlan.isDue(last: 100, intervalSeconds: 60, now: 159))
        #expect(PollPlan.isDue(last: 100, intervalSeconds: 60, now: 160))
        #expect(PollPlan.isDue(last: 1_000_000, intervalSeconds: 60, now: 500))
        let back = plan.nextPoll(after: 1000, phase: 0.5, consecutiveFailures: 0)
        #expect(back == 1050)
    }
}

@Suite("Poll plan: what")
struct PollPlanReadTests {
    private let plan = PollPlan(settings: PollingSettings())
    /// 12:34:56 of a day in 2026.
    private let now = Double(Minute(index: 29_500_000).epochSeconds + 56)
    private var current: Minute { Minute(index: 29_500_000) }

    private func covered(_ lower: Int, _ upper: Int) -> MinuteRanges {
        MinuteRanges([current.advanced(by: lower)..<current.advanced(by: upper)])
    }

    @Test("the live window ends with the minute in progress, and settled means three minutes old")
    func liveWindow() {
        #expect(plan.liveWindow(now: now) == current.advanced(by: -15)..<current.advanced(by: 1))
        #expect(plan.settledEdge(now: now) == current.advanced(by: -3))
    }

    @Test("a new series waits for its first read of a day, which reaches up to now")
    func firstRead() {
        #expect(plan.liveRead(now: now, coverage: ["a": MinuteRanges()]) == nil)
        #expect(plan.liveRead(now: now, coverage: ["a": MinuteRanges()], tried: ["a"])?.modelIDs == ["a"])
        let reads = plan.catchUpReads(now: now, coverage: ["b": MinuteRanges(), "a": MinuteRanges()])
        #expect(
            reads == [
                PollPlan.Read(
                    window: current.advanced(by: -3 - 1440)..<current.advanced(by: 1), modelIDs: ["a", "b"])
            ])
        #expect(plan.backfillReads(now: now, coverage: ["a": MinuteRanges()]).isEmpty)
    }

    @Test("a series without gaps asks for nothing beside the live window")
    func steady() {
        let coverage = ["a": covered(-21_600, -3)]
        #expect(plan.liveRead(now: now, coverage: coverage)?.modelIDs == ["a"])
        #expect(plan.catchUpReads(now: now, coverage: coverage).isEmpty)
        #expect(plan.backfillReads(now: now, coverage: coverage).isEmpty)
    }

    @Test("downtime leaves a gap that is read whole, and as far as CloudWatch keeps minutes")
    func downtime() {
        let short = plan.catchUpReads(now: now, coverage: ["a": covered(-21_600, -600)])
        #expect(
            short == [
                PollPlan.Read(window: current.advanced(by: -600)..<current.advanced(by: -15), modelIDs: ["a"])
            ])
        let long = plan.catchUpReads(now: now, coverage: ["a": covered(-60_000, -50_000)])
        let oldest = current.advanced(by: 1 - PollPlan.retentionMinutes)
        // What is older than CloudWatch lists metrics is asked for all of them.
        let listed = current.advanced(by: -PollPlan.listedMinutes)
        var older = PollPlan.Read(window: oldest..<listed, modelIDs: ["a"])
        older.asksEveryMetric = true
        #expect(
            long == [PollPlan.Read(window: listed..<current.advanced(by: -15), modelIDs: ["a"]), older])
        #expect(PollPlan.retentionMinutes < 15 * 1440)
    }

    @Test(
        "Invariant 4: history before the first covered minute is never counted, and reaches to the configured length"
    )
    func backfill() {
        let reads = plan.backfillReads(now: now, coverage: ["a": covered(-1443, -3)])
        #expect(reads.allSatisfy { !$0.countsTowardTotals })
        let listed = current.advanced(by: -PollPlan.listedMinutes)
        let oldest = current.advanced(by: 1 - PollPlan.retentionMinutes).roundedUp(to: 5)
        #expect(reads.map(\.window) == [listed..<current.advanced(by: -1443), oldest..<listed])
        #expect(reads.map(\.asksEveryMetric) == [false, true])
        let short = PollPlan(settings: PollingSettings { $0.backfill = .minutes(60) })
        #expect(short.backfillReads(now: now, coverage: ["a": covered(-63, -3)]).isEmpty)
    }

    @Test("a clock set back behind all that is covered asks for no time to come")
    func clockSetBack() {
        let coverage = ["a": covered(5000, 7000)]
        for read in plan.catchUpReads(now: now, coverage: coverage)
            + plan.backfillReads(now: now, coverage: coverage)
        {
            #expect(read.window.upperBound <= current.advanced(by: 1))
            #expect(!read.window.isEmpty)
        }
    }

    @Test("settling later than the live window reaches is planned without a trap")
    func oddSettings() {
        let odd = PollPlan(
            settings: PollingSettings {
                $0.rereadWindow = .minutes(2)
                $0.settleDelay = .minutes(90)
            })
        #expect(odd.catchUpReads(now: now, coverage: ["a": covered(-50, -20)]).isEmpty)
    }

    @Test("a series with a further metric is read again from before the listing that lacked it")
    func grown() {
        let coverage = ["a": covered(-5000, -3), "b": covered(-40, -3), "new": MinuteRanges()]
        let listing = Double(current.advanced(by: -20).epochSeconds)
        let reads = plan.grownReads(
            now: now, coverage: coverage, since: ["a": listing, "b": nil, "new": nil, "gone": nil])
        #expect(
            reads == [
                PollPlan.Read(window: current.advanced(by: -40)..<current.advanced(by: -15), modelIDs: ["b"]),
                PollPlan.Read(window: current.advanced(by: -50)..<current.advanced(by: -15), modelIDs: ["a"]),
            ])
    }
}

@Suite("Poll plan: requests")
struct PollPlanRequestTests {
    private let start = Minute(index: 29_000_000)

    @Test("a request holds at most 500 queries and 50,000 points, and each series whole")
    func limits() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<300 {
            let count = Int.random(in: 1...400, using: &random)
            let minutes = [1, 16, 1443, 21_540].randomElement(using: &random) ?? 1
            let modelIDs = (0..<count).map { "model-\($0)" }.sorted()
            var costs: [String: Int] = [:]
            for modelID in modelIDs { costs[modelID] = Int.random(in: 0...13, using: &random) }
            let read = PollPlan.Read(
                window: start..<start.advanced(by: minutes), modelIDs: modelIDs,
                countsTowardTotals: Bool.random(using: &random))
            var asked: [String: MinuteRanges] = [:]
            var minutesAsked: [String: Int] = [:]
            for request in PollPlan.requests(for: read, queriesPerSeries: costs) {
                let queries = request.modelIDs.reduce(0) { $0 + (costs[$1] ?? 0) }
                #expect(queries <= PollPlan.queriesPerRequest)
                #expect(queries * request.window.count <= PollPlan.pointsPerRequest)
                #expect(request.countsTowardTotals == read.countsTowardTotals)
                #expect(Set(request.modelIDs).count == request.modelIDs.count)
                for modelID in request.modelIDs {
                    asked[modelID, default: MinuteRanges()].insert(request.window)
                    minutesAsked[modelID, default: 0] += request.window.count
                }
            }
            #expect(asked.keys.sorted() == modelIDs)
            #expect(asked.values.allSatisfy { $0 == MinuteRanges([read.window]) })
            #expect(minutesAsked.values.allSatisfy { $0 == minutes })
        }
    }

    @Test("the newest minutes come first")
    func order() {
        let read = PollPlan.Read(window: start..<start.advanced(by: 21_540), modelIDs: ["a", "b"])
        let requests = PollPlan.requests(for: read, queriesPerSeries: ["a": 11, "b": 11])
        #expect(requests.map(\.window.upperBound) == requests.map(\.window.upperBound).sorted(by: >))
    }

    @Test("every minute in reach that is missing is asked for exactly once by a plan, whatever is covered")
    func oracle() {
        var random = SeededGenerator(seed: 11)
        let current = Minute(index: 29_500_000)
        let now = Double(current.epochSeconds)
        for _ in 0..<150 {
            let settings = PollingSettings {
                $0.rereadWindow = .minutes(Int.random(in: 4...30, using: &random))
                $0.settleDelay = .minutes(3)
                $0.backfill = .minutes(Int.random(in: 30...4000, using: &random))
            }
            let plan = PollPlan(settings: settings)
            var covered = MinuteRanges()
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let lower = -Int.random(in: 3...5000, using: &random)
                let upper = min(-3, lower + Int.random(in: 1...2000, using: &random))
                covered.insert(current.advanced(by: lower)..<current.advanced(by: max(lower, upper)))
            }
            let coverage = ["a": covered]
            let live = plan.liveRead(now: now, coverage: coverage).map { [$0] } ?? []
            let reads =
                live + plan.catchUpReads(now: now, coverage: coverage)
                + plan.backfillReads(now: now, coverage: coverage)
            var count: [Minute: Int] = [:]
            for read in reads { for minute in read.window { count[minute, default: 0] += 1 } }
            let reach =
                covered.isEmpty
                ? min(settings.backfill.wholeMinutes, 1440) + 3
                : max(
                    settings.backfill.wholeMinutes - 1,
                    covered.span.map { $0.lowerBound.distance(to: current) } ?? 0)
            for back in -1...6000 {
                let minute = current.advanced(by: -back)
                let isLive = plan.liveWindow(now: now).contains(minute)
                let isMissing = back >= 0 && back <= reach && !covered.contains(minute)
                #expect(count[minute, default: 0] == (isLive || isMissing ? 1 : 0), "\(back) minutes ago")
            }
        }
    }
}
