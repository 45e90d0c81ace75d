import QuotaModel
import TestBench
import Testing

@testable import UsageStore

@Suite("Stale rollups")
struct StaleRollupTests {
    let folder: TestFolder
    let store: UsageStore
    let reader: UsageReader

    private static let first = ScopedModel(scope: .global, model: "m")
    private static let second = ScopedModel(scope: .crossRegion, model: "m")

    init() async throws {
        folder = try TestFolder()
        store = try UsageStore.open(path: folder.database)
        reader = try UsageReader.open(path: folder.database)
        // One model ID in the first hour, another for three days, in one pool, all rolled up.
        try await store.record(poll("short", [(0, usage(5, output: 10))], covered: [span(0, 60)]))
        try await store.record(poll("long", [(0, usage(1))], covered: [span(0, 4_320)]))
        try await store.recordAssignments(
            account: account, region: region, ["short": Self.first, "long": Self.first])
        while try await store.rollStep(atMost: 100) > 0 {}
    }

    private func row(_ range: Range<Minute>, modelID: String? = nil) async throws -> UsageRow {
        var rows: [UsageRow] = []
        try await reader.rows(UsageQuery(range: range, modelID: modelID, groupBy: [])) { rows.append($0) }
        return try #require(rows.first)
    }

    private func changeRate() async throws {
        try await store.recordRates(
            account: account, region: region,
            [(ScopedModel(scope: .global, model: "m"), BurndownRate(value: 7, source: .override))], at: 1)
    }

    @Test("A model ID that moves takes what was stale of it along, longer periods included")
    func moving() async throws {
        try await changeRate()
        let period = RecordedMinute(minute: minute(1_800), usage: usage(600))
        try await store.recordPeriods(
            PeriodRecord(
                account: account, region: region, recordedAt: 1, resolution: .hour,
                series: [PeriodRecord.Series(modelID: "short", periods: [period], covered: [])]))
        try await store.recordAssignments(account: account, region: region, ["short": Self.second])
        #expect(try await row(span(1_800, 1_860), modelID: "short").sums[.invocations] == 600)
        while try await store.rollStep(atMost: 7) > 0 {}
        #expect(try await row(span(1_800, 1_860), modelID: "short").sums[.invocations] == 600)
    }

    @Test("A pool that all its model IDs have left keeps no hours and no days")
    func left() async throws {
        func count(_ table: String) async throws -> [String] {
            try await store.rows(
                """
                SELECT count(*) FROM \(table) AS r JOIN pools AS p ON p.id = r.pool_id
                WHERE p.scope = '\(Self.first.scope.rawValue)'
                """)
        }
        #expect(try await count("pool_hours") == ["72"])
        #expect(try await count("pool_days") == ["3"])
        try await store.recordAssignments(
            account: account, region: region, ["short": Self.second, "long": Self.second])
        while try await store.rollStep(atMost: 7) > 0 {}
        #expect(try await count("pool_hours") == ["0"])
        #expect(try await count("pool_days") == ["0"])
    }

    @Test("Of limits that change together the one that reaches back furthest counts")
    func limits() async throws {
        func quota(_ kind: QuotaKind, _ limit: Double) -> PoolQuota {
            PoolQuota(
                scope: .global, model: "m",
                quota: Quota(kind: kind, limit: limit, source: .applied, code: nil))
        }
        func seen(_ offset: Int, _ quotas: [PoolQuota]) async throws {
            try await store.recordQuotas(
                account: account, region: region, quotas, at: minute(offset).epochSeconds)
            while try await store.rollStep(atMost: 100) > 0 {}
        }
        try await seen(0, [quota(.tokensPerMinute, 100)])
        try await seen(3_000, [quota(.tokensPerMinute, 200), quota(.requestsPerMinute, 12)])
        let hour = try await row(span(0, 60))
        #expect(hour.quotas[.tokensPerMinute]?.limit == 100)
        #expect(hour.quotas[.requestsPerMinute]?.peakRatio == 0.5)
    }

    @Test("What is stale holds retention back until it is made, and never longer")
    func retention() async throws {
        try await store.record(poll("long", [(60_000, usage(1))], covered: [span(4_320, 60_000)]))
        try await changeRate()
        #expect(try await store.rows("SELECT count(*) FROM stale_rollups") == ["1"])
        // One step makes 240 hours; more are left before the cut.
        #expect(try await store.deleteMinutes(before: minute(30_000), atMost: 100) == 2)
        #expect(
            try await store.rows("SELECT DISTINCT retained_from FROM series")
                == ["\(minute(14_400).epochSeconds)"])
        while try await store.rollStep(atMost: 1_000) > 0 {}
        _ = try await store.deleteMinutes(before: minute(30_000), atMost: 100)
        #expect(
            try await store.rows("SELECT DISTINCT retained_from FROM series")
                == ["\(minute(30_000).epochSeconds)"])
        #expect(try await row(span(0, 60)).quotaTokens == 70)
    }

    @Test("A Region of which only a mark had to go keeps no other from being made")
    func marksAlone() async throws {
        try await store.record(poll("long", [(60_000, usage(1))], covered: [span(4_320, 60_000)]))
        while try await store.rollStep(atMost: 1_000) > 0 {}
        while try await store.deleteMinutes(before: minute(30_000), atMost: 100) > 0 {}
        let elsewhere = SeriesRecord(
            modelID: "m", minutes: [RecordedMinute(minute: minute(50_000), usage: usage(1))],
            covered: [span(50_000, 50_001)])
        try await store.record(
            PollRecord(
                account: account, region: "elsewhere", recordedAt: minute(50_001).epochSeconds,
                series: [elsewhere]))
        // Of hours whose minutes are gone.
        _ = try await store.rows(
            """
            REPLACE INTO stale_rollups SELECT id, \(minute(0).epochSeconds), \(minute(60).epochSeconds) FROM pools
            """)
        #expect(try await store.rollStep(atMost: 10) == 1)
        #expect(try await store.rows("SELECT count(*) FROM stale_rollups") == ["0"])
    }

    @Test("The hour of the newest minute is not made by every poll, the one before it by the next")
    func openHour() async throws {
        func hours() async throws -> [String] {
            try await store.rows(
                "SELECT count(*) FROM series_hours WHERE start >= \(minute(4_320).epochSeconds)")
        }
        try await store.record(poll("long", [(4_330, usage(1))], covered: [span(4_320, 4_331)]))
        #expect(try await hours() == ["0"])
        #expect(try await store.rollStep(atMost: 10) == 0)
        try await store.record(poll("long", [(4_381, usage(1))], covered: [span(4_331, 4_382)]))
        #expect(try await hours() == ["1"])
        #expect(try await row(span(4_320, 4_440)).sums[.invocations] == 2)
    }

    @Test("Far behind the newest hour only what changed is made, at once")
    func lateMinutes() async throws {
        let marks = #"SELECT start, "end" FROM stale_rollups"#
        try await store.record(poll("long", [(9_000, usage(1))], covered: [span(9_000, 9_001)]))
        let before = try await store.rows(marks)
        try await store.record(poll("long", [(700, usage(5)), (2_000, usage(6))]))
        #expect(try await store.rows(marks) == before)
        #expect(try await row(span(660, 720)).sums[.invocations] == 5)
        #expect(
            try await store.rows(
                "SELECT sum(invocations) FROM series_hours WHERE start < \(minute(4_320).epochSeconds)")
                == ["17"])
    }
}
