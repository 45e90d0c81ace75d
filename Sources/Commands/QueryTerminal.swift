import Glibc

/// How wide a table may be.
enum TerminalWidth {
    private static let usual = 100
    private static let narrowest = 40

    /// The terminal's width, or the usual one where standard output is none.
    static var columns: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return usual }
        return max(narrowest, Int(size.ws_col))
    }
}

/// Bytes on standard output.
enum StandardOutput {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// False when whoever reads has gone, as `head` does; throws when the bytes cannot be stored.
    static func write(_ bytes: [UInt8]) throws(Failure) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EPIPE {
                return false
            } else if errno != EINTR {
                throw Failure(
                    description: "cannot write to standard output: \(String(cString: strerror(errno)))")
            }
        }
        return true
    }
}
