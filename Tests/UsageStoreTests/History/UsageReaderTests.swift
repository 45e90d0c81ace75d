import Glibc
import QuotaModel
import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

@Suite("The reader of history")
struct UsageReaderTests {
    let folder: TestFolder
    let store: UsageStore

    private static let model = "anthropic.claude-sonnet-4-6"
    private static let pool = QuotaPool(account: account, region: region, scope: .global, model: model)

    init() async throws {
        folder = try TestFolder()
        store = try UsageStore.open(path: folder.database)
    }

    private func fill() async throws {
        try await store.record(
            poll([(0, usage(2, input: 100, output: 10)), (2, usage(1))], covered: [span(0, 60)]))
        try await store.recordAssignments(
            account: account, region: region, [sonnet: ScopedModel(scope: .global, model: Self.model)])
        let quota = Quota(kind: .tokensPerMinute, limit: 300, source: .applied, code: nil)
        try await store.recordQuotas(
            account: account, region: region, [PoolQuota(scope: .global, model: Self.model, quota: quota)],
            at: 1)
    }

    private func rows(_ reader: UsageReader, _ query: UsageQuery) async throws -> [UsageRow] {
        var rows: [UsageRow] = []
        try await reader.rows(query) { rows.append($0) }
        return rows
    }

    @Test("One step by hand: sums, quota tokens, peak and mean")
    func byHand() async throws {
        try await fill()
        let reader = try UsageReader.open(path: folder.database)
        let found = try await rows(reader, UsageQuery(range: span(0, 4)))
        let row = try #require(found.first)
        #expect(found.count == 1)
        #expect(row.group == [account, region, "global", Self.model])
        #expect(row.sums[.invocations] == 3)
        #expect(row.sums[.throttles] == 0)
        #expect(row.quotaTokens == 150)
        #expect(row.coverage == 1)
        let quota = try #require(row.quotas[.tokensPerMinute])
        #expect(quota.limit == 300)
        #expect(quota.peakRatio == 0.5)
        #expect(quota.peakMinute == minute(0))
        #expect(quota.meanRatio == 0.125)
        #expect(row.peakInvocations == Peak(value: 2, minute: minute(0)))
    }

    private func cached(_ input: Double, read: Double?, written: Double? = nil) -> UsageMinute {
        var minute = usage(1, input: input, output: 10)
        minute.cacheReadInputTokens = read
        minute.cacheWriteInputTokens = written
        return minute
    }

    @Test("Cache reads are unknown until CloudWatch lists them, then what they kept off the pool is known")
    func cacheReads() async throws {
        let other = "82ey7vcct4m3"
        for (modelID, minute) in [(sonnet, cached(300, read: nil)), (other, cached(1000, read: nil))] {
            try await store.record(poll(modelID, [(0, minute)], covered: [span(0, 60)]))
            try await store.recordAssignments(
                account: account, region: region, [modelID: ScopedModel(scope: .global, model: Self.model)])
        }
        let reader = try UsageReader.open(path: folder.database)
        let whole = UsageQuery(range: span(0, 60))
        let each = UsageQuery(range: span(0, 60), groupBy: [.modelID])
        var row = try #require(try await rows(reader, whole).first)
        #expect(row.cacheReadShare == nil && row.cacheSavedQuotaTokens == nil)
        #expect(row.quotaTokens == 1400)

        try await store.rememberSeries(
            account: account, region: region, [sonnet: ["InputTokenCount", "CacheReadInputTokens"]], at: 1)
        row = try #require(try await rows(reader, whole).first)
        #expect(row.cacheReadShare == 0 && row.cacheSavedQuotaTokens == 0)
        let noTraffic = try #require(try await rows(reader, UsageQuery(range: span(1, 60))).first)
        #expect(noTraffic.cacheReadShare == nil && noTraffic.cacheSavedQuotaTokens == 0)

        try await store.record(poll([(0, cached(300, read: 600, written: 100))], covered: [span(0, 60)]))
        row = try #require(try await rows(reader, whole).first)
        #expect(row.cacheReadShare == 0.3 && row.cacheSavedQuotaTokens == 600)
        #expect(row.quotaTokens == 1500)
        let parts = Dictionary(uniqueKeysWithValues: try await rows(reader, each).map { ($0.group[0], $0) })
        #expect(parts[sonnet]?.cacheReadShare == 0.6 && parts[sonnet]?.cacheSavedQuotaTokens == 600)
        #expect(parts[other]?.cacheReadShare == nil && parts[other]?.cacheSavedQuotaTokens == nil)
        while try await store.rollStep(atMost: 10) > 0 {}
        #expect(try await rows(reader, whole).first?.cacheSavedQuotaTokens == 600)

        // Without a pool nothing is kept off one; the share is known all the same.
        try await store.recordAssignments(account: account, region: region, [sonnet: nil])
        let left = try await rows(reader, each).first { $0.group[0] == sonnet }
        #expect(left?.cacheReadShare == 0.6 && left?.cacheSavedQuotaTokens == nil)
    }

    @Test("A corrected rate corrects the past, noted with its source")
    func rates() async throws {
        try await fill()
        let pool = ScopedModel(scope: .global, model: Self.model)
        let rate = BurndownRate(value: 15, source: .measured)
        #expect(try await store.recordRates(account: account, region: region, [(pool, rate)], at: 9) == 1)
        #expect(try await store.recordRates(account: account, region: region, [(pool, rate)], at: 10) == 0)
        #expect(try await store.burndownRates(account: account, region: region) == [pool: rate])
        let reader = try UsageReader.open(path: folder.database)
        #expect(try await rows(reader, UsageQuery(range: span(0, 60))).first?.quotaTokens == 250)
        while try await store.rollStep(atMost: 10) > 0 {}
        #expect(try await rows(reader, UsageQuery(range: span(0, 60))).first?.quotaTokens == 250)
        // A clock that went back does not hide the newest rate.
        let other = BurndownRate(value: 5, source: .table)
        try await store.recordRates(account: account, region: region, [(pool, other)], at: 3)
        #expect(try await store.burndownRates(account: account, region: region) == [pool: other])
    }

    @Test("An hour's sum is never shown as anything shorter, and yields to minutes")
    func periods() async throws {
        var record = PeriodRecord(
            account: account, region: region, recordedAt: 1, resolution: .hour,
            series: [
                PeriodRecord.Series(
                    modelID: sonnet, periods: [RecordedMinute(minute: minute(60), usage: usage(600))],
                    covered: [span(-30, 130)])
            ])
        #expect(try await store.recordPeriods(record).changedPeriods == 1)
        #expect(try await store.recordPeriods(record).unchangedPeriods == 1)
        #expect(
            try await store.periodCoverage(account: account, region: region, resolution: .hour)
                == [sonnet: MinuteRanges([span(0, 120)])])
        #expect(
            try await store.periodCoverage(account: account, region: region, resolution: .fiveMinutes)
                == [sonnet: MinuteRanges()])
        let reader = try UsageReader.open(path: folder.database)
        var hours = try await rows(reader, UsageQuery(range: span(0, 180), stepMinutes: 60, groupBy: []))
        #expect(hours.map { $0.sums[.invocations] } == [0, 600, nil])
        #expect(hours.map(\.coverage) == [1, 1, 0])
        #expect(hours.allSatisfy { $0.peakInvocations == nil })
        let quarters = try await rows(reader, UsageQuery(range: span(60, 120), stepMinutes: 15, groupBy: []))
        #expect(quarters.map { $0.sums[.invocations] } == [nil, nil, nil, nil])
        try await store.record(poll([(61, usage(3))], covered: [span(60, 70)]))
        hours = try await rows(reader, UsageQuery(range: span(60, 120), groupBy: []))
        #expect(hours.map { $0.sums[.invocations] } == [3])
        #expect(hours.map(\.coverage) == [10.0 / 60])
        #expect(try await store.recordPeriods(record).supersededPeriods == 1)
        record.series[0].periods = [
            RecordedMinute(minute: minute(61), usage: usage(1)),
            RecordedMinute(minute: Minute(index: -60), usage: usage(1)),
            RecordedMinute(minute: minute(120), usage: usage(-1)),
        ]
        record.series.append(PeriodRecord.Series(modelID: "", periods: [], covered: []))
        let refused = try await store.recordPeriods(record)
        #expect(refused.refusedPeriods == 2)
        #expect(refused.refusedDatapoints == 1)
        #expect(refused.refusedSeries == 1)
    }

    @Test("What is there can be told from what is not: no such series, no coverage, no traffic")
    func presence() async throws {
        try await fill()
        let reader = try UsageReader.open(path: folder.database)
        var presence = try await reader.presence(UsageQuery(range: span(0, 3)))
        #expect(presence.series == 1 && presence.isCovered && presence.hasTraffic)
        presence = try await reader.presence(UsageQuery(range: span(10, 20)))
        #expect(presence.series == 1 && presence.isCovered && !presence.hasTraffic)
        presence = try await reader.presence(UsageQuery(range: span(100, 200)))
        #expect(presence.series == 1 && !presence.isCovered && !presence.hasTraffic)
        presence = try await reader.presence(UsageQuery(range: span(0, 3), model: "other"))
        #expect(presence == UsagePresence())
        let series = try await reader.series()
        #expect(series.map(\.key.modelID) == [sonnet])
        #expect(series.first?.quotaPool == Self.pool)
        #expect(series.first?.firstCovered == minute(0))
    }

    @Test("A pool's minutes come one by one, with their limits and whether they are exact")
    func poolMinutes() async throws {
        try await fill()
        try await store.record(poll([(60, usage(4, input: 7))], covered: []))
        let reader = try UsageReader.open(path: folder.database)
        var minutes: [PoolUseMinute] = []
        try await reader.poolMinutes(Self.pool, span(-5_000, 5_000)) { minutes.append($0) }
        #expect(minutes.map(\.minute) == (0...60).map(minute))
        #expect(minutes[0].quotaTokens == 150 && minutes[0].requests == 2 && minutes[0].isCovered)
        #expect(minutes[0].limits == [.tokensPerMinute: 300])
        #expect(minutes[1].quotaTokens == 0 && minutes[1].isCovered)
        #expect(minutes[60].quotaTokens == 7 && !minutes[60].isCovered)
        let none = QuotaPool(account: "x", region: region, scope: .global, model: Self.model)
        try await reader.poolMinutes(none, span(0, 10)) { _ in Issue.record("no such pool") }
    }

    @Test("A model ID's minutes come one by one, with every metric and whether they are covered")
    func seriesMinutes() async throws {
        try await fill()
        var late = usage(4)
        late.latencyMilliseconds = 12.5
        late.estimatedQuotaTokens = 9
        try await store.record(poll([(3_000, late)], covered: []))
        let reader = try UsageReader.open(path: folder.database)
        let key = SeriesKey(account: account, region: region, modelID: sonnet)
        var minutes: [SeriesMinute] = []
        try await reader.seriesMinutes(key, span(-5_000, 5_000)) { minutes.append($0) }
        #expect(
            minutes == [
                SeriesMinute(minute: minute(0), usage: usage(2, input: 100, output: 10), isCovered: true),
                SeriesMinute(minute: minute(2), usage: usage(1), isCovered: true),
                SeriesMinute(minute: minute(3_000), usage: late, isCovered: false),
            ])
        minutes = []
        try await reader.seriesMinutes(key, span(2, 3_000)) { minutes.append($0) }
        #expect(minutes.map(\.minute) == [minute(2)])
        let none = SeriesKey(account: "x", region: region, modelID: sonnet)
        try await reader.seriesMinutes(none, span(0, 10)) { _ in Issue.record("no such model ID") }
    }

    @Test("A taker that throws, or a cancelled task, stops the work at once")
    func stopping() async throws {
        try await fill()
        let reader = try UsageReader.open(path: folder.database)
        let endless = UsageQuery(range: minute(0)..<Minute(index: 4_000_000_000), stepMinutes: 1)
        var seen = 0
        await #expect(throws: Missing.self) {
            try await reader.rows(endless) { _ in
                seen += 1
                if seen == 10 { throw Missing.error }
            }
        }
        #expect(seen == 10)
        let task = Task {
            var count = 0
            try await reader.rows(endless) { _ in
                count += 1
                if count == 5_000 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("Reading goes on while the writer writes, and keeps no log from being written back")
    func besideTheWriter() async throws {
        try await fill()
        let reader = try UsageReader.open(path: folder.database)
        let store = store
        try await reader.rows(UsageQuery(range: span(0, 50), stepMinutes: 1)) { _ in
            try await store.record(poll([(70, usage(1))]))
            #expect(try await store.checkpoint())
        }
    }

    @Test("Without a daemon the file is enough; a closed store leaves nothing to wait for")
    func withoutDaemon() async throws {
        try await fill()
        try await store.close()
        let reader = try UsageReader.open(path: folder.database)
        #expect(try await rows(reader, UsageQuery(range: span(0, 4))).first?.sums[.invocations] == 3)
        let immutable = try Database(path: folder.database, access: .immutable)
        #expect(try immutable.first("SELECT count(*) FROM minutes") { $0.integer(0) } == 2)
    }

    @Test("An immutable file's name is read back as it is", arguments: ["a b", "50%?x=1#y", "%41", "ü"])
    func names(name: String) async throws {
        let path = folder.path + "/" + name
        let other = try UsageStore.open(path: path)
        try await other.close()
        let database = try Database(path: path, access: .immutable)
        #expect(try database.first("SELECT count(*) FROM series") { $0.integer(0) } == 0)
    }

    @Test("In a folder where nothing can be made, a store without a log is read all the same")
    func readOnlyFolder() async throws {
        // Root may write anywhere.
        guard geteuid() != 0 else { return }
        try await fill()
        try await store.close()
        chmod(folder.path, 0o500)
        defer { chmod(folder.path, 0o700) }
        let reader = try UsageReader.open(path: folder.database)
        #expect(try await rows(reader, UsageQuery(range: span(0, 4))).first?.sums[.invocations] == 3)
    }

    @Test("A file that is not there, or no store, is refused by name")
    func refusals() async throws {
        #expect(
            try await storeError { _ = try UsageReader.open(path: folder.path + "/no.db") }.cause == .badPath)
    }

    @Test("Rollups outlive their minutes until their own retention")
    func rollupRetention() async throws {
        try await fill()
        try await store.record(poll([(3_000, usage(1))]))
        while try await store.rollStep(atMost: 10) > 0 {}
        let reader = try UsageReader.open(path: folder.database)
        let query = UsageQuery(range: span(0, 1_440))
        let before = try await rows(reader, query)
        // Days that still have minutes keep their rollups.
        #expect(try await store.deleteRollups(before: minute(9_000), atMost: 100) == 0)
        while try await store.deleteMinutes(before: minute(2_900), atMost: 100) > 0 {}
        #expect(try await store.rows("SELECT count(*) FROM minutes") == ["1"])
        #expect(try await rows(reader, query) == before)
        #expect(try await store.deleteRollups(before: minute(1_439), atMost: 100) == 0)
        #expect(try await store.deleteRollups(before: minute(1_440), atMost: 1) == 1)
        while try await store.deleteRollups(before: minute(1_440), atMost: 1) > 0 {}
        #expect(try await rows(reader, query).map(\.sums) == [[:]])
        #expect(try await store.integrity() == ["ok"])
    }
}
