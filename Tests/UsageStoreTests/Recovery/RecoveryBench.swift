import Alerting
import Glibc
import QuotaModel
import Synchronization
import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

/// A store with something in every table, and a copy of it to damage and recover.
final class RecoveryBench: Sendable {
    static let tables = [
        "series", "minutes", "coverage", "totals", "discovered_metrics", "quota_values", "inventory",
        "five_minute_periods", "hour_periods", "five_minute_coverage", "hour_coverage", "burndown_rates",
        "pools", "series_hours", "series_days", "pool_hours", "pool_days", "stale_rollups",
        "remote_write_cursors", "remote_write_revisions", "alerts", "alert_transitions", "notifications",
        "notification_receivers",
        "alert_counters", "spending",
    ]
    /// Unix seconds: some time after the last minute of the store.
    static let now = start.epochSeconds + 30 * 86_400
    static let modelIDs = ["global.a", "global.b", "c"]

    let folder: TestFolder
    private let whole: Whole

    /// A store before anything is damaged.
    fileprivate struct Whole {
        let bytes: [UInt8]
        let before: [String: Set<String>]
        let pages: [Int: Page]
    }

    /// Most tests damage copies of the same store, which takes longer to make than to recover.
    private static let made = Mutex<[Int: Task<Whole, any Error>]>([:])

    private static func whole(_ minutes: Int) async throws -> Whole {
        let task = made.withLock { made in
            let task = made[minutes] ?? Task { try await Whole(minutes: minutes) }
            made[minutes] = task
            return task
        }
        return try await task.value
    }

    var bytes: [UInt8] { whole.bytes }
    /// Of each table, its rows as text.
    var before: [String: Set<String>] { whole.before }
    /// Of each page but those of the pointer map, what it holds.
    var pages: [Int: Page] { whole.pages }

    /// A page of a table's or an index's tree.
    struct Page {
        let table: String
        let cells: Int
        /// A page that no other page hangs on.
        let isLeaf: Bool
    }

    var damaged: String { folder.path + "/damaged.db" }

    /// - Parameter keptFrom: Retention has deleted the minutes before.
    init(minutes: Int, keptFrom: Minute? = nil) async throws {
        folder = try TestFolder()
        whole =
            if let keptFrom { try await Whole(minutes: minutes, keptFrom: keptFrom) } else {
                try await Self.whole(minutes)
            }
    }

    // MARK: What is in the store

    fileprivate static func furnish(_ store: UsageStore, minutes: Int) async throws {
        let listed = Dictionary(
            uniqueKeysWithValues: modelIDs.map { ($0, Set(["Invocations", "InputTokenCount"])) })
        try await store.rememberSeries(account: account, region: region, listed, at: start.epochSeconds)
        try await store.recordAssignments(
            account: account, region: region,
            [
                "global.a": ScopedModel(scope: .global, model: "a"),
                "global.b": ScopedModel(scope: .global, model: "a"),
            ])
        let quota = Quota(kind: .tokensPerMinute, limit: 90_000, source: .applied, code: "L-1")
        try await store.recordQuotas(
            account: account, region: region, [PoolQuota(scope: .global, model: "a", quota: quota)],
            at: start.epochSeconds)
        for rate in [5.0, 10.0] {
            _ = try await store.recordRates(
                account: account, region: region,
                [(ScopedModel(scope: .global, model: "a"), BurndownRate(value: rate, source: .measured))],
                at: Int(rate))
        }
        try await recordMinutes(store, minutes: minutes - 1)
        try await recordPeriods(store)
        while try await store.rollStep(atMost: 1_000) > 0 {}
        // The newest hour is out of date again.
        for modelID in modelIDs { try await store.record(poll(modelID, [(minutes - 1, usage(9, input: 5))])) }
        try await store.saveInventory(account: account, region: region, inventory, at: 9)
        try await store.updateAlerts(
            AlertChange(from: AlertState(), to: AlertTests.full, differing: .anywhere))
        try await store.recordSpending(
            modelIDs.indices.map {
                MonthSpending(
                    account: account, region: "\(region)-\($0)", month: "2026-03", billedMetrics: 9 + $0)
            })
        try await store.advanceRemoteWrite(
            receiver: "vm",
            [RemoteWriteCursor(key: .receiver, start: minute(0), next: minute(0))]
                + modelIDs.map { modelID in
                    RemoteWriteCursor(
                        key: .init(account: account, region: region, subject: "model_id/\(modelID)"),
                        start: minute(-90), next: minute(9))
                })
        // Minutes that were sent and are other than then.
        try await store.record(
            PollRecord(
                account: account, region: region, recordedAt: 6,
                series: [SeriesRecord(modelID: modelIDs[0], minutes: [], covered: [minute(-90)..<minute(1)])])
        )
    }

    /// As a daemon does that reads them again.
    static func recordMinutes(_ store: UsageStore, minutes: Int) async throws {
        for modelID in modelIDs {
            // Some minutes without traffic; what was read first, as history, does not count.
            let all = (0..<minutes).filter { $0 % 7 != 3 }.map { (offset: Int) -> (Int, UsageMinute) in
                (offset, usage(Double(offset + 1), input: Double(offset) * 70_001, output: 3, latency: 12.5))
            }
            let (old, new) = (all.filter { $0.0 < 60 }, all.filter { $0.0 >= 60 })
            try await store.record(poll(modelID, old, covered: [span(0, 60)], counts: false))
            try await store.record(poll(modelID, new, covered: [span(60, minutes)]))
        }
    }

    private static func recordPeriods(_ store: UsageStore) async throws {
        for (resolution, day) in [(PeriodRecord.Resolution.fiveMinutes, -3), (.hour, -6)] {
            let first = day * 1_440
            let periods = (0..<30).map { index in
                RecordedMinute(
                    minute: minute(first + index * resolution.minutes), usage: usage(Double(index)))
            }
            try await store.recordPeriods(
                PeriodRecord(
                    account: account, region: region, recordedAt: start.epochSeconds, resolution: resolution,
                    series: [
                        PeriodRecord.Series(
                            modelID: "c", periods: periods,
                            covered: [span(first, first + 30 * resolution.minutes)])
                    ]))
        }
    }

    /// Long enough for overflow pages.
    private static let inventory = Inventory(
        quotas: (0..<60).map { index in
            ListedQuota(
                code: "L-\(index)", name: "Tokens per minute for a model with the number \(index)",
                appliedValue: 7,
                defaultValue: 7, isAdjustable: true)
        }, models: [], profiles: [])

    /// All rows of a store that is not open.
    static func contents(_ path: String) throws -> [String: Set<String>] {
        let database = try Database(path: path, access: .immutable)
        var contents: [String: Set<String>] = [:]
        for table in tables {
            var columns: [String] = []
            try database.query("SELECT name FROM pragma_table_info('\(table)')") {
                columns.append($0.text(0))
            }
            // Joined by SQLite, which is quicker than a debug build.
            let row = columns.map { "ifnull(CAST(\"\($0)\" AS TEXT), 'NULL')" }.joined(
                separator: " || '|' || ")
            var rows: Set<String> = []
            try database.query("SELECT \(row) FROM \(table)") { rows.insert($0.text(0)) }
            contents[table] = rows
        }
        return contents
    }

    // MARK: Damage

    /// Puts what can be read of a file of these bytes in its place; returns the report and what is there then, nil when
    /// nothing could be read.
    func recover(_ damage: [UInt8], now: Int = RecoveryBench.now) throws -> (
        report: RecoveryReport, after: [String: Set<String>]
    )? {
        for name in TestFolder.names(in: folder.path) where name.hasPrefix("damaged.db") {
            unlink(folder.path + "/" + name)
        }
        writeBytes(damage, to: damaged)
        let names = Set(TestFolder.names(in: folder.path)).union(["damaged.db.lock"])
        let outcome: StoreRecovery.Outcome
        do {
            outcome = try StoreRecovery(path: damaged, now: now).salvage()
        } catch {
            guard error.isDamaged else { throw error }
            guard readBytes(damaged) == damage, Set(TestFolder.names(in: folder.path)) == names else {
                throw Touched()
            }
            return nil
        }
        let kept = try #require(outcome.damagedPath)
        let name = String(kept.split(separator: "/").last ?? "")
        guard readBytes(kept) == damage, Set(TestFolder.names(in: folder.path)) == names.union([name]) else {
            throw Touched()
        }
        return (outcome.report, try Self.contents(damaged))
    }

    /// The damaged store or its folder was changed.
    struct Touched: Error {}
}

extension RecoveryBench.Whole {
    init(minutes: Int, keptFrom: Minute? = nil) async throws {
        let folder = try TestFolder()
        let path = folder.path + "/whole.db"
        let store = try UsageStore.open(path: path)
        try await RecoveryBench.furnish(store, minutes: minutes)
        if let keptFrom { while try await store.deleteMinutes(before: keptFrom, atMost: 1_000) > 0 {} }
        try await store.close()
        let database = try Database(path: path, access: .readOnly)
        var pages: [Int: RecoveryBench.Page] = [:]
        try database.query("SELECT pageno, name, ncell, pagetype FROM dbstat") { row in
            pages[row.integer(0)] = RecoveryBench.Page(
                table: row.text(1), cells: row.integer(2), isLeaf: row.text(3) == "leaf")
        }
        self.init(bytes: readBytes(path), before: try RecoveryBench.contents(path), pages: pages)
    }
}

extension [UInt8] {
    /// With one page written over.
    func damaging(page: Int, _ change: (inout [UInt8]) -> Void) -> [UInt8] {
        let range = ((page - 1) * StoreLimits.pageBytes)..<(page * StoreLimits.pageBytes)
        var part = Array(self[range])
        change(&part)
        var all = self
        all.replaceSubrange(range, with: part)
        return all
    }
}
