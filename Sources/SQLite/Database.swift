import CSQLite
import Dispatch
import Glibc
import Synchronization

/// One connection: owner of a `sqlite3` handle, which closes with it.
///
/// Opened in multi-thread mode (https://www.sqlite.org/threadsafe.html): "can be safely used by multiple threads
/// provided that no single database connection … is used simultaneously in two or more threads". The type is not
/// `Sendable`, so the compiler keeps it where it was made or handed.
package final class Database {
    package enum Access {
        case readWrite
        case readOnly
        /// Read-only without locks and without a look at a log: only for files that nobody writes meanwhile.
        case immutable
    }

    package let path: String
    /// For the copying of a whole database alone.
    let handle: OpaquePointer
    private var cache = StatementCache()
    /// Statements prepared since the opening.
    private(set) var preparations = 0
    /// Tests make a step fail: called before each with its SQL, returns the code to fail with or nil.
    var stepFault: (@Sendable (_ sql: String) -> Int32?)?

    /// The oldest version that this is tested with; the SQL itself needs 3.38 (`unixepoch()`).
    private static let oldestSQLite = 3_040_000

    /// Whether SQLite was told how to use memory: once a process, with the first connection.
    private static let isConfigured = Mutex(false)

    /// Opens an existing file. SQLite reads nothing of it before the first statement.
    package init(path: String, access: Access) throws(StoreError) {
        Self.isConfigured.withLock { isConfigured in
            if !isConfigured { csqlite_keep_small() }
            isConfigured = true
        }
        guard sqlite3_libversion_number() >= Self.oldestSQLite, sqlite3_threadsafe() != 0 else {
            let found =
                "SQLite \(String(cString: sqlite3_libversion())), thread-safe \(sqlite3_threadsafe() != 0)"
            throw StoreError(
                cause: .unsuitableSQLite, attempt: "open the store", path: path,
                reason: "needs thread-safe SQLite 3.40 or later, found \(found)")
        }
        let mode =
            switch access {
            case .readWrite: SQLITE_OPEN_READWRITE
            case .readOnly: SQLITE_OPEN_READONLY
            case .immutable: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            }
        // A leading "./" keeps names such as ":memory:" or "file:x" what they are: file names.
        var name = path.hasPrefix("/") ? path : "./" + path
        if access == .immutable { name = Self.uri(name) + "?immutable=1" }
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(name, &opened, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let opened else {
            let reason = opened.map { Self.reason($0, code) } ?? "out of memory"
            // A handle comes back on most errors, too, and must be closed.
            sqlite3_close_v2(opened)
            throw StoreError(
                cause: .sqlite(code: code), attempt: "open the store", path: path, reason: reason)
        }
        self.path = path
        handle = opened
    }

    /// The path as SQLite reads it back (https://www.sqlite.org/uri.html, 3.1).
    private static func uri(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return path.utf8.reduce(into: "file:") { uri, byte in
            switch byte {
            case UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#"), 0x80...:
                uri += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            default: uri.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
    }

    deinit {
        cache.removeAll()
        sqlite3_close_v2(handle)
    }

    // MARK: Statements

    /// Runs a statement to its end and returns how many rows the last change touched.
    @discardableResult
    package func run(_ sql: String, _ values: [SQLValue] = []) throws(StoreError) -> Int {
        try query(sql, values) { _ in }
        return Int(sqlite3_changes(handle))
    }

    /// Runs a statement to its end whose parameters are set by `bind`: many numbers, without a list of them.
    package func run(
        _ sql: String, binding bind: (Statement) throws(StoreError) -> Void
    ) throws(StoreError) {
        let statement = try statement(sql)
        defer { statement.reset() }
        try bind(statement)
        while try statement.step() {}
    }

    /// Calls `body` on each row.
    package func query(
        _ sql: String, _ values: [SQLValue] = [], _ body: (Statement) throws(StoreError) -> Void
    ) throws(StoreError) {
        let statement = try statement(sql)
        defer { statement.reset() }
        try statement.bind(values)
        while try statement.step() {
            try body(statement)
        }
    }

    /// What `body` makes of the first row; nil without rows.
    package func first<Result>(
        _ sql: String, _ values: [SQLValue] = [], _ body: (Statement) throws(StoreError) -> Result
    ) throws(StoreError) -> Result? {
        let statement = try statement(sql)
        defer { statement.reset() }
        try statement.bind(values)
        guard try statement.step() else { return nil }
        return try body(statement)
    }

    /// A cached statement, or a new one while the cached one is at work further up.
    private func statement(_ sql: String) throws(StoreError) -> Statement {
        let cached = cache.find(sql)
        if let cached, !cached.isBusy { return cached }
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK else { throw failure(code) }
        guard let prepared else {
            throw StoreError(
                cause: .sqlite(code: SQLITE_MISUSE), attempt: "prepare a statement", path: path,
                reason: "the SQL holds no statement")
        }
        preparations += 1
        let statement = Statement(sql, handle: prepared, database: self)
        if cached == nil { cache.add(statement) }
        return statement
    }

    // MARK: Transactions

    /// Runs `body` in one transaction: all of it is stored, or, when it throws, nothing.
    package func transaction<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        // Still open only when an earlier rollback failed.
        if isInTransaction { try run("ROLLBACK") }
        try run("BEGIN IMMEDIATE")
        do {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            rollBack()
            throw error
        }
    }

    /// Runs `body`, which reads with many statements, in one transaction: else each statement takes locks of its own.
    package func reading<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        try run("BEGIN")
        defer { endReading() }
        return try body()
    }

    /// Ends a transaction that only read; nothing can be lost.
    package func endReading() { rollBack() }

    /// SQLite has rolled back by itself after some errors (https://www.sqlite.org/lang_transaction.html, 3).
    private func rollBack() {
        guard isInTransaction else { return }
        do {
            try run("ROLLBACK")
        } catch {
            // The first error is the one to tell; the next transaction tries the rollback again and throws if it fails.
        }
    }

    private var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Lets long statements end with SQLITE_INTERRUPT once the task that runs them is cancelled.
    package func stopsWithTask() {
        sqlite3_progress_handler(handle, 100_000, { _ in Task.isCancelled ? 1 : 0 }, nil)
    }

    // MARK: State

    /// True when the file or its folder allows no writing, although it was opened for that.
    package var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }

    var keptStatements: Int { cache.count }

    /// Rows changed since the opening.
    var totalChanges: Int { Int(sqlite3_total_changes64(handle)) }

    package var lastInsertedRow: Int { Int(sqlite3_last_insert_rowid(handle)) }

    /// The first column of a PRAGMA's first row as text; nil when it answers nothing.
    package func pragma(_ name: String) throws(StoreError) -> String? {
        try first("PRAGMA \(name)") { $0.text(0) }
    }

    // MARK: Errors

    /// The error that SQLite has just reported.
    func failure(_ code: Int32) -> StoreError {
        StoreError(
            cause: .sqlite(code: code), attempt: "use the store", path: path,
            reason: Self.reason(handle, code))
    }

    /// SQLite's message, with the system's where the system refused to open, read or write a file.
    private static func reason(_ handle: OpaquePointer, _ code: Int32) -> String {
        let message = "\(String(cString: sqlite3_errmsg(handle))) (SQLite code \(code))"
        let system = sqlite3_system_errno(handle)
        switch code & 0xff {
        case SQLITE_CANTOPEN, SQLITE_IOERR:
            return system == 0 ? message : "\(message): \(String(cString: strerror(system)))"
        default: return message
        }
    }

    /// An error that a test asked for.
    func injectedFailure(_ code: Int32) -> StoreError {
        StoreError(
            cause: .sqlite(code: code), attempt: "use the store", path: path,
            reason: "\(String(cString: sqlite3_errstr(code))) (SQLite code \(code))")
    }
}

/// Runs an actor's jobs on a serial Dispatch queue of its own, so that waiting for the disk never holds up a thread
/// of the shared pool.
package final class SerialQueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    package init(label: String) {
        queue = DispatchQueue(label: label)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    /// Traps outside the queue.
    package func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }
}
