import CSQLite
import Glibc
import SQLite
import Synchronization

/// Keeps a second daemon away from the store: `flock` on a side file and on the database, which the kernel releases even
/// on `kill -9`.
///
/// The side file stays behind: removing it would let two daemons lock two different files of one name. The database's own
/// lock is for files of two names (hard links). SQLite's locks are of another kind (fcntl), but closing any descriptor of
/// the file would drop them (https://www.sqlite.org/howtocorrupt.html, 2.2): this one is opened before SQLite's and closed
/// after them.
final class StoreLock: Sendable {
    private let storePath: String
    private let descriptor: Int32
    private let file = Mutex<Int32?>(nil)

    /// Takes the lock of the store at this path at once or throws.
    init(storePath: String) throws(StoreError) {
        self.storePath = storePath
        let path = storePath + ".lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Self.failure(storePath, errno, "the lock file \(path) cannot be opened")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            let holder = Self.holder(of: descriptor)
            close(descriptor)
            guard code == EWOULDBLOCK else {
                throw Self.failure(storePath, code, "the lock file \(path) cannot be locked")
            }
            throw StoreError(
                cause: .inUse, attempt: "open the store", path: storePath,
                reason: "another bedrock-quota-exporter\(holder) uses this store")
        }
        writeHolder()
    }

    /// Takes the lock of the database itself, which must exist.
    func takeFile() throws(StoreError) {
        // There it would lock SQLite out.
        guard csqlite_is_on_nfs(storePath) == 0 else { return }
        let database = open(storePath, O_RDONLY | O_CLOEXEC)
        // What cannot be read is SQLite's to report.
        guard database >= 0 else { return }
        guard flock(database, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
            close(database)
            throw StoreError(
                cause: .inUse, attempt: "open the store", path: storePath,
                reason: "another bedrock-quota-exporter uses this file by another name")
        }
        file.withLock { $0 = database }
    }

    deinit {
        if let database = file.withLock({ $0 }) { close(database) }
        close(descriptor)
    }

    /// Only words for the other's message: failing to write them, as on a full disk, loses nothing else.
    private func writeHolder() {
        let text = "\(getpid())\n"
        guard ftruncate(descriptor, 0) == 0 else { return }
        _ = pwrite(descriptor, text, text.utf8.count, 0)
    }

    /// " (process 123)", or nothing when the file does not hold a number.
    private static func holder(of descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return "" }
        let digits = bytes[..<count].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return digits.isEmpty ? "" : " (process \(String(decoding: digits, as: UTF8.self)))"
    }

    private static func failure(_ storePath: String, _ code: Int32, _ what: String) -> StoreError {
        StoreError(
            cause: .system(errno: code), attempt: "open the store", path: storePath,
            reason: "\(what): \(String(cString: strerror(code)))")
    }
}
