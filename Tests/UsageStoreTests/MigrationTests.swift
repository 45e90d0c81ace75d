import QuotaModel
import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

@Suite("Migrations")
struct MigrationTests {
    let folder: TestFolder

    init() throws {
        folder = try TestFolder()
        try StoreFile.createIfMissing(folder.database)
    }

    private static let second = Migration(
        version: Schema.newestVersion + 1, name: "second",
        statements: ["CREATE TABLE second (x)", "INSERT INTO second VALUES (1)"])

    @Test("Versions count up from 1 and every metric has its column")
    func versions() throws {
        #expect(Schema.migrations.map(\.version) == Array(1...Schema.newestVersion))
        let database = try Database.openStore(folder.database)
        var columns: Set<String> = []
        try database.query("SELECT name FROM pragma_table_info('minutes')") { columns.insert($0.text(0)) }
        #expect(
            columns == Set(UsageMetric.allCases.map(\.rawValue)).union(["series_id", "minute", "counted"]))
    }

    @Test("A store of an older version is brought forward, each step once and its data kept")
    func forward() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(poll([(0, usage(4))]))
        try await store.close()
        for _ in 0..<2 {
            let database = try Database.openStore(
                folder.database, migrations: Schema.migrations + [Self.second])
            #expect(try database.pragma("user_version") == "\(Schema.newestVersion + 1)")
            #expect(try database.first("SELECT count(*) FROM second") { $0.integer(0) } == 1)
            #expect(
                try database.first("SELECT count(*) FROM migrations") { $0.integer(0) } == Schema
                    .newestVersion + 1)
            #expect(
                try TotalsTable(database).exposed(account: account, region: region)[sonnet]?.invocations == 4)
        }
    }

    @Test("A step that fails leaves the version before it whole, and names the step")
    func failing() async throws {
        let broken = Migration(
            version: Schema.newestVersion + 1, name: "broken",
            statements: ["CREATE TABLE half (x)", "INSERT INTO nowhere VALUES (1)"])
        let error = try await storeError {
            _ = try Database.openStore(folder.database, migrations: Schema.migrations + [broken])
        }
        #expect(
            "\(error)".hasPrefix(
                "cannot bring the store to schema \(broken.version) (\(folder.database)): no such table"))
        let store = try UsageStore.open(path: folder.database)
        #expect(try await store.rows("PRAGMA user_version") == ["\(Schema.newestVersion)"])
        #expect(try await store.rows("SELECT count(*) FROM sqlite_schema WHERE name = 'half'") == ["0"])
    }

    @Test("The views are readable for people")
    func views() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(poll([(0, usage(4, latency: 12.5))]))
        try await store.recordAssignments(
            account: account, region: region, [sonnet: PoolAssignment(scope: .global, model: "anthropic.x")])
        let quota = Quota(kind: .tokensPerMinute, limit: 1_000, source: .applied, code: "L-1")
        try await store.recordQuotas(
            account: account, region: region, [PoolQuota(scope: .global, model: "anthropic.x", quota: quota)],
            at: 1_772_323_200)
        #expect(
            try await store.rows(
                "SELECT time, model_id, scope, model, invocations, input_tokens, latency_ms FROM usage")
                == ["2026-03-01T00:00:00Z|\(sonnet)|global|anthropic.x|4|NULL|12.5"])
        #expect(
            try await store.rows("SELECT model_id, metric, exposed FROM counters")
                == ["\(sonnet)|invocations|4"])
        #expect(
            try await store.rows("SELECT model, quota, value, source, quota_code, seen_from FROM quotas")
                == ["anthropic.x|tokens_per_minute|1000.0|applied|L-1|2026-03-01T00:00:00Z"])
    }

    @Test("A store of version 1 keeps its minutes and gets rollups of them, step by step")
    func fromVersion1() async throws {
        let version1 = Array(Schema.migrations.prefix(1))
        do {
            let database = try Database.openStore(folder.database, migrations: version1)
            let first = start.epochSeconds
            for sql in [
                """
                INSERT INTO series (account, region, model_id, scope, model, first_seen, last_seen, retained_from) VALUES
                    ('prod', 'eu', 'a', 'global', 'anthropic.claude-sonnet-4-6', 1, 1, \(first - 1_800)),
                    ('prod', 'eu', 'b', NULL, NULL, 1, 1, 0), ('prod', 'eu', 'listed', NULL, NULL, 1, 1, 0)
                """,
                """
                INSERT INTO minutes (series_id, minute, counted, invocations, output_tokens) VALUES
                    (1, \(first - 60), 1, 3, 10), (1, \(first + 7_200), 1, 4, 20), (2, \(first), 1, 5, NULL)
                """,
                "INSERT INTO coverage VALUES (1, \(first), \(first + 7_260))",
                "INSERT INTO quota_values VALUES ('prod', 'eu', 'global', 'anthropic.claude-sonnet-4-6', "
                    + "'tokens_per_minute', 1, 100, 'applied', NULL)",
            ] { try database.run(sql) }
        }
        let store = try UsageStore.open(path: folder.database)
        let reader = try UsageReader.open(path: folder.database)
        let query = UsageQuery(range: span(-60, 180), stepMinutes: 60, groupBy: [.modelID])
        var before: [UsageRow] = []
        try await reader.rows(query) { before.append($0) }
        #expect(before.map(\.group) == [["a"], ["a"], ["b"], ["a"], ["b"], ["a"], ["b"]])
        #expect(before.map { $0.sums[.invocations] } == [3, 0, 5, 0, nil, 4, nil])
        #expect(before.map(\.coverage) == [nil, 1, nil, 1, nil, 1.0 / 60, nil])
        #expect(before.last { $0.group == ["a"] }?.quotas[.tokensPerMinute]?.peakRatio == 1)
        #expect(try await store.rows("SELECT count(*) FROM series_hours") == ["0"])
        while try await store.rollStep(atMost: 1) > 0 {}
        #expect(try await store.rows("SELECT count(*) FROM series_hours") == ["4"])
        var after: [UsageRow] = []
        try await reader.rows(query) { after.append($0) }
        #expect(after == before)
        #expect(try await store.rows("SELECT time, model_id, invocations FROM hours LIMIT 1").count == 1)
        #expect(try await store.rows("SELECT time, model_id, invocations FROM days LIMIT 1").count == 1)
    }
}
