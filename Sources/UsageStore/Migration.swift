import SQLite

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
