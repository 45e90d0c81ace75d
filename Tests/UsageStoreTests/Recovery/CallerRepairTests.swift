import Glibc
import QuotaModel
import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

@Suite("What a recovery makes of callers")
struct CallerRepairTests {
    private static let windows = 240
    private static let now = start.epochSeconds + (windows * 5 + 10) * 60

    let folder: TestFolder

    init() throws {
        folder = try TestFolder()
    }

    private var whole: String { folder.path + "/whole.db" }
    private var damaged: String { folder.path + "/damaged.db" }

    /// Two callers in each minute of windows that follow one another.
    private func fill(_ store: UsageStore, _ windows: Range<Int>) async throws {
        for window in windows {
            let minutes = try (window * 5..<window * 5 + 5).flatMap { minute in
                try ["a", "b"].map { try CallerTests.minuteOf($0, minute, 10) }
            }
            try await CallerTests.record(store, window * 5, window * 5 + 5, minutes)
        }
    }

    private func store() async throws {
        let store = try UsageStore.open(path: whole)
        try await CallerTests.assign(store)
        try await store.record(poll([(0, usage(1)), (Self.windows * 5, usage(1))]))
        try await fill(store, 0..<Self.windows)
        try await store.close()
    }

    /// The pages of a table that no other pages hang on, its first and last left out.
    private func leaves(_ table: String) throws -> [Int] {
        let database = try Database(path: whole, access: .readOnly)
        var pages: [Int] = []
        try database.query(
            "SELECT pageno FROM dbstat WHERE name = '\(table)' AND pagetype = 'leaf' ORDER BY pageno"
        ) { pages.append($0.integer(0)) }
        return Array(pages.dropFirst().dropLast())
    }

    private func salvage(without page: Int) throws {
        writeBytes(
            readBytes(whole).damaging(page: page) { $0 = [UInt8](repeating: 0, count: $0.count) },
            to: damaged)
        _ = try StoreRecovery(path: damaged, now: Self.now).salvage()
    }

    private func totals(_ store: UsageStore) async throws -> [String] {
        try await store.rows(
            "SELECT caller, CAST(quota_tokens AS INTEGER) FROM caller_totals JOIN callers ON id = caller_id ORDER BY 1"
        )
    }

    @Test("A window that lost a minute is unknown, and all others are whole")
    func lostMinutes() async throws {
        try await store()
        let pages = try leaves("caller_minutes")
        try #require(pages.count > 2)
        try salvage(without: pages[pages.count / 2])
        let store = try UsageStore.open(path: damaged)
        let unknown = try await store.rows(
            "SELECT count(*) FROM caller_windows WHERE state = 'unknown' AND reason = 'lost with a damaged store'"
        )
        let count = try #require(unknown.first.flatMap { Int($0) })
        #expect((1..<Self.windows / 2).contains(count))
        let rows = try await store.rows(
            """
            SELECT count(*) FROM caller_windows AS w WHERE state = 'read' AND
                (SELECT count(*) FROM caller_minutes WHERE minute >= w.start AND minute < w."end") <> 10
            """)
        #expect(rows == ["0"], "no window is taken for read that lacks rows")
        #expect(try await totals(store) == ["a|\(17 * 5 * Self.windows)", "b|\(17 * 5 * Self.windows)"])
        #expect(
            try await store.newestCallerMinute(account: account, region: region)
                == minute(Self.windows * 5), "nothing is asked for a second time")
        try await store.close()
    }

    @Test("Lost windows are not asked for again: the time since the last that is left is unknown")
    func lostWindows() async throws {
        try await store()
        let pages = try leaves("caller_windows")
        try #require(!pages.isEmpty)
        try salvage(without: pages[pages.count / 2])
        let store = try UsageStore.open(path: damaged)
        let newest = try #require(try await store.newestCallerMinute(account: account, region: region))
        #expect(newest >= minute(Self.windows * 5))
        #expect(try await store.rows("SELECT count(*) FROM caller_minutes") == ["\(Self.windows * 10)"])
        try await store.close()
    }

    @Test("Lost counters are made anew of the minutes")
    func lostTotals() async throws {
        try await store()
        let database = try Database(path: whole, access: .readOnly)
        let root = try #require(
            try database.first("SELECT rootpage FROM sqlite_schema WHERE name = 'caller_totals'") {
                $0.integer(0)
            })
        try salvage(without: root)
        let store = try UsageStore.open(path: damaged)
        #expect(try await totals(store) == ["a|\(17 * 5 * Self.windows)", "b|\(17 * 5 * Self.windows)"])
        try await store.close()
    }

    @Test(
        "In place of a newer store a backup goes on from its counters, and asks for nothing that it had read")
    func restore() async throws {
        let store = try UsageStore.open(path: whole)
        try await CallerTests.assign(store)
        try await store.record(poll([(0, usage(1)), (100, usage(1))]))
        try await fill(store, 0..<3)
        let backup = folder.path + "/backup.db"
        try await BackupFile.make(of: whole, at: backup)
        try await fill(store, 3..<8)
        try await CallerTests.record(store, 40, 45, [CallerTests.minuteOf("new", 40, 1)])
        let counters = try await totals(store)
        let spent = try await store.bytesScanned(account: account, month: "2026-03")
        try await store.close()
        _ = try StoreRecovery(path: whole, now: Self.now).restore(StoreBackup(path: backup, madeAt: 1))
        let restored = try UsageStore.open(path: whole)
        #expect(try await totals(restored) == counters)
        #expect(try await restored.bytesScanned(account: account, month: "2026-03") == spent)
        #expect(try await restored.newestCallerMinute(account: account, region: region) == minute(45))
        #expect(
            try await restored.rows("SELECT state, count(*) FROM caller_windows GROUP BY state ORDER BY 1")
                == ["read|3", "unknown|1"])
        try await restored.close()
    }
}
