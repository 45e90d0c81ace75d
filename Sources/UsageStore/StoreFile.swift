import Glibc
import SQLite

/// Where the store lies: checks and makes the folder and the file before SQLite sees them.
enum StoreFile {
    private static let attempt = "open the store"
    /// Only the daemon's own user reads usage.
    private static let folderMode: mode_t = 0o700
    private static let fileMode: mode_t = 0o600

    private enum Kind {
        case missing
        case folder
        case regular
        case other
    }

    /// The path with links resolved, so that one file has one lock; makes its folder, but not the folder above.
    static func resolve(_ path: String) throws(StoreError) -> String {
        let (folder, name) = try split(path)
        switch try kind(of: folder, for: path) {
        case .folder: break
        case .missing: try makeFolder(folder, for: path)
        case .regular, .other: throw bad(path, "\(folder) is not a folder")
        }
        switch try kind(of: path, for: path) {
        case .missing: return try realPath(folder, for: path) + "/" + name
        case .regular: return try realPath(path, for: path)
        case .folder:
            throw bad(path, "it is a folder; the path must name a file in it, such as \(path)/usage.db")
        case .other: throw bad(path, "it is not a regular file")
        }
    }

    /// The path of an existing file, links resolved.
    static func resolveExisting(_ path: String) throws(StoreError) -> String {
        _ = try split(path)
        switch try kind(of: path, for: path) {
        case .regular: return try realPath(path, for: path)
        case .missing: throw bad(path, "there is no such file")
        case .folder, .other: throw bad(path, "it is not a regular file")
        }
    }

    /// Makes an empty file unless there is one. An existing file is never opened here: closing any descriptor of it
    /// would drop SQLite's own POSIX locks (https://www.sqlite.org/howtocorrupt.html, 2.2).
    static func createIfMissing(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, fileMode)
        if descriptor >= 0 {
            close(descriptor)
        } else if errno != EEXIST {
            throw system(errno, path, "the file cannot be created")
        }
    }

    /// Copies a file into a new one, for its owner alone.
    ///
    /// - Parameter fillsUnreadable: Whether zeros take the place of pages that the disk does not give back.
    static func copy(
        _ source: String, to target: String, fillsUnreadable: Bool = false
    ) throws(StoreError) {
        let from = open(source, O_RDONLY | O_CLOEXEC)
        guard from >= 0 else { throw system(errno, source, "the file cannot be opened") }
        defer { close(from) }
        let to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, fileMode)
        guard to >= 0 else { throw system(errno, target, "the file cannot be created") }
        defer { close(to) }
        var buffer = [UInt8](repeating: 0, count: copiedBytes)
        var offset = 0
        var wanted = copiedBytes
        while offset < size(source) {
            var count = pread(from, &buffer, wanted, off_t(offset))
            if count < 0 {
                guard errno == EIO, fillsUnreadable else {
                    throw system(errno, source, "the file cannot be read")
                }
                // Page by page around the place.
                if wanted > StoreLimits.pageBytes {
                    wanted = StoreLimits.pageBytes
                    continue
                }
                count = min(wanted, size(source) - offset)
                for index in 0..<count { buffer[index] = 0 }
            } else {
                wanted = copiedBytes
            }
            guard count > 0 else { break }
            try write(buffer[..<count], to, target)
            offset += count
        }
        guard fsync(to) == 0 else { throw system(errno, target, "the file cannot be written") }
    }

    private static let copiedBytes = 1_048_576

    private static func write(
        _ bytes: ArraySlice<UInt8>, _ descriptor: Int32, _ path: String
    ) throws(StoreError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw system(errno, path, "the file cannot be written") }
            rest = rest.dropFirst(count)
        }
    }

    /// The size of the file; 0 when it does not exist.
    static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    private static func split(_ path: String) throws(StoreError) -> (folder: String, name: String) {
        guard !path.isEmpty else { throw bad(path, "the path is empty") }
        guard !path.utf8.contains(0) else { throw bad("", "the path holds a NUL character") }
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let name = path[path.index(after: slash)...]
        guard !name.isEmpty else { throw bad(path, "it names a folder; the path must name a file in it") }
        return (slash == path.startIndex ? "/" : String(path[..<slash]), String(name))
    }

    private static func kind(of name: String, for path: String) throws(StoreError) -> Kind {
        var status = stat()
        guard stat(name, &status) == 0 else {
            if errno == ENOENT { return .missing }
            throw system(errno, path, "\(name) cannot be reached")
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return .folder
        case S_IFREG: return .regular
        default: return .other
        }
    }

    private static func makeFolder(_ folder: String, for path: String) throws(StoreError) {
        guard mkdir(folder, folderMode) != 0, errno != EEXIST else { return }
        guard errno == ENOENT else { throw system(errno, path, "the folder \(folder) cannot be created") }
        throw bad(path, "neither the folder \(folder) nor the one above it exists")
    }

    private static func realPath(_ name: String, for path: String) throws(StoreError) -> String {
        guard let resolved = realpath(name, nil) else {
            throw system(errno, path, "\(name) cannot be resolved")
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func bad(_ path: String, _ reason: String) -> StoreError {
        StoreError(cause: .badPath, attempt: attempt, path: path, reason: reason)
    }

    private static func system(_ code: Int32, _ path: String, _ what: String) -> StoreError {
        StoreError(
            cause: .system(errno: code), attempt: attempt, path: path,
            reason: "\(what): \(String(cString: strerror(code)))")
    }
}

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
