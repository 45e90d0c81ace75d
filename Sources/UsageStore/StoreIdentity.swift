import Glibc
import SQLite

/// Which files an open store is made of: SQLite goes on with files that have lost their names, and tells nobody.
struct StoreIdentity: Equatable, Sendable {
    private struct FileID: Equatable, Sendable {
        let device: UInt64
        let inode: UInt64

        /// Nil when there is no such file.
        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
        }
    }

    private let path: String
    private let database: FileID?
    /// Made with the first look into the store, and there until its last connection closes.
    private let log: FileID?

    /// Of the store that was just opened.
    init(openedAt path: String) {
        self.path = path
        database = FileID(path)
        log = FileID(path + "-wal")
    }

    /// Throws when one of the files is gone or another stands in its place.
    func check() throws(StoreError) {
        try check("", "the file", database)
        try check("-wal", "its write-ahead log", log)
    }

    private func check(_ suffix: String, _ what: String, _ opened: FileID?) throws(StoreError) {
        let found = FileID(path + suffix)
        guard found != opened else { return }
        let how = found == nil ? "deleted or moved away" : "replaced by another file"
        throw StoreError(
            cause: .lost, attempt: "use the store", path: path,
            reason:
                "\(what) was \(how) while in use; nothing more is stored. Put it back, or restart the exporter "
                + "to go on with what lies there")
    }
}
