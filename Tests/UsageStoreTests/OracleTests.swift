import QuotaModel
import TestBench
import Testing

@testable import UsageStore

/// The store in memory and without cleverness: what the random polls must add up to.
private struct Oracle {
    struct Row { var usage: UsageMinute, counted: Bool }

    var rows: [String: [Minute: Row]] = [:]
    var covered: [String: Set<Minute>] = [:]
    /// Counted and deleted since.
    var deleted: [String: [UsageMetric: Int]] = [:]
    var exposed: [String: [UsageMetric: Int]] = [:]
    var retainedFrom: [String: Minute] = [:]
    /// What retention has closed, for new model IDs as well.
    var closed = Minute(index: 0)

    mutating func record(_ poll: PollRecord) {
        for series in poll.series {
            let from = retainedFrom[series.modelID] ?? closed
            retainedFrom[series.modelID] = from
            for item in series.minutes where item.minute >= from && !item.usage.isEmpty {
                let old = rows[series.modelID]?[item.minute]
                rows[series.modelID, default: [:]][item.minute] = Row(
                    usage: (old?.usage ?? UsageMinute()).overwritten(by: item.usage),
                    counted: poll.countsTowardTotals || old?.counted == true)
            }
            for range in series.covered {
                covered[series.modelID, default: []].formUnion(range.filter { $0 >= from })
            }
        }
        for modelID in retainedFrom.keys {
            for metric in UsageTotals.metrics {
                exposed[modelID, default: [:]][metric] = max(
                    exposed[modelID]?[metric] ?? 0, sum(modelID, metric))
            }
        }
    }

    func sum(_ modelID: String, _ metric: UsageMetric) -> Int {
        let live = (rows[modelID] ?? [:]).values.filter(\.counted).reduce(0) {
            $0 + Int($1.usage[metric] ?? 0)
        }
        return live + (deleted[modelID]?[metric] ?? 0)
    }

    mutating func delete(before cut: Minute) {
        guard let newest = rows.values.flatMap(\.keys).max() else { return }
        let cut = Minute(index: min(cut, newest).index / 60 * 60)
        closed = max(closed, cut)
        for (modelID, from) in retainedFrom {
            retainedFrom[modelID] = max(from, cut)
            for (minute, row) in rows[modelID] ?? [:] where minute < cut {
                rows[modelID]?[minute] = nil
                guard row.counted else { continue }
                for metric in UsageTotals.metrics {
                    deleted[modelID, default: [:]][metric, default: 0] += Int(row.usage[metric] ?? 0)
                }
            }
            covered[modelID] = covered[modelID]?.filter { $0 >= cut }
        }
    }
}

@Suite("Random polls against a plain model")
struct OracleTests {
    private static let models = ["a", "b", "global.c"]

    private func randomPoll(_ random: inout SeededGenerator, around center: Int) -> PollRecord {
        var series: [SeriesRecord] = []
        for modelID in Self.models where Bool.random(using: &random) {
            let first = center - Int.random(in: 0...20, using: &random)
            let end = first + Int.random(in: 0...25, using: &random)
            let minutes = (first..<end).filter { _ in Int.random(in: 0..<3, using: &random) > 0 }.map {
                offset in
                var usage = UsageMinute()
                for metric in UsageMetric.allCases where Bool.random(using: &random) {
                    usage[metric] = Double(Int.random(in: 0...50, using: &random))
                }
                return RecordedMinute(minute: minute(offset), usage: usage)
            }
            series.append(SeriesRecord(modelID: modelID, minutes: minutes, covered: [span(first, end)]))
        }
        return PollRecord(
            account: account, region: region, recordedAt: minute(center).epochSeconds, series: series,
            countsTowardTotals: Int.random(in: 0..<5, using: &random) > 0)
    }

    private func compare(_ store: UsageStore, _ oracle: Oracle) async throws {
        let everything = span(-1_000, 1_000)
        let window = try await store.window(account: account, region: region, everything)
        let totals = try await store.totals(account: account, region: region)
        let coverage = try await store.coverage(account: account, region: region)
        #expect(Set(totals.keys) == Set(oracle.retainedFrom.keys))
        for modelID in oracle.retainedFrom.keys {
            let expected = (oracle.rows[modelID] ?? [:]).map {
                RecordedMinute(minute: $0.key, usage: $0.value.usage)
            }
            #expect(window[modelID] ?? [] == expected.sorted { $0.minute < $1.minute })
            for metric in UsageTotals.metrics {
                #expect(totals[modelID]?[metric] == oracle.exposed[modelID]?[metric] ?? 0)
            }
            let covered = (oracle.covered[modelID] ?? []).map { $0..<$0.advanced(by: 1) }
            #expect(coverage[modelID] == MinuteRanges(covered))
        }
    }

    @Test(
        "Invariants 1, 3, 4: overlaps, revisions, backfill, retention and restarts add up as in the model",
        arguments: 1...UInt64(12))
    func oracle(seed: UInt64) async throws {
        let folder = try TestFolder()
        var random = SeededGenerator(seed: seed)
        var oracle = Oracle()
        var store = try UsageStore.open(path: folder.database)
        var exposed: [String: UsageTotals] = [:]
        for step in 0..<40 {
            let record = randomPoll(&random, around: step * 11)
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                try await store.record(record)
                oracle.record(record)
            }
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                let cut = minute(step * 11 - Int.random(in: 0...30, using: &random))
                while try await store.deleteMinutes(before: cut, atMost: 7) > 0 {}
                oracle.delete(before: cut)
            case 1:
                try await store.close()
                store = try UsageStore.open(path: folder.database)
            case 2: try await store.checkpoint()
            default: break
            }
            try await compare(store, oracle)
            let now = try await store.totals(account: account, region: region)
            for (modelID, before) in exposed {
                for metric in UsageTotals.metrics {
                    #expect((now[modelID]?[metric] ?? -1) >= (before[metric] ?? 0))
                }
            }
            exposed = now
        }
        #expect(try await store.integrity() == ["ok"])
    }
}
