import QuotaModel
import Testing

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
}
