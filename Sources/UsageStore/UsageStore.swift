import SQLite

/// Everything that outlives a restart, in one SQLite file: minutes, coverage, counters, quota history, AWS's lists.
///
/// The only writer of its file, on a queue of its own. Every writing method is one transaction: it is stored whole
/// when the method returns and has changed nothing when it throws; after a throw the next call works again.
package actor UsageStore {
    /// The file, links resolved.
    package nonisolated let path: String

    private let identity: StoreIdentity
    private let executor: SerialQueueExecutor
    private var database: Database?
    private var lock: StoreLock?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Opens the store at this path or makes it, its folder included. Refuses, and changes nothing, when another
    /// daemon uses it, it is another program's or a newer version's file, damaged or read-only.
    package static func open(path: String) throws(StoreError) -> UsageStore {
        let resolved = try StoreFile.resolve(path)
        let lock = try StoreLock(storePath: resolved)
        try StoreFile.createIfMissing(resolved)
        try lock.takeFile()
        do {
            return UsageStore(path: resolved, database: try Database.openStore(resolved), lock: lock)
        } catch {
            throw error.cause.isSQLite ? error.during("open the store") : error
        }
    }

    private init(path: String, database: sending Database, lock: StoreLock) {
        self.path = path
        self.database = database
        self.lock = lock
        identity = StoreIdentity(openedAt: path)
        executor = SerialQueueExecutor(label: "usage-store")
    }

    // MARK: The file

    /// Bytes on disk: the database, its write-ahead log and the log's index.
    package nonisolated func sizeBytes() -> Int {
        ["", "-wal", "-shm"].reduce(0) { $0 + StoreFile.size(path + $1) }
    }

    /// Throws when the open files are no longer those at their paths: what is written now would be lost with the
    /// process.
    package nonisolated func checkFiles() throws(StoreError) { try identity.check() }

    /// Copies the write-ahead log into the database as far as readers allow, without waiting for them; true when
    /// all of it was copied.
    @discardableResult
    package func checkpoint() throws(StoreError) -> Bool {
        try use("checkpoint the store") { (database) throws(StoreError) in
            try database.first("PRAGMA wal_checkpoint(PASSIVE)") { row in
                row.integer(0) == 0 && row.integer(1) == row.integer(2)
            } ?? false
        }
    }

    /// Writes the log back and lets the file and its lock go. Every later call throws; closing again does nothing.
    package func close() throws(StoreError) {
        guard database != nil else { return }
        defer {
            database = nil
            lock = nil
        }
        try checkpoint()
    }

    // MARK: Access

    /// Runs `body` on the connection and tells in its errors what was attempted.
    func use<Result>(
        _ attempt: @autoclosure () -> String, _ body: (Database) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        executor.checkIsolated()
        guard let database else {
            throw StoreError(cause: .closed, attempt: attempt(), path: path, reason: "the store is closed")
        }
        do {
            return try body(database)
        } catch {
            throw error.during(attempt())
        }
    }

    /// Runs `body` in one transaction.
    func write<Result>(
        _ attempt: @autoclosure () -> String, _ body: (Database) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try use(attempt()) { (database) throws(StoreError) in
            try database.transaction { () throws(StoreError) in try body(database) }
        }
    }
}

extension StoreError.Cause {
    fileprivate var isSQLite: Bool {
        guard case .sqlite = self else { return false }
        return true
    }
}
