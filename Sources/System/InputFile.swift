import CMemoryFile
import Glibc

/// Bytes that a started program finds on its standard input.
///
/// A file in memory instead of a pipe: a program that reads late, in part or not at all keeps nobody waiting, and there
/// is no pipe that could break (SIGPIPE).
package struct InputFile {
    package let descriptor: Int32

    /// At the beginning of the bytes; nil, with `errno` set, where there is no memory or descriptor left.
    package init?(_ bytes: [UInt8]) {
        let descriptor = shim_memory_file("input")
        guard descriptor >= 0 else { return nil }
        guard Self.write(bytes, to: descriptor), lseek(descriptor, 0, SEEK_SET) == 0 else {
            let reason = errno
            Glibc.close(descriptor)
            errno = reason
            return nil
        }
        self.descriptor = descriptor
    }

    package func close() { Glibc.close(descriptor) }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

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

/// Files that hold one secret, read anew for each use.
package enum SecretFile {
    /// Longer files are refused.
    private static let maximumBytes = 64 << 10

    /// Why there is no secret; names the file, never what it holds.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) {
            self.description = description
        }
    }

    /// The file's text without line ends and blanks around it.
    package static func text(_ path: String, _ readFile: BoundedFile.Reader) throws(Failure) -> String {
        let bytes: [UInt8]?
        do {
            bytes = try readFile(path, maximumBytes)
        } catch {
            throw Failure(description: "\(error)")
        }
        guard let bytes else { throw Failure(description: "\(path): no such file") }
        let blanks = Array(" \t\r\n".utf8)
        let text = bytes.drop { blanks.contains($0) }.reversed().drop { blanks.contains($0) }.reversed()
        guard !text.isEmpty, text.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw Failure(description: "\(path): the file must hold one line of text")
        }
        let secret = String(decoding: text, as: UTF8.self)
        Redactor.process.hold([secret])
        return secret
    }
}
