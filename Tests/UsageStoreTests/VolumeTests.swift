import QuotaModel
import TestBench
import Testing

@testable import UsageStore

@Suite("Volume")
struct VolumeTests {
    private func full(_ offset: Int, _ series: Int) -> UsageMinute {
        var usage = UsageMinute()
        for (index, metric) in UsageMetric.allCases.enumerated() {
            usage[metric] = Double((offset * 31 + series * 17 + index * 7) % 100_000)
        }
        return usage
    }

    private func regionPoll(_ minutes: Range<Int>, series: Int = 50) -> PollRecord {
        PollRecord(
            account: account, region: region, recordedAt: minute(minutes.upperBound).epochSeconds,
            series: (0..<series).map { index in
                SeriesRecord(
                    modelID: "global.anthropic.model-\(index)",
                    minutes: minutes.map { RecordedMinute(minute: minute($0), usage: full($0, index)) },
                    covered: [span(minutes.lowerBound, minutes.upperBound)])
            })
    }

    @Test("A poll of 50 series writes its new minutes alone, a re-read nothing; a day's window has all")
    func volume() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        for hour in 0..<24 { try await store.record(regionPoll((hour * 60)..<(hour * 60 + 60))) }
        let next = regionPoll(1_426..<1_441)
        let range = span(0, 1_441)
        let first = try await store.record(next)
        let second = try await store.record(next)
        let day = try await store.window(account: account, region: region, range)
        let count = try await store.reduceMinutes(account: account, region: region, range, into: 0) {
            (count, _, _) in count += 1
        }
        #expect(first.changedMinutes == 50)
        #expect(second.changedMinutes == 0)
        #expect(day.values.reduce(0) { $0 + $1.count } == 50 * 1_441)
        #expect(count == 50 * 1_441)
    }
}
