import Glibc
import QuotaModel
import Synchronization
import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

@Suite("Backups")
struct BackupTests {
    let folder: TestFolder
    private var target: String { folder.path + "/backups/copy.db" }

    init() throws {
        folder = try TestFolder()
        mkdir(folder.path + "/backups", 0o700)
    }

    private func filled(_ minutes: Int = 3_000) async throws -> UsageStore {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(poll((0..<minutes).map { ($0, usage(Double($0))) }))
        return store
    }

    private var left: [String] { TestFolder.names(in: folder.path + "/backups").sorted() }

    @Test("A backup is a whole store of one moment, for its owner alone, however much is written meanwhile")
    func oneMoment() async throws {
        let store = try await filled(20_000)
        let offset = Atomic(20_000)
        try await BackupFile.make(of: folder.database, at: target, pagesPerPiece: 8) {
            let next = offset.add(1, ordering: .relaxed).newValue
            try await store.record(poll([(next, usage(1))]))
            try await store.checkpoint()
        }
        #expect(offset.load(ordering: .relaxed) > 20_000, "it takes more than one piece")
        #expect(left == ["copy.db"])
        var status = stat()
        #expect(stat(target, &status) == 0 && status.st_mode & 0o777 == 0o600)
        let copy = try UsageStore.open(path: target)
        #expect(try await copy.integrity() == ["ok"])
        #expect(try await copy.rows("SELECT count(*) FROM minutes") == ["20000"])
        #expect(try await copy.rows("PRAGMA auto_vacuum") == ["2"])
        try await store.close()
    }

    @Test("A file that is there is never overwritten")
    func taken() async throws {
        _ = try await filled(10)
        writeBytes([1, 2], to: target)
        let error = try await storeError { try await BackupFile.make(of: folder.database, at: target) }
        #expect("\(error)" == "cannot back up the store (\(target)): the file exists already")
        #expect(readBytes(target) == [1, 2])
        #expect(left == ["copy.db"])
    }

    @Test("A damaged store gives no backup, and nothing is left of the attempt")
    func damaged() async throws {
        let store = try await filled()
        try await store.close()
        var bytes = readBytes(folder.database)
        let page = bytes.count / StoreLimits.pageBytes - 3
        for index in (page * StoreLimits.pageBytes)..<((page + 1) * StoreLimits.pageBytes) {
            bytes[index] = 0x5a
        }
        writeBytes(bytes, to: folder.database)
        let error = try await storeError { try await BackupFile.make(of: folder.database, at: target) }
        #expect(error.isDamaged)
        #expect("\(error)".hasPrefix("cannot back up the store ("))
        #expect(left.isEmpty)
    }

    @Test("A backup that is called off leaves nothing behind")
    func cancelled() async throws {
        _ = try await filled()
        await #expect(throws: CancellationError.self) {
            try await BackupFile.make(of: folder.database, at: target, pagesPerPiece: 4) {
                throw CancellationError()
            }
        }
        #expect(left.isEmpty)
        writeBytes([1], to: target + ".unfinished")
        try await BackupFile.make(of: folder.database, at: target)
        #expect(left == ["copy.db"])
    }

    @Test("A folder knows its own backups by the store's name, newest first, and keeps as many as asked")
    func keeping() async throws {
        _ = try await filled(10)
        let backups = BackupFolder(path: folder.path + "/backups", storePath: folder.database)
        for time in [1_772_323_200, 1_772_409_600, 1_772_496_000] {
            try await BackupFile.make(of: folder.database, at: backups.path(at: time))
        }
        for name in ["other-20260301T000000Z.db", "usage-yesterday.db", "usage-20260230T000000Z.db"] {
            writeBytes([1], to: folder.path + "/backups/" + name)
        }
        #expect(backups.backups().map(\.madeAt) == [1_772_496_000, 1_772_409_600, 1_772_323_200])
        try backups.keep(newest: 2)
        #expect(
            backups.backups().map(\.path)
                == ["usage-20260303T000000Z.db", "usage-20260302T000000Z.db"].map { "\(backups.path)/\($0)" })
        #expect(left.count == 5)
        // One that is damaged is passed over.
        writeBytes([1, 2, 3], to: backups.path(at: 1_772_496_000))
        #expect(backups.newestWhole()?.madeAt == 1_772_409_600)
        #expect(BackupFolder(path: folder.path + "/none", storePath: "usage.db").newestWhole() == nil)
    }

    @Test(
        "A backup in a damaged store's place: what it holds is there, and no counter falls below what was shown"
    )
    func restore() async throws {
        let store = try await filled(700)
        let backups = BackupFolder(path: folder.path + "/backups", storePath: folder.database)
        try await BackupFile.make(of: folder.database, at: backups.path(at: 1_772_323_200))
        try await store.record(poll((700..<900).map { ($0, usage(9)) }))
        try await store.record(poll("new", [(800, usage(6))]))
        let shown = try await store.totals(account: account, region: region)
        try await store.close()
        let damaged = readBytes(folder.database)
        let backup = try #require(backups.newestWhole())
        let outcome = try StoreRecovery(path: folder.database, now: RecoveryBench.now).restore(backup)
        #expect(readBytes(try #require(outcome.damagedPath)) == damaged)
        let restored = try UsageStore.open(path: folder.database)
        #expect(try await restored.integrity() == ["ok"])
        #expect(try await restored.rows("SELECT count(*) FROM minutes") == ["700"])
        #expect(try await restored.totals(account: account, region: region) == shown)
        // Read again, the minutes since then count once.
        try await restored.record(poll((700..<900).map { ($0, usage(9)) }))
        try await restored.record(poll("new", [(800, usage(6))]))
        #expect(try await restored.totals(account: account, region: region) == shown)
        try await restored.record(poll("new", [(801, usage(1))]))
        #expect(try await restored.totals(account: account, region: region)["new"]?.invocations == 7)
    }

    @Test(
        "A backup is restored where nothing of the damaged store can be read, and the counters' risk is told")
    func restoreOverGarbage() async throws {
        let store = try await filled(20)
        let backups = BackupFolder(path: folder.path + "/backups", storePath: folder.database)
        try await BackupFile.make(of: folder.database, at: backups.path(at: 1_772_323_200))
        try await store.close()
        writeBytes([UInt8](repeating: 7, count: 9_000), to: folder.database)
        let backup = try #require(backups.newestWhole())
        let outcome = try StoreRecovery(path: folder.database, now: RecoveryBench.now).restore(backup)
        #expect(outcome.report.notes.count == 1)
        #expect(
            try await UsageStore.open(path: folder.database).rows("SELECT count(*) FROM minutes") == ["20"])
    }
}
