import SQLite

/// Opening a store: whose file it is, settings with their answers checked, a look at its integrity, migrations.
extension Database {
    private enum Identity {
        case new
        case ours(version: Int)
    }

    /// The writer's connection to an existing file, which may be empty. A file that is not ours or of a newer
    /// version is left as it is.
    static func openStore(
        _ path: String, migrations: [Migration] = Schema.migrations
    ) throws(StoreError) -> Database {
        let database = try Database(path: path, access: .readWrite)
        try database.prepareStore(migrations: migrations)
        return database
    }

    /// Makes a fresh connection the writer's.
    func prepareStore(migrations: [Migration]) throws(StoreError) {
        try waitForLocks()
        guard !isReadOnly else { throw refusal(.readOnly, "the file or its file system is read-only") }
        let identity = try identify(newestVersion: migrations.last?.version ?? 0)
        if case .new = identity {
            // Has an effect only before the first table: lets `releaseFreePages` give space back.
            try run("PRAGMA auto_vacuum = incremental")
        }
        for setting in Self.writerSettings { try apply(setting) }
        try checkIntegrity()
        if case .ours(let version) = identity, version < migrations.last?.version ?? 0 {
            try EarlierStore.keep(self, schema: version)
        }
        try Migration.apply(migrations, to: self)
    }

    /// A reader's connection to a store that exists and has this program's schema.
    ///
    /// Where the log's index can be neither opened nor made, as in a read-only folder, and there is no log, the file
    /// alone is the store, and nobody can be writing it (https://www.sqlite.org/wal.html#read_only_databases).
    static func openReader(_ path: String) throws(StoreError) -> Database {
        do {
            return try openReader(path, .readOnly)
        } catch {
            guard error.isCannotOpen, StoreFile.size(path + "-wal") == 0 else { throw error }
            return try openReader(path, .immutable)
        }
    }

    /// A reader's connection to a store that nobody writes and that has no log, such as a backup.
    static func openUnwritten(_ path: String) throws(StoreError) -> Database {
        try openReader(path, .immutable)
    }

    private static func openReader(_ path: String, _ access: Access) throws(StoreError) -> Database {
        let database = try Database(path: path, access: access)
        try database.waitForLocks()
        guard case .ours(let version) = try database.identify(newestVersion: Schema.newestVersion) else {
            throw database.refusal(.foreignFile, "the file is empty: no store has been made in it yet")
        }
        guard version == Schema.newestVersion else {
            throw database.refusal(
                .newerVersion,
                "written by an older version (schema \(version)); start the daemon once to bring it "
                    + "to schema \(Schema.newestVersion)")
        }
        for setting in readerSettings { try database.apply(setting) }
        return database
    }

    // MARK: Settings

    private typealias Setting = (name: String, value: String, answer: String)

    private static let writerSettings: [Setting] =
        readerSettings + [
            ("journal_mode", "wal", "wal"),
            // WAL with NORMAL survives kill -9; FULL survives a power cut as well, at one fsync per transaction.
            ("synchronous", "full", "2"),
            ("foreign_keys", "on", "1"),
            ("wal_autocheckpoint", "\(StoreLimits.checkpointPages)", "\(StoreLimits.checkpointPages)"),
            ("journal_size_limit", "\(StoreLimits.walBytes)", "\(StoreLimits.walBytes)"),
            // Debian's default overwrites deleted rows with zeros; there are no secrets here to erase.
            ("secure_delete", "off", "0"),
        ]

    private static let readerSettings: [Setting] = [
        // No memory map: an I/O error would be a SIGBUS, and pages would count as resident memory.
        ("mmap_size", "0", "0"),
        ("cache_size", "-\(StoreLimits.cacheKibibytes)", "-\(StoreLimits.cacheKibibytes)"),
        // Against files that somebody else has prepared (https://www.sqlite.org/security.html, 1.2).
        ("trusted_schema", "off", "0"),
        ("cell_size_check", "on", "1"),
    ]

    private func waitForLocks() throws(StoreError) {
        let milliseconds = "\(StoreLimits.busyTimeoutMilliseconds)"
        try apply(("busy_timeout", milliseconds, milliseconds))
    }

    private func apply(_ setting: Setting) throws(StoreError) {
        try run("PRAGMA \(setting.name) = \(setting.value)")
        let answer = try pragma(setting.name)
        guard answer == setting.answer else {
            throw refusal(
                .unsuitableSQLite,
                "SQLite did not accept \(setting.name) = \(setting.value), it is \(answer ?? "unknown")")
        }
    }

    // MARK: Checks

    private func identify(newestVersion: Int) throws(StoreError) -> Identity {
        let application = try pragma("application_id")
        let version = try Migration.version(of: self)
        if application == "\(StoreLimits.applicationID)" {
            try checkVersion(version, newest: newestVersion)
            return .ours(version: version)
        }
        let objects = try pragma("main.schema_version")
        guard application == "0", version == 0, objects == "0" else {
            throw refusal(.foreignFile, "the file is a database of another program; nothing was changed")
        }
        return .new
    }

    /// Throws for a schema of ours that this program does not read.
    func checkVersion(_ version: Int, newest: Int) throws(StoreError) {
        guard version <= newest else { throw newerVersion(version, knownUpTo: newest) }
        guard !Schema.developmentVersions.contains(version) else { throw developmentVersion(version) }
    }

    private func newerVersion(_ version: Int, knownUpTo newest: Int) -> StoreError {
        let earlier = EarlierStore.find(of: path, schema: newest).map {
            ". \($0) is the store as this version left it: move it to the store's place to go back"
        }
        return refusal(
            .newerVersion,
            "written by a newer version (schema \(version), this program knows up to \(newest)); nothing was "
                + "changed\(earlier ?? "")")
    }

    private func developmentVersion(_ version: Int) -> StoreError {
        refusal(
            .developmentVersion,
            "written by a development version (schema \(version)), which this version does not read; nothing was "
                + "changed. \"export openmetrics\" of the program that wrote it keeps its data; move the file away to "
                + "begin anew")
    }

    /// A large file is not read through at every start: SQLite reports damage when it meets it.
    private func checkIntegrity() throws(StoreError) {
        guard StoreFile.size(path) <= StoreLimits.checkedFileBytes else { return }
        let answer = try pragma("quick_check(1)")
        guard answer == "ok" else {
            throw refusal(.damaged, "the file is damaged (\(answer ?? "no answer"))")
        }
    }

    private func refusal(_ cause: StoreError.Cause, _ reason: String) -> StoreError {
        StoreError(cause: cause, attempt: "open the store", path: path, reason: reason)
    }
}

/// One step of the schema's history, applied in a transaction of its own.
struct Migration {
    let version: Int
    let name: String
    let statements: [String]

    /// Brings the database from the version it has to the last migration's; each step is stored whole or not at all.
    static func apply(_ migrations: [Migration], to database: Database) throws(StoreError) {
        let current = try version(of: database)
        for migration in migrations where migration.version > current {
            do {
                try database.transaction { () throws(StoreError) in try migration.run(on: database) }
            } catch {
                throw error.during("bring the store to schema \(migration.version)")
            }
        }
    }

    /// 0 of a new file.
    static func version(of database: Database) throws(StoreError) -> Int {
        Int(try database.pragma("user_version") ?? "") ?? 0
    }

    private func run(on database: Database) throws(StoreError) {
        for statement in statements { try database.run(statement) }
        try database.run(
            """
            CREATE TABLE IF NOT EXISTS migrations (
                version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)
            """)
        try database.run(
            "INSERT INTO migrations VALUES (?1, ?2, unixepoch())", [.integer(version), .text(name)])
        // Both are part of the transaction: a file with our mark has our tables.
        try database.run("PRAGMA application_id = \(StoreLimits.applicationID)")
        try database.run("PRAGMA user_version = \(version)")
    }
}
