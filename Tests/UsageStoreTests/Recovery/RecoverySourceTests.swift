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

    private func salvage(_ path: String) throws -> StoreRecovery.Outcome {
        try StoreRecovery(path: path, now: RecoveryBench.now).salvage()
    }

    private func refusal(_ path: String) async throws -> StoreError {
        try await storeError { _ = try salvage(path) }
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
        #expect(readBytes(copy + "-wal").count > 20 * StoreLimits.pageBytes)
        return copy
    }

    private func newest(_ path: String) async throws -> Minute? {
        let store = try UsageStore.open(path: path)
        #expect(try await store.integrity() == ["ok"])
        return try await store.newestDatapoint(account: account, region: region)
    }

    @Test("A look tells what a salvage would keep and changes nothing")
    func look() async throws {
        let path = try await killed()
        let names = Set(TestFolder.names(in: folder.path)).union(["killed.db.lock"])
        let before = [readBytes(path), readBytes(path + "-wal")]
        let outcome = try StoreRecovery(path: path, now: RecoveryBench.now).look()
        #expect(outcome.report.isComplete && outcome.damagedPath == nil)
        #expect(outcome.report.tables.first { $0.name == "minutes" }?.keptRows == 320)
        #expect([readBytes(path), readBytes(path + "-wal")] == before)
        #expect(Set(TestFolder.names(in: folder.path)) == names)
    }

    @Test("What is in the log alone is carried over; the damaged store and its log lie beside the new one")
    func log() async throws {
        let path = try await killed()
        let before = [readBytes(path), readBytes(path + "-wal")]
        let outcome = try salvage(path)
        #expect(outcome.report.isComplete)
        let kept = try #require(outcome.damagedPath)
        #expect(kept == path + ".damaged-20260331T000000Z")
        #expect([readBytes(kept), readBytes(kept + "-wal")] == before)
        #expect(!TestFolder.names(in: folder.path).contains("killed.db-wal"))
        #expect(try await newest(path) == minute(319))
    }

    @Test(
        "A log that is damaged in the middle gives what lies before, says so, and leaves no minute of that day covered"
    )
    func damagedLog() async throws {
        let path = try await killed()
        var log = readBytes(path + "-wal")
        log[log.count / 2] ^= 1
        writeBytes(log, to: path + "-wal")
        let report = try salvage(path).report
        #expect(report.isLogDamaged && !report.isComplete)
        let newest = try #require(try await newest(path))
        #expect((minute(300)..<minute(319)).contains(newest))
        let store = try UsageStore.open(path: path)
        #expect(try await store.coverage(account: account, region: region)[sonnet]?.isEmpty == true)
    }

    @Test("A log without its header is a damaged one")
    func headlessLog() async throws {
        let path = try await killed()
        var log = readBytes(path + "-wal")
        for index in 0..<32 { log[index] = 0 }
        writeBytes(log, to: path + "-wal")
        #expect(try salvage(path).report.isLogDamaged)
        #expect(try await newest(path) == minute(299))
    }

    @Test("A log whose last transaction was not written to its end is no damage")
    func tornLog() async throws {
        let path = try await killed()
        writeBytes(Array(readBytes(path + "-wal").dropLast(3_000)), to: path + "-wal")
        #expect(try salvage(path).report.isComplete)
        #expect(try await newest(path) == minute(318))
    }

    @Test("A store that a daemon uses is refused")
    func inUse() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(poll([(0, usage(1))]))
        #expect(try await refusal(folder.database).cause == .inUse)
        try await store.close()
        #expect(try salvage(folder.database).report.isComplete)
    }

    @Test("Files that are no store, or another version's, are refused and stay as they are")
    func others() async throws {
        let other = folder.path + "/other.db"
        try StoreFile.createIfMissing(other)
        try Database(path: other, access: .readWrite).run("CREATE TABLE t (x)")
        #expect(try await refusal(other).cause == .foreignFile)
        let store = try UsageStore.open(path: folder.database)
        for (version, cause) in [(99, StoreError.Cause.newerVersion), (7, .developmentVersion)] {
            _ = try await store.rows("UPDATE migrations SET version = \(version)")
            let copy = "\(folder.path)/\(version).db"
            try await BackupFile.make(of: folder.database, at: copy)
            let error = try await refusal(copy)
            #expect(error.cause == cause && error.path == copy)
        }
        let garbage = folder.path + "/garbage.db"
        let bytes = [UInt8](repeating: 0x5a, count: 3 * StoreLimits.pageBytes)
        writeBytes(bytes, to: garbage)
        let error = try await refusal(garbage)
        #expect(error.cause == .damaged)
        #expect(error.reason.hasPrefix("its list of tables cannot be read: file is not a database"))
        #expect(readBytes(garbage) == bytes)
        #expect(!TestFolder.names(in: folder.path).contains { $0.contains(".recovered") })
    }
}
