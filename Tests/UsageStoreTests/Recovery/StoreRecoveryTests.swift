import Glibc
import QuotaModel
import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

@Suite("Recovery of damaged stores")
struct StoreRecoveryTests {
    /// Few, because every page of the store is damaged.
    private static let minutes = 300
    /// Every table but those that repair changes on purpose; of these, what has to hold is checked on its own.
    fileprivate static let exact = RecoveryBench.tables.filter {
        !["series", "coverage", "five_minute_coverage", "hour_coverage", "totals", "stale_rollups"]
            .contains($0)
    }

    /// Leaves of a table that has many are alike: each is damaged in one way, the next one in another.
    private static func damages(of page: Int, _ bench: RecoveryBench) -> [Damage] {
        guard let owner = bench.pages[page], owner.isLeaf,
            bench.pages.values.count(where: { $0.table == owner.table && $0.isLeaf }) > 6
        else { return Damage.allCases }
        return [Damage.allCases[page / 8 % Damage.allCases.count]]
    }

    private enum Damage: CaseIterable {
        case zeroed
        case random
        case middle

        func apply(to page: inout [UInt8], _ random: inout SeededGenerator) {
            switch self {
            case .zeroed: page = [UInt8](repeating: 0, count: page.count)
            case .random: page = page.map { _ in UInt8.random(in: 0...255, using: &random) }
            case .middle:
                let start = Int.random(in: 0..<3_000, using: &random)
                for index in start..<(start + 600) { page[index] = 0xff }
            }
        }
    }

    /// Averages are left out, the last two columns: a sum tells when a count has lost bytes, and nothing tells of an average.
    private static func comparable(_ rows: Set<String>?, _ table: String) -> Set<String> {
        guard ["minutes", "five_minute_periods", "hour_periods"].contains(table) else { return rows ?? [] }
        return Set((rows ?? []).map { $0.split(separator: "|").dropLast(2).joined(separator: "|") })
    }

    /// What has to hold whatever was damaged: nothing that was not there before, and coverage only of what is known.
    private func expectTrue(
        _ after: [String: Set<String>], _ bench: RecoveryBench, _ comment: Comment,
        tables: [String] = StoreRecoveryTests.exact
    ) throws {
        for table in tables {
            let before = bench.before[table] ?? []
            let others = (after[table] ?? []).subtracting(before)
            guard !others.isEmpty else { continue }
            let made = Self.comparable(others, table).subtracting(Self.comparable(before, table))
            #expect(made.isEmpty, "\(comment) \(table): \(made.prefix(3))")
        }
        let database = try Database(path: bench.damaged, access: .immutable)
        #expect(try database.pragma("integrity_check") == "ok", comment)
        // Each lost minute of the 6 in 7 that had traffic must be unknown.
        let (before, rows) = (bench.before["minutes"] ?? [], after["minutes"] ?? [])
        let changed = Set(
            rows.subtracting(before).map { $0.split(separator: "|").prefix(2).joined(separator: "|") })
        let lost = before.subtracting(rows).map { $0.split(separator: "|").prefix(2) }
            .filter { !changed.contains($0.joined(separator: "|")) }
        var coverage: [Int: MinuteRanges] = [:]
        for id in try SeriesTable(database).allIDs() {
            coverage[id] = try CoverageTable(database).read(series: id)
        }
        let claimed = lost.filter { parts in
            guard let id = Int(parts[0]), let time = Int(parts[1]) else { return true }
            return coverage[id]?.contains(Minute(containingEpochSeconds: time)) ?? false
        }
        #expect(claimed.isEmpty, "\(comment) \(claimed.count) lost minutes are taken for no traffic")
    }

    @Test("A whole store is carried over whole, and the report says so")
    func whole() async throws {
        let bench = try await RecoveryBench(minutes: Self.minutes)
        let (report, after) = try #require(try bench.recover(bench.bytes))
        #expect(report.isComplete, "\(report)")
        for table in RecoveryBench.tables {
            #expect(after[table] == bench.before[table], "\(table)")
            #expect(bench.before[table]?.isEmpty == false, "\(table)")
        }
        let store = try UsageStore.open(path: bench.damaged)
        #expect(try await store.integrity() == ["ok"])
        #expect(
            try await store.record(poll("c", [(Self.minutes, usage(1))])).changedMinutes == 1)
    }

    @Test(
        "Each page damaged in turn: no row that was not there, none lost of other tables, the old file untouched",
        arguments: UInt64(0)..<8)
    func everyPage(part: UInt64) async throws {
        let bench = try await RecoveryBench(minutes: Self.minutes)
        let dependencies = ["alert_transitions", "notification_receivers"]
        var random = SeededGenerator(seed: part)
        for page in 1...(bench.bytes.count / StoreLimits.pageBytes) where page % 8 == Int(part) {
            let owner = bench.pages[page] ?? .init(table: "the pointer map", cells: 0, isLeaf: false)
            for damage in Self.damages(of: page, bench) {
                let bytes = bench.bytes.damaging(page: page) { damage.apply(to: &$0, &random) }
                let comment: Comment = "page \(page) of \(owner.table) \(damage)"
                guard let (report, after) = try bench.recover(bytes) else {
                    // Without the list of tables there are none; without names nothing belongs to anything.
                    #expect(["sqlite_schema", "series"].contains(owner.table), comment)
                    continue
                }
                try expectTrue(after, bench, comment)
                var lostSomewhere = false
                for table in Self.exact + ["series"] {
                    let lost = (bench.before[table]?.count ?? 0) - (after[table]?.count ?? 0)
                    // A message tells of transitions and has a receiver.
                    if table == "notifications", dependencies.contains(owner.table) { continue }
                    // Of a key that begins with text, all between two leaves that are lost may be lost.
                    // SQL cannot read a table whose entry in the list of tables is lost.
                    let mayLose = table == owner.table || owner.table == "sqlite_schema"
                    let bound =
                        table == owner.table && owner.isLeaf && owner.cells > 0 && Self.isStepped(table)
                        ? owner.cells + 1 : .max
                    #expect(lost <= (mayLose ? bound : 0), "\(comment): \(lost) of \(table)")
                    // Rollups are made anew, but for the hour that is out of date anyway.
                    let isRollup = ["_hours", "_days"].contains { table.hasSuffix($0) }
                    lostSomewhere = lostSomewhere || lost > 0 && !isRollup
                }
                if lostSomewhere { #expect(!report.isComplete, comment) }
            }
        }
    }

    private static func isStepped(_ table: String) -> Bool {
        ["minutes", "coverage", "five_minute_periods", "hour_periods", "series_hours", "pool_hours"].contains(
            table)
    }

    @Test(
        "A file cut short anywhere gives what can be read, or is refused in words", arguments: UInt64(0)..<4)
    func truncated(part: UInt64) async throws {
        let bench = try await RecoveryBench(minutes: Self.minutes)
        for end in stride(from: 512 + Int(part) * 4_000, to: bench.bytes.count, by: 16_000) {
            let comment: Comment = "cut at \(end)"
            guard let (report, after) = try bench.recover(Array(bench.bytes[..<end])) else { continue }
            // Where both minutes and rollups are gone, what is left of the hour is rolled up.
            try expectTrue(
                after, bench, comment,
                tables: Self.exact.filter { !$0.hasPrefix("series_") && !$0.hasPrefix("pool_") })
            #expect(!report.isComplete, comment)
        }
    }
}
