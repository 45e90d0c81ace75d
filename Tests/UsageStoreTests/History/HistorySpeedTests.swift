import Glibc
import QuotaModel
import TestBench
import Testing

@testable import UsageStore

/// Days of minutes to fill a store with; 30 for the figures of the documentation, in a release build.
private let days = getenv("USAGE_STORE_DAYS").flatMap { Int(String(cString: $0)) } ?? 1
private let seriesCount = 50

@Suite("Speed of history", .serialized)
struct HistorySpeedTests {
    private func modelID(_ index: Int) -> String { "global.anthropic.model-\(index)" }

    /// Traffic as it is: a few requests a minute, thousands of tokens, averages with a fraction.
    private func usage(_ random: inout SeededGenerator) -> UsageMinute {
        var usage = UsageMinute()
        let requests = Double(Int.random(in: 1...40, using: &random))
        usage.invocations = requests
        usage.inputTokens = requests * Double(Int.random(in: 500...4_000, using: &random))
        usage.outputTokens = requests * Double(Int.random(in: 50...900, using: &random))
        usage.cacheReadInputTokens = requests * Double(Int.random(in: 0...2_000, using: &random))
        usage.cacheWriteInputTokens = requests * Double(Int.random(in: 0...100, using: &random))
        usage.latencyMilliseconds = Double(Int.random(in: 300_000...9_000_000, using: &random)) / 997
        usage.timeToFirstTokenMilliseconds = Double(Int.random(in: 100_000...900_000, using: &random)) / 991
        usage.throttles = 0
        usage.clientErrors = 0
        return usage
    }

    private func fill(_ store: UsageStore) async throws {
        var random = SeededGenerator(seed: 5)
        for hour in 0..<(days * 24) {
            let range = (hour * 60)..<(hour * 60 + 60)
            var poll = PollRecord(account: account, region: region, recordedAt: 1, series: [])
            for index in 0..<seriesCount {
                poll.series.append(
                    SeriesRecord(
                        modelID: modelID(index),
                        minutes: range.map { RecordedMinute(minute: minute($0), usage: usage(&random)) },
                        covered: [span(range.lowerBound, range.upperBound)]))
            }
            try await store.record(poll)
        }
    }

    /// Bytes of the database without its log.
    private func pages(_ store: UsageStore) async throws -> Int {
        Int(try await store.rows("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")[0])
            ?? 0
    }

    /// Hourly periods of a year, so that days exist without their minutes.
    private func fillYear(_ store: UsageStore) async throws {
        var random = SeededGenerator(seed: 6)
        for month in 1...12 {
            let range = (-month * 30 * 24)..<(-(month - 1) * 30 * 24)
            var record = PeriodRecord(
                account: account, region: region, recordedAt: 1, resolution: .hour, series: [])
            for index in 0..<seriesCount {
                record.series.append(
                    PeriodRecord.Series(
                        modelID: modelID(index),
                        periods: range.map { RecordedMinute(minute: minute($0 * 60), usage: usage(&random)) },
                        covered: [span(range.lowerBound * 60, range.upperBound * 60)]))
            }
            try await store.recordPeriods(record)
        }
    }

    private func assign(_ store: UsageStore) async throws {
        var quotas: [PoolQuota] = []
        var pools: [String: PoolAssignment?] = [:]
        for index in 0..<seriesCount {
            pools[modelID(index)] = PoolAssignment(scope: .global, model: "anthropic.model-\(index)")
            for kind in [QuotaKind.tokensPerMinute, .requestsPerMinute, .tokensPerDay] {
                let quota = Quota(kind: kind, limit: 1e6, source: .applied, code: nil)
                quotas.append(PoolQuota(scope: .global, model: "anthropic.model-\(index)", quota: quota))
            }
        }
        try await store.rememberSeries(
            account: account, region: region, pools.mapValues { _ in [] }, at: 1)
        try await store.recordAssignments(account: account, region: region, pools)
        try await store.recordQuotas(account: account, region: region, quotas, at: 1)
    }

    private func time(_ what: String, _ body: () async throws -> Int) async throws -> Duration {
        var best = Duration.seconds(100)
        var count = 0
        for _ in 0..<3 {
            let began = ContinuousClock.now
            count = try await body()
            best = min(best, ContinuousClock.now - began)
        }
        print("\(what): \(best), \(count) rows")
        return best
    }

    @Test("A pool by hour, all pools by day and a usual poll are quick")
    func speed() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        try await assign(store)
        let began = ContinuousClock.now
        try await fill(store)
        let filled = ContinuousClock.now - began
        try await store.checkpoint()
        let samples = Double(seriesCount * days * 1440 * 9)
        print("filled in \(filled), \(Double(try await pages(store)) / samples) bytes a sample with rollups")
        let sizes = try await store.rows(
            "SELECT name, sum(pgsize), sum(payload), sum(unused) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 4"
        )
        print(sizes)
        if days >= 30 { try await fillYear(store) }
        let reader = try UsageReader.open(path: folder.database)
        let pool = UsageQuery(
            range: span(0, days * 1440), stepMinutes: 60, model: "anthropic.model-7")
        let hours = try await time("one pool by hour") { try await count(reader, pool) }
        let year = UsageQuery(range: span(-360 * 1440, days * 1440), stepMinutes: 1440)
        let all = try await time("all pools by day") { try await count(reader, year) }
        let whole = UsageQuery(range: span(0, days * 1440), groupBy: [])
        _ = try await time("all in one row") { try await count(reader, whole) }
        try await timePolls(store)
        // Far above what is measured even in a debug build on a busy machine.
        #expect(hours < .seconds(5))
        #expect(all < .seconds(20))
    }

    private func count(_ reader: UsageReader, _ query: UsageQuery) async throws -> Int {
        var count = 0
        try await reader.rows(query) { _ in count += 1 }
        return count
    }

    /// 15 minutes of 50 model IDs, one of them new, over two hours.
    private func timePolls(_ store: UsageStore) async throws {
        var random = SeededGenerator(seed: 7)
        var slowest = Duration.zero
        var total = Duration.zero
        let first = days * 1440
        for offset in 0..<120 {
            let range = (first + offset - 14)...(first + offset)
            var poll = PollRecord(account: account, region: region, recordedAt: 1, series: [])
            for index in 0..<seriesCount {
                poll.series.append(
                    SeriesRecord(
                        modelID: modelID(index),
                        minutes: [RecordedMinute(minute: minute(first + offset), usage: usage(&random))],
                        covered: [span(range.lowerBound, range.upperBound + 1)]))
            }
            let began = ContinuousClock.now
            try await store.record(poll)
            slowest = max(slowest, ContinuousClock.now - began)
            total += ContinuousClock.now - began
        }
        print("poll: mean \(total / 120), slowest \(slowest)")
    }
}
