import Glibc
import QuotaModel
import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

@Suite("What a recovery brings in line")
struct RecoveryRepairTests {
    private static let minutes = 700
    /// Soon enough after the store's end that CloudWatch still has its minutes.
    private static let soon = start.epochSeconds + 86_400

    private func zeroed(_ bench: RecoveryBench, _ page: Int) -> [UInt8] {
        bench.bytes.damaging(page: page) { $0 = [UInt8](repeating: 0, count: $0.count) }
    }

    /// A leaf of a table that is neither its first nor its last.
    private func middleLeaf(_ bench: RecoveryBench, _ table: String) throws -> Int {
        let leaves = bench.pages.filter { $0.value.table == table && $0.value.isLeaf }.keys.sorted()
        try #require(leaves.count > 2)
        return leaves[leaves.count / 2]
    }

    @Test(
        "Lost minutes that are read again bring every table back, and no counter counts them twice",
        arguments: [nil, minute(120)])
    func readAgain(keptFrom: Minute?) async throws {
        let bench = try await RecoveryBench(minutes: Self.minutes, keptFrom: keptFrom)
        let damage = zeroed(bench, try middleLeaf(bench, "minutes"))
        let (report, after) = try #require(try bench.recover(damage, now: Self.soon))
        #expect(!report.isComplete && !report.uncovered.isEmpty)
        let lost = (bench.before["minutes"]?.count ?? 0) - (after["minutes"]?.count ?? 0)
        #expect((20...200).contains(lost))
        let store = try UsageStore.open(path: bench.damaged)
        let exposed = try await store.totals(account: account, region: region)
        let tokens = try await store.quotaTokens(account: account, region: region)
        #expect(!tokens.isEmpty)
        try await RecoveryBench.recordMinutes(store, minutes: Self.minutes - 1)
        while try await store.rollStep(atMost: 1_000) > 0 {}
        #expect(try await store.totals(account: account, region: region) == exposed, "counters stand still")
        #expect(try await store.quotaTokens(account: account, region: region) == tokens)
        try await store.close()
        let healed = try RecoveryBench.contents(bench.damaged)
        for table in RecoveryBench.tables {
            #expect(healed[table] == bench.before[table], "\(table)")
        }
    }

    /// Without rollups of the newest hour, which are out of date by their mark; the mark itself stays.
    private func settled(_ rows: Set<String>?) -> Set<String>? {
        let hour = minute(Self.minutes).startOfHour
        let end = "|\(hour.advanced(by: 60).epochSeconds)"
        return rows?.filter { !$0.contains("|\(hour.epochSeconds)|") || $0.hasSuffix(end) }
    }

    @Test(
        "Rollups of hours that lost minutes stay, and come back where they were lost",
        arguments: [
            "minutes", "series_hours", "pool_hours", "series_days", "pool_days", "stale_rollups",
        ])
    func rollups(damagedTable: String) async throws {
        let bench = try await RecoveryBench(minutes: Self.minutes)
        let page = try #require(bench.pages.filter { $0.value.table == damagedTable }.keys.max())
        let (report, after) = try #require(try bench.recover(zeroed(bench, page), now: Self.soon))
        for table in ["series_hours", "pool_hours", "series_days", "pool_days", "stale_rollups"] {
            #expect(settled(after[table]) == settled(bench.before[table]), "\(table)")
        }
        #expect(report.isComplete == (damagedTable != "minutes"), "\(report)")
    }

    @Test("Names of series that are lost come from their index, with all that hangs on them")
    func seriesByIndex() async throws {
        let bench = try await RecoveryBench(minutes: Self.minutes)
        let page = try #require(bench.pages.first { $0.value.table == "series" }?.key)
        let (report, after) = try #require(try bench.recover(zeroed(bench, page)))
        for table in [
            "minutes", "coverage", "totals", "pools", "discovered_metrics", "series_hours", "pool_hours",
        ] {
            #expect(after[table] == bench.before[table], "\(table)")
        }
        #expect(report.notes.count == 3)
        let names = (after["series"] ?? []).map { $0.split(separator: "|")[3] }.sorted()
        #expect(names == ["c", "global.a", "global.b"])
        let store = try UsageStore.open(path: bench.damaged)
        #expect(
            try await store.record(poll("c", [(5, usage(6, input: 5 * 70_001, output: 3))])).newSeries == 0)
    }

    @Test(
        "A series that its table and its index name differently is dropped: its minutes would go by a wrong name"
    )
    func contradictingNames() async throws {
        let bench = try await RecoveryBench(minutes: Self.minutes)
        let page = try #require(bench.pages.first { $0.value.table == "series" }?.key)
        let damage = bench.bytes.damaging(page: page) { bytes in
            let name = Array("global.b".utf8)
            for index in 0..<(bytes.count - name.count)
            where Array(bytes[index..<(index + name.count)]) == name {
                bytes[index + name.count - 1] = UInt8(ascii: "x")
            }
        }
        let (report, after) = try #require(try bench.recover(damage))
        #expect(!report.isComplete)
        #expect(report.notes.contains { $0.contains("global.b") && $0.contains("global.x") })
        #expect((after["series"] ?? []).map { $0.split(separator: "|")[3] }.sorted() == ["c", "global.a"])
        #expect(Set((after["minutes"] ?? []).map { $0.split(separator: "|")[0] }).count == 2)
    }

    @Test(
        "A figure of which one bit has turned does not add up to its hour: the hour's minutes go, its rollup stays"
    )
    func turnedBit() async throws {
        let bench = try await RecoveryBench(minutes: Self.minutes)
        // Input tokens of minute 130, in four bytes.
        let value = 130 * 70_001
        let pattern = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
        let leaves = bench.pages.filter { $0.value.table == "minutes" && $0.value.isLeaf }.keys.sorted()
        // Those of all three model IDs, and old copies of rows between the cells.
        let places = leaves.flatMap { page -> [Int] in
            let start = (page - 1) * StoreLimits.pageBytes
            return (start..<(start + StoreLimits.pageBytes - 4)).filter {
                Array(bench.bytes[$0..<($0 + 4)]) == pattern
            }
        }
        var damage = bench.bytes
        for place in places { damage[place + 3] ^= 4 }
        let (report, after) = try #require(try bench.recover(damage, now: Self.soon))
        let before = bench.before["minutes"] ?? []
        #expect((after["minutes"] ?? []).isSubset(of: before))
        let lost = before.count - (after["minutes"]?.count ?? 0)
        #expect(lost == 3 * 51, "the minutes with traffic of one hour of each model ID")
        #expect(report.uncovered.map { $0.ranges.ranges } == Array(repeating: [span(120, 180)], count: 3))
        for table in ["series_hours", "pool_hours", "series_days", "pool_days"] {
            #expect(after[table] == bench.before[table], "\(table)")
        }
    }
}
