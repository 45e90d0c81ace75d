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
