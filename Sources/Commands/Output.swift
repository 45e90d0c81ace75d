import Glibc
import System

/// Text for people: answers on standard output, complaints on standard error. What a name or a message from outside
/// holds does not steer the terminal.
enum Output {
    static func print(_ text: String) {
        write(text.hasSuffix("\n") ? text : text + "\n", to: STDOUT_FILENO)
    }

    static func error(_ text: String) {
        write("bedrock-quota-exporter: \(text)\n", to: STDERR_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        // Where not even a complaint can be written, there is nobody to tell.
        _ = try? StandardOutput.write(Array(VisibleText.escapedLines(text).utf8), to: descriptor)
    }
}

/// How answers are written that people and programs read.
enum OutputFormat: String, CaseIterable {
    /// Lines, as they come.
    case text
    /// One document, when all is known.
    case json
}

/// How wide a table may be.
enum TerminalWidth {
    private static let usual = 100
    private static let narrowest = 40

    /// The terminal's width, or the usual one where it tells none.
    static var columns: Int { max(narrowest, terminal ?? usual) }

    /// Nil for as wide as the table needs: where it is asked for, and where no terminal would cut it.
    static func ofTable(isWide: Bool) -> Int? {
        ofTable(
            isWide: isWide, variable: getenv("COLUMNS").map { String(cString: $0) }, terminal: terminal,
            isTerminal: isatty(STDOUT_FILENO) == 1)
    }

    /// The same for a variable `COLUMNS`, which stands above the terminal's width, and a terminal.
    static func ofTable(isWide: Bool, variable: String?, terminal: Int?, isTerminal: Bool) -> Int? {
        if isWide { return nil }
        if let columns = variable.flatMap({ Int($0) }), columns > 0 { return max(narrowest, columns) }
        return isTerminal ? max(narrowest, terminal ?? usual) : nil
    }

    /// What the terminal on standard output says.
    private static var terminal: Int? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}

/// Bytes on standard output.
enum StandardOutput {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// False when whoever reads has gone, as `head` does; throws when the bytes cannot be stored.
    static func write(_ bytes: [UInt8], to descriptor: Int32 = STDOUT_FILENO) throws(Failure) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
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
