import Glibc

/// Why a file could not be read.
package struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    package let path: String
    package let reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String { "\(path): \(reason)" }
}

/// Reads small files whole.
package enum BoundedFile {
    /// Returns at most the given number of bytes, nil where no such file exists; a longer or unreadable file throws.
    package typealias Reader = @Sendable (_ path: String, _ maximumBytes: Int) throws(FileError) -> [UInt8]?

    /// The file's bytes; nil where it does not exist. Throws for anything that is not a readable regular file of
    /// at most `maximumBytes`.
    @Sendable
    package static func read(_ path: String, maximumBytes: Int) throws(FileError) -> [UInt8]? {
        // Without O_NONBLOCK, opening a named pipe would wait for its writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw failure(path, "it cannot be opened: \(reason(errno))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw failure(path, "it cannot be examined: \(reason(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw failure(path, "it is not a regular file") }
        return try contents(of: descriptor, path, maximumBytes)
    }

    private static func contents(of descriptor: Int32, _ path: String, _ maximumBytes: Int)
        throws(FileError) -> [UInt8]
    {
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(path, "it cannot be read: \(reason(errno))") }
            guard count > 0 else { return contents }
            guard contents.count + count <= maximumBytes else {
                throw failure(path, "it is longer than \(maximumBytes) bytes")
            }
            contents += buffer[..<count]
        }
    }

    /// The system's text for an error number.
    package static func reason(_ number: Int32) -> String {
        String(cString: strerror(number))
    }

    private static func failure(_ path: String, _ reason: String) -> FileError {
        FileError(path: path, reason: reason)
    }
}
