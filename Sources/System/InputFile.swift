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
