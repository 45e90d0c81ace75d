import Glibc
import SQLite

/// The store as it was before it was brought to a newer schema, beside it: what an older program goes back to.
enum EarlierStore {
    private static let attempt = "keep the store as it was before its schema changes"

    /// Where the copy lies.
    static func path(of store: String, schema: Int) -> String { "\(store).schema-\(schema)" }

    /// Copies the store; the copy of an earlier upgrade from the same schema gives way once the new one is whole.
    ///
    /// - Parameter database: The writer's, which nobody else writes.
    static func keep(_ database: Database, schema: Int) throws(StoreError) {
        let target = path(of: database.path, schema: schema)
        let unfinished = target + ".unfinished"
        remove(unfinished)
        defer { remove(unfinished) }
        do {
            try StoreFile.createIfMissing(unfinished)
            let copy = try Database(path: unfinished, access: .readWrite)
            let copying = try OnlineBackup(from: database, to: copy)
            while try copying.step(pages: BackupFile.pagesPerPiece) {}
        } catch {
            throw error.during(attempt)
        }
        guard rename(unfinished, target) == 0 else {
            let code = errno
            throw StoreError(
                cause: .system(errno: code), attempt: attempt, path: target,
                reason: String(cString: strerror(code)))
        }
    }

    private static func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
    }

    /// The copy that a program of this schema left when the store went on to a newer one; nil when there is none.
    static func find(of store: String, schema: Int) -> String? {
        let path = path(of: store, schema: schema)
        return access(path, F_OK) == 0 ? path : nil
    }
}
