import CSQLite

/// A copy of one database into another on its way (https://www.sqlite.org/backup.html); ends with it.
package final class OnlineBackup {
    private let handle: OpaquePointer
    // Keeps both connections open as long as the copy needs them.
    private let source: Database
    private let target: Database

    package init(from source: Database, to target: Database) throws(StoreError) {
        guard let handle = sqlite3_backup_init(target.handle, "main", source.handle, "main") else {
            throw target.failure(sqlite3_errcode(target.handle))
        }
        self.handle = handle
        self.source = source
        self.target = target
    }

    deinit {
        // Repeats the error of the last step, which has been thrown already.
        sqlite3_backup_finish(handle)
    }

    /// Copies the next pages; false when all are copied.
    package func step(pages: Int) throws(StoreError) -> Bool {
        let code = sqlite3_backup_step(handle, Int32(pages))
        switch code {
        case SQLITE_OK: return true
        case SQLITE_DONE: return false
        default: throw target.injectedFailure(code)
        }
    }
}
