import Foundation
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

    private func columns(_ table: String) throws -> [String] {
        let database = try Database.openStore(folder.database)
        var columns: [String] = []
        try database.query("SELECT name, type FROM pragma_table_xinfo('\(table)')") { row in
            columns.append(row.text(1).isEmpty ? row.text(0) : "\(row.text(0)) \(row.text(1))")
        }
        return columns
    }

    /// The schema is text and never follows today's code by itself, so a metric that is added needs a migration.
    @Test("The columns are those that the program reads and writes, in its order and of its types")
    func literalColumns() throws {
        let metrics = UsageMetric.allCases.map {
            "\($0.rawValue) \($0.statistic == .average ? "REAL" : "INTEGER")"
        }
        let time = ["series_id INTEGER", "start INTEGER"]
        #expect(
            try columns("minutes") == ["series_id INTEGER", "minute INTEGER", "counted INTEGER"] + metrics)
        for table in ["five_minute_periods", "hour_periods"] { #expect(try columns(table) == time + metrics) }
        for table in ["series_hours", "series_days"] {
            #expect(try columns(table) == time + RollupTable.sumColumns + RollupTable.useColumns)
        }
        for table in ["pool_hours", "pool_days"] {
            #expect(try columns(table) == ["pool_id INTEGER", "start INTEGER"] + RollupTable.useColumns)
        }
        let names = ["time", "account", "region", "model_id", "scope", "model"]
        for (view, metrics) in [
            ("usage", UsageMetric.allCases), ("hours", UsageTotals.metrics), ("days", UsageTotals.metrics),
        ] {
            let found = try columns(view).map { String($0.prefix { $0 != " " }) }
            #expect(Set(names + metrics.map(\.rawValue)).isSubset(of: found), "\(view)")
        }
        let key = AlertTables.keyColumns.map { "\($0) TEXT" }
        #expect(try Array(columns("alerts").prefix(key.count)) == key)
        #expect(try Array(columns("alert_transitions").dropFirst().prefix(key.count)) == key)
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
                try database.first("SELECT count(*) FROM migrations") { $0.integer(0) } == 2)
            #expect(
                try TotalsTable(database).exposed(account: account, region: region)[sonnet]?.invocations == 4)
        }
    }

    @Test("Before a newer schema is written, the store is kept as it was, and an older program says where")
    func earlierStore() async throws {
        let copy = "\(folder.database).schema-\(Schema.newestVersion)"
        for invocations in [4.0, 5] {
            let store = try UsageStore.open(path: folder.database)
            try await store.record(poll([(0, usage(invocations))]))
            try await store.close()
            #expect(!FileManager.default.fileExists(atPath: copy) || invocations == 5)
            _ = try Database.openStore(folder.database, migrations: Schema.migrations + [Self.second])
            let error = try await storeError { _ = try UsageStore.open(path: folder.database) }
            #expect(
                "\(error)".hasSuffix(
                    "nothing was changed. \(copy) is the store as this version left it: move it to the store's place to go back"
                ))
            // Back, as the message says.
            try FileManager.default.removeItem(atPath: folder.database)
            try FileManager.default.copyItem(atPath: copy, toPath: folder.database)
            let again = try UsageStore.open(path: folder.database)
            #expect(try await again.rows("SELECT invocations FROM minutes") == ["\(Int(invocations))"])
            #expect(try await again.integrity() == ["ok"])
            try await again.close()
        }
    }

    @Test("Without a copy of it the store is not brought to a newer schema")
    func noCopy() async throws {
        try await UsageStore.open(path: folder.database).close()
        let copy = "\(folder.database).schema-\(Schema.newestVersion)"
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: false)
        let error = try await storeError {
            _ = try Database.openStore(folder.database, migrations: Schema.migrations + [Self.second])
        }
        #expect("\(error)".hasPrefix("cannot keep the store as it was before its schema changes"))
        #expect(
            try await UsageStore.open(path: folder.database).rows("PRAGMA user_version") == [
                "\(Schema.newestVersion)"
            ])
        #expect(!FileManager.default.fileExists(atPath: copy + ".unfinished"))
    }

    @Test(
        "A step whose n-th statement fails leaves the version before it whole, and names the step",
        arguments: 0..<3)
    func failing(number: Int) async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(poll([(0, usage(4))]))
        try await store.close()
        var statements = [
            "CREATE TABLE half (x)", "ALTER TABLE series ADD COLUMN half INTEGER", "DELETE FROM minutes",
        ]
        statements.insert("INSERT INTO nowhere VALUES (1)", at: number)
        let broken = Migration(
            version: Schema.newestVersion + 1, name: "broken", statements: Array(statements))
        let error = try await storeError {
            _ = try Database.openStore(folder.database, migrations: Schema.migrations + [broken])
        }
        #expect(
            "\(error)".hasPrefix(
                "cannot bring the store to schema \(broken.version) (\(folder.database)): no such table"))
        let again = try UsageStore.open(path: folder.database)
        #expect(try await again.rows("PRAGMA user_version") == ["\(Schema.newestVersion)"])
        #expect(try await again.rows("SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%half%'") == ["0"])
        #expect(try await again.rows("SELECT invocations FROM minutes") == ["4"])
    }

    @Test("The views are readable for people")
    func views() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(poll([(0, usage(4, latency: 12.5))]))
        try await store.recordAssignments(
            account: account, region: region, [sonnet: ScopedModel(scope: .global, model: "anthropic.x")])
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

    @Test(
        "A store of a development version is refused with the way to keep its data, and stays as it is",
        arguments: 1...7)
    func developmentVersion(version: Int) async throws {
        do {
            let database = try Database(path: folder.database, access: .readWrite)
            for sql in [
                "PRAGMA application_id = \(StoreLimits.applicationID)", "PRAGMA user_version = \(version)",
                "CREATE TABLE minutes (series_id INTEGER, minute INTEGER)",
                "INSERT INTO minutes VALUES (1, 60)",
            ] { try database.run(sql) }
        }
        let bytes = readBytes(folder.database)
        let errors = [
            try await storeError { _ = try UsageStore.open(path: folder.database) },
            try await storeError { _ = try UsageReader.open(path: folder.database) },
        ]
        for error in errors {
            #expect(error.cause == .developmentVersion)
            #expect(
                "\(error)".contains(
                    "(\(folder.database)): written by a development version (schema \(version))"))
            #expect(
                error.reason.contains("\"export openmetrics\" of the program that wrote it keeps its data"))
        }
        #expect(readBytes(folder.database) == bytes)
    }
}
