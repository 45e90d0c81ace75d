import Glibc
import SQLite

/// The pages of a store's file as its last readable transaction left them: the file with its write-ahead log over it.
///
/// Reads bytes alone and takes no lock, so that nothing of a damaged store is ever changed, its log's index included.
final class PageFile {
    /// What SQLite writes unless told otherwise; in WAL mode it can never be changed.
    static let pageBytes = 4_096

    let path: String
    /// Of the file after the last transaction that can be read.
    let pageCount: Int
    /// The log ends in the middle: what was committed after that place cannot be trusted.
    let isLogDamaged: Bool

    private let descriptor: Int32
    private let logDescriptor: Int32?
    /// Where a page's newest version lies in the log.
    private let logged: [Int: Int]

    init(path: String) throws(StoreError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw StoreError(
                cause: .system(errno: errno), attempt: "read the store", path: path,
                reason: "the file cannot be opened: \(String(cString: strerror(errno)))")
        }
        self.path = path
        let log = open(path + "-wal", O_RDONLY | O_CLOEXEC)
        logDescriptor = log >= 0 ? log : nil
        let scan = WriteAheadLog(size: StoreFile.size(path + "-wal")) { offset, count in
            Self.read(log, at: offset, count)
        }
        logged = scan.pages
        isLogDamaged = scan.isDamaged
        pageCount = scan.pageCount > 0 ? scan.pageCount : StoreFile.size(path) / Self.pageBytes
    }

    deinit {
        close(descriptor)
        if let logDescriptor { close(logDescriptor) }
    }

    /// Nil for a page that is not there whole, or that the disk does not give back.
    func page(_ number: Int) -> [UInt8]? {
        guard (1...max(1, pageCount)).contains(number) else { return nil }
        if let offset = logged[number], let logDescriptor {
            return Self.read(logDescriptor, at: offset, Self.pageBytes)
        }
        return Self.read(descriptor, at: (number - 1) * Self.pageBytes, Self.pageBytes)
    }

    private static func read(_ descriptor: Int32, at offset: Int, _ count: Int) -> [UInt8]? {
        guard descriptor >= 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress?.advanced(by: done), count - done, off_t(offset + done))
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { return nil }
            done += got
        }
        return bytes
    }
}
