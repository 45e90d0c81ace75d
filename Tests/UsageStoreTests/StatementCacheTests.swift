import CSQLite
import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

@Suite("Prepared statements")
struct StatementCacheTests {
    let folder: TestFolder

    init() throws {
        folder = try TestFolder()
    }

    private func database() throws -> Database {
        try StoreFile.createIfMissing(folder.database)
        return try Database(path: folder.database, access: .readWrite)
    }

    @Test("Statements of a start do not keep those of every poll out, and no more are kept than the limit")
    func onceOnly() throws {
        let database = try database()
        for number in 0..<3 * 64 { try database.run("SELECT \(number)") }
        let before = database.preparations
        for _ in 0..<10 {
            for often in 0..<10 { try database.run("SELECT 'often', \(often)") }
        }
        #expect(database.preparations == before + 10)
        #expect(database.keptStatements == 64)
    }

    @Test("Of the statements kept, that which was not used for longest gives way")
    func leastRecent() throws {
        let database = try database()
        for number in 0..<64 { try database.run("SELECT \(number)") }
        try database.run("SELECT 0")
        try database.run("SELECT 'new'")
        let before = database.preparations
        try database.run("SELECT 0")
        #expect(database.preparations == before)
        try database.run("SELECT 1")
        #expect(database.preparations == before + 1)
    }

    @Test("A statement at work further up is used once more, and one that gave way meanwhile goes on")
    func busy() throws {
        let database = try database()
        var seen: [Int] = []
        try database.query("SELECT 1 UNION SELECT 2") { (row) throws(StoreError) in
            seen.append(row.integer(0))
            for number in 0..<2 * 64 { try database.run("SELECT \(number)") }
            #expect(try database.first("SELECT 1 UNION SELECT 2") { $0.integer(0) } == 1)
        }
        #expect(seen == [1, 2])
    }

    @Test("SQLite took our settings of memory, so it counts no allocations")
    func memorySettings() throws {
        let database = try database()
        try database.run("SELECT 1")
        var (used, highest): (Int64, Int64) = (-1, -1)
        #expect(sqlite3_status64(SQLITE_STATUS_MEMORY_USED, &used, &highest, 0) == SQLITE_OK)
        #expect(used == 0)
    }

    @Test("A poll prepares nothing that the polls before it have prepared")
    func polls() async throws {
        let store = try UsageStore.open(path: folder.database)
        func record(_ first: Int) async throws {
            try await store.record(
                poll([(first, usage(1)), (first + 1, usage(2))], covered: [span(first, first + 1)]))
        }
        func preparations() async throws -> Int {
            try await store.use("count preparations") { $0.preparations }
        }
        for first in 0..<3 { try await record(first) }
        let before = try await preparations()
        for first in 3..<6 { try await record(first) }
        #expect(try await preparations() == before)
    }
}
