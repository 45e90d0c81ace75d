import Glibc
import QuotaModel
import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

@Suite("What can be recovered from")
struct RecoverySourceTests {
    let folder: TestFolder

    init() throws {
        folder = try TestFolder()
    }

    private var new: String { folder.path + "/new.db" }

    private func recover(_ path: String) throws -> RecoveryReport {
        try StoreRecovery.run(from: path, to: new, now: RecoveryBench.now)
    }

    private func refusal(_ path: String) async throws -> StoreError {
        try await storeError { _ = try recover(path) }
    }

    /// A copy of a store whose newest transactions are in its log alone, as after `kill -9`.
    private func killed() async throws -> String {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(poll((0..<300).map { ($0, usage(1)) }))
        // Cut, so that the file ends where the newest transaction does.
        _ = try await store.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        for offset in 300..<320 { try await store.record(poll([(offset, usage(2))])) }
        let copy = folder.path + "/killed.db"
        for suffix in ["", "-wal"] { writeBytes(readBytes(folder.database + suffix), to: copy + suffix) }
        #expect(readBytes(copy + "-wal").count > 20 * PageFile.pageBytes)
        return copy
    }

    private func newest(_ path: String) async throws -> Minute? {
        let store = try UsageStore.open(path: path)
        #expect(try await store.integrity() == ["ok"])
        return try await store.newestDatapoint(account: account, region: region)
    }

    @Test("What is in the log alone is carried over, and neither file is changed")
    func log() async throws {
        let path = try await killed()
        let before = [readBytes(path), readBytes(path + "-wal")]
        #expect(try recover(path).isComplete)
        #expect([readBytes(path), readBytes(path + "-wal")] == before)
        #expect(!TestFolder.names(in: folder.path).contains("killed.db-shm"))
        #expect(try await newest(new) == minute(319))
    }

    @Test(
        "A log that is damaged in the middle gives what lies before, says so, and leaves no minute of that day covered"
    )
    func damagedLog() async throws {
        let path = try await killed()
        var log = readBytes(path + "-wal")
        log[log.count / 2] ^= 1
        writeBytes(log, to: path + "-wal")
        let report = try recover(path)
        #expect(report.isLogDamaged && !report.isComplete)
        let newest = try #require(try await newest(new))
        #expect((minute(300)..<minute(319)).contains(newest))
        let store = try UsageStore.open(path: new)
        #expect(try await store.coverage(account: account, region: region)[sonnet]?.isEmpty == true)
    }

    @Test("A log whose last transaction was not written to its end is no damage")
    func tornLog() async throws {
        let path = try await killed()
        writeBytes(Array(readBytes(path + "-wal").dropLast(3_000)), to: path + "-wal")
        #expect(try recover(path).isComplete)
        #expect(try await newest(new) == minute(318))
    }

    @Test("A store that a daemon uses, and a name that is taken, are refused")
    func inUse() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(poll([(0, usage(1))]))
        #expect(try await refusal(folder.database).cause == .inUse)
        try await store.close()
        writeBytes([1], to: new)
        let error = try await refusal(folder.database)
        #expect("\(error)" == "cannot recover the store (\(new)): the new file exists already")
        #expect(readBytes(new) == [1])
        unlink(new)
        #expect(try recover(folder.database).isComplete)
    }

    @Test("Files that are no store, or a later version's, are refused and nothing is left behind")
    func others() async throws {
        try StoreFile.createIfMissing(folder.path + "/other.db")
        let other = try Database(path: folder.path + "/other.db", access: .readWrite)
        try other.run("CREATE TABLE t (x)")
        #expect(try await refusal(folder.path + "/other.db").cause == .foreignFile)
        let store = try UsageStore.open(path: folder.database)
        _ = try await store.rows("INSERT INTO migrations VALUES (99, 'later', 1)")
        try await store.close()
        #expect(try await refusal(folder.database).cause == .newerVersion)
        writeBytes([UInt8](repeating: 0x5a, count: 3 * PageFile.pageBytes), to: folder.path + "/garbage.db")
        let error = try await refusal(folder.path + "/garbage.db")
        #expect(error.reason == "no row of a store can be read in this file")
        #expect(!TestFolder.names(in: folder.path).contains { $0.hasPrefix("new.db") })
    }
}
