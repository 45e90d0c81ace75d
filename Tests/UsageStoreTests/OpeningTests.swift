import Glibc
import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

@Suite("Opening the store")
struct OpeningTests {
    let folder: TestFolder

    init() throws {
        folder = try TestFolder()
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    private func refusal(_ path: String) async throws -> StoreError {
        try await storeError { _ = try UsageStore.open(path: path) }
    }

    /// Runs SQL on a file without any of the store's checks.
    private func edit(_ path: String, _ statements: [String]) throws {
        try StoreFile.createIfMissing(path)
        let database = try Database(path: path, access: .readWrite)
        for sql in statements { try database.run(sql) }
    }

    @Test("A new store makes its folder for the owner alone, the file and SQLite's beside it too")
    func newStore() async throws {
        let path = folder.path + "/data/usage.db"
        let store = try UsageStore.open(path: path)
        try await store.record(poll([(0, usage(1))]))
        #expect(mode(folder.path + "/data") == 0o700)
        for suffix in ["", "-wal", "-shm", ".lock"] { #expect(mode(path + suffix) == 0o600) }
        #expect(try await store.rows("PRAGMA user_version") == ["\(Schema.newestVersion)"])
        #expect(try await store.rows("PRAGMA application_id") == ["1112622424"])
        #expect(
            try await store.rows("SELECT version, name FROM migrations")
                == Schema.migrations.map { "\($0.version)|\($0.name)" })
        #expect(
            try await store.rows("SELECT DISTINCT abs(unixepoch() - applied_at) < 60 FROM migrations") == [
                "1"
            ])
    }

    @Test(
        "The settings that the promises rest on are in force",
        arguments: [
            ("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("busy_timeout", "5000"),
            ("mmap_size", "0"), ("cache_size", "-2048"), ("trusted_schema", "0"), ("auto_vacuum", "2"),
            ("secure_delete", "0"), ("cell_size_check", "1"), ("journal_size_limit", "8388608"),
        ])
    func settings(name: String, value: String) async throws {
        let store = try UsageStore.open(path: folder.database)
        #expect(try await store.rows("PRAGMA \(name)") == [value])
    }

    @Test("A closed store keeps its contents, leaves no log and refuses every call")
    func close() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(poll([(0, usage(1))]))
        try await store.close()
        try await store.close()
        #expect(TestFolder.names(in: folder.path).sorted() == ["usage.db", "usage.db.lock"])
        let error = try await storeError { try await store.record(poll([(0, usage(1))])) }
        #expect(error.cause == .closed)
        #expect("\(error)".hasSuffix("the store is closed"))
        let again = try UsageStore.open(path: folder.database)
        #expect(try await again.totals(account: account, region: region)[sonnet]?.invocations == 1)
    }

    @Test("An empty file becomes a store")
    func emptyFile() async throws {
        writeBytes([], to: folder.database)
        let store = try UsageStore.open(path: folder.database)
        #expect(try await store.record(poll([(0, usage(1))])).changedMinutes == 1)
    }

    @Test(
        "A second store on the same file is refused by name of the process, also through a link, until the first goes"
    )
    func secondOpener() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(poll([(0, usage(1))]))
        symlink(folder.database, folder.path + "/link.db")
        for path in [folder.database, folder.path + "/link.db"] {
            let error = try await refusal(path)
            #expect(error.cause == .inUse)
            #expect(error.reason == "another bedrock-quota-exporter (process \(getpid())) uses this store")
        }
        // The refused openings have not broken the first one's locks.
        try await store.record(poll([(1, usage(1))]))
        try await store.close()
        let next = try UsageStore.open(path: folder.database)
        #expect(try await next.totals(account: account, region: region)[sonnet]?.invocations == 2)
    }

    @Test(
        "Another name of the file, in another folder, lets nobody in, and breaks none of the first one's locks"
    )
    func hardLink() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(poll([(0, usage(1))]))
        mkdir(folder.path + "/other", 0o700)
        let path = folder.path + "/other/link.db"
        #expect(link(folder.database, path) == 0)
        let error = try await refusal(path)
        #expect(error.cause == .inUse)
        #expect(error.reason == "another bedrock-quota-exporter uses this file by another name")
        try await store.record(poll([(1, usage(1))]))
        try await store.close()
        let next = try UsageStore.open(path: path)
        #expect(try await next.totals(account: account, region: region)[sonnet]?.invocations == 2)
    }

    @Test("A store whose files are deleted, moved away or replaced says so", arguments: ["", "-wal"])
    func lostFiles(suffix: String) async throws {
        let store = try UsageStore.open(path: folder.database)
        try store.checkFiles()
        try await store.record(poll([(0, usage(1))]))
        try await store.checkpoint()
        try store.checkFiles()
        let file = folder.database + suffix
        #expect(rename(file, file + ".away") == 0)
        let gone = #expect(throws: StoreError.self) { try store.checkFiles() }
        #expect(gone?.cause == .lost && gone?.reason.contains("deleted or moved away") == true)
        writeBytes([1], to: file)
        let replaced = #expect(throws: StoreError.self) { try store.checkFiles() }
        #expect(replaced?.cause == .lost && replaced?.reason.contains("replaced by another file") == true)
        #expect(rename(file + ".away", file) == 0)
        try store.checkFiles()
    }

    @Test("A dropped store gives its lock back without being closed")
    func dropped() async throws {
        for offset in 0..<3 {
            let store = try UsageStore.open(path: folder.database)
            try await store.record(poll([(offset, usage(1))]))
        }
        let store = try UsageStore.open(path: folder.database)
        #expect(try await store.totals(account: account, region: region)[sonnet]?.invocations == 3)
    }

    @Test("Paths that cannot be a store are told apart")
    func badPaths() async throws {
        writeBytes([1], to: folder.path + "/file")
        mkfifo(folder.path + "/pipe", 0o600)
        for (path, reason) in [
            ("", "the path is empty"),
            ("a\0b", "the path holds a NUL character"),
            (folder.path, "it is a folder; the path must name a file in it, such as \(folder.path)/usage.db"),
            (folder.path + "/x/", "it names a folder; the path must name a file in it"),
            (
                folder.path + "/a/b/usage.db",
                "neither the folder \(folder.path)/a/b nor the one above it exists"
            ),
            (folder.path + "/pipe", "it is not a regular file"),
        ] {
            let error = try await refusal(path)
            #expect(error.cause == .badPath)
            #expect(error.reason == reason)
        }
        let error = try await refusal(folder.path + "/file/usage.db")
        #expect(error.reason == "\(folder.path)/file is not a folder")
        #expect(TestFolder.names(in: folder.path).sorted() == ["file", "pipe"])
    }

    @Test("A folder where nothing can be created is reported with the system's reason")
    func unwritableFolder() async throws {
        let error = try await refusal("/proc/usage.db")
        #expect(error.cause == .system(errno: ENOENT) || error.cause == .system(errno: EACCES))
        #expect(error.reason.contains("/proc/usage.db.lock"))
        #expect("\(error)".hasPrefix("cannot open the store (/proc/usage.db): "))
    }

    @Test("What the system says is part of the reason")
    func systemReason() async throws {
        let path = folder.path + "/none.db"
        let error = try await storeError { _ = try Database(path: path, access: .readOnly) }
        #expect(
            error.reason == "unable to open database file (SQLite code 14): No such file or directory")
    }

    @Test(
        "Names that mean something to SQLite are file names", arguments: [":memory:", "file:x?mode=memory"])
    func specialNames(name: String) async throws {
        let store = try UsageStore.open(path: folder.path + "/" + name)
        try await store.close()
        #expect(TestFolder.names(in: folder.path).sorted() == [name, name + ".lock"].sorted())
    }

    @Test(
        "Another program's database is refused and stays as it is",
        arguments: [["CREATE TABLE t (x)"], ["PRAGMA application_id = 7"], ["PRAGMA user_version = 1"]])
    func foreignDatabase(statements: [String]) async throws {
        try edit(folder.database, statements)
        let bytes = readBytes(folder.database)
        let error = try await refusal(folder.database)
        #expect(error.cause == .foreignFile)
        #expect(error.reason == "the file is a database of another program; nothing was changed")
        #expect(readBytes(folder.database) == bytes)
    }

    @Test("A newer version's store is refused, with both schemas named, and stays as it is")
    func newerSchema() async throws {
        try await UsageStore.open(path: folder.database).close()
        try edit(folder.database, ["PRAGMA user_version = \(Schema.newestVersion + 1)"])
        let bytes = readBytes(folder.database)
        let error = try await refusal(folder.database)
        #expect(error.cause == .newerVersion)
        #expect(
            error.reason
                == "written by a newer version (schema \(Schema.newestVersion + 1), this program knows up to \(Schema.newestVersion)); nothing was changed"
        )
        #expect(readBytes(folder.database) == bytes)
        #expect(TestFolder.names(in: folder.path).sorted() == ["usage.db", "usage.db.lock"])
    }

    @Test("A reader sees the store beside the writer, cannot write, and leaves no lock file")
    func reader() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(poll([(0, usage(5))]))
        let reader = try Database.openReader(folder.database)
        #expect(try TotalsTable(reader).exposed(account: account, region: region)[sonnet]?.invocations == 5)
        try await store.record(poll([(1, usage(5))]))
        #expect(try TotalsTable(reader).exposed(account: account, region: region)[sonnet]?.invocations == 10)
        let error = try await storeError { try reader.run("DELETE FROM minutes") }
        #expect(error.cause == .sqlite(code: 8))
    }

    @Test("A reader refuses a file that is no store")
    func readerRefusals() async throws {
        writeBytes([], to: folder.database)
        #expect(try await storeError { _ = try Database.openReader(folder.database) }.cause == .foreignFile)
        try edit(folder.path + "/other.db", ["CREATE TABLE t (x)"])
        let other = try await storeError { _ = try Database.openReader(folder.path + "/other.db") }
        #expect(other.cause == .foreignFile)
        let missing = try await storeError { _ = try StoreFile.resolveExisting(folder.path + "/none.db") }
        #expect(missing.reason == "there is no such file")
        #expect(!TestFolder.names(in: folder.path).contains("none.db"))
    }

    @Test("The size counts the database, its log and the log's index; a checkpoint and a close shrink it")
    func size() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(poll((0..<500).map { ($0, usage(1)) }))
        let files = ["usage.db", "usage.db-wal", "usage.db-shm"].map {
            readBytes(folder.path + "/" + $0).count
        }
        #expect(files.allSatisfy { $0 > 0 })
        #expect(store.sizeBytes() == files.reduce(0, +))
        #expect(try await store.checkpoint())
        try await store.close()
        #expect(store.sizeBytes() == readBytes(folder.database).count)
    }

    @Test("A checkpoint that a reader holds back says so and waits for nobody", .timeLimit(.minutes(5)))
    func blockedCheckpoint() async throws {
        let store = try UsageStore.open(path: folder.database)
        let reader = try Database.openReader(folder.database)
        try reader.run("BEGIN")
        try reader.query("SELECT * FROM series") { _ in }
        try await store.record(poll([(0, usage(1))]))
        // One that waited would wait for an hour.
        try await store.use("wait long") { (database) throws(StoreError) in
            try database.query("PRAGMA busy_timeout = 3600000") { _ in }
        }
        #expect(try await store.checkpoint() == false)
        try reader.run("COMMIT")
        #expect(try await store.checkpoint())
    }
}
