import FoundationEssentials
import Glibc

/// How much is logged; each level includes those above it.
package enum LogLevel: Int, Comparable, Sendable, CaseIterable {
    case error
    case warn
    case info
    case debug

    /// From the value of `--log.level`.
    package init?(flag: String) {
        guard let level = Self.allCases.first(where: { $0.flag == flag }) else { return nil }
        self = level
    }

    package var flag: String {
        switch self {
        case .error: "error"
        case .warn: "warn"
        case .info: "info"
        case .debug: "debug"
        }
    }

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// The value of `--log.format`.
package enum LogFormat: String, Sendable, CaseIterable {
    case logfmt
    case json
}

/// One line an event, written whole, on standard error unless a test takes the lines.
package final class Log: Sendable {
    package typealias Fields = KeyValuePairs<String, String>

    private let level: LogLevel
    private let format: LogFormat
    private let now: @Sendable () -> Date
    private let write: @Sendable (String) -> Void

    package init(
        level: LogLevel = .info, format: LogFormat = .logfmt,
        now: @escaping @Sendable () -> Date = { Date() },
        write: @escaping @Sendable (String) -> Void = Log.standardError
    ) {
        self.level = level
        self.format = format
        self.now = now
        self.write = write
    }

    package func error(_ message: String, _ fields: Fields = [:]) { log(.error, message, fields) }
    package func warn(_ message: String, _ fields: Fields = [:]) { log(.warn, message, fields) }
    package func info(_ message: String, _ fields: Fields = [:]) { log(.info, message, fields) }
    /// The fields are put together only if they are written.
    package func debug(_ message: String, _ fields: @autoclosure () -> Fields = [:]) {
        guard .debug <= level else { return }
        log(.debug, message, fields())
    }

    /// A line whose fields are put together as the program runs.
    func event(_ level: LogLevel, _ message: String, _ fields: [(String, String)]) {
        log(level, message, fields)
    }

    private func log(
        _ level: LogLevel, _ message: String, _ fields: some Sequence<(key: String, value: String)>
    ) {
        guard level <= self.level else { return }
        var pairs = [("time", Self.timestamp(now())), ("level", level.flag.uppercased()), ("msg", message)]
        for (key, value) in fields { pairs.append((key, String(value.prefix(Self.maximumValueCharacters)))) }
        switch format {
        case .logfmt: write(Self.logfmt(pairs))
        case .json: write(Self.json(pairs))
        }
    }

    /// A value longer than this is cut: an answer of AWS must not flood the log.
    private static let maximumValueCharacters = 2000

    private static func timestamp(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    private static func logfmt(_ pairs: [(String, String)]) -> String {
        pairs.map { key, value in "\(key)=\(isBare(value) ? value : quoted(value))" }.joined(separator: " ")
            + "\n"
    }

    private static func json(_ pairs: [(String, String)]) -> String {
        "{" + pairs.map { key, value in "\(quoted(key)):\(quoted(value))" }.joined(separator: ",") + "}\n"
    }

    private static func isBare(_ value: String) -> Bool {
        !value.isEmpty
            && value.unicodeScalars.allSatisfy {
                (0x21..<0x7F).contains($0.value) && $0 != "\"" && $0 != "=" && $0 != "\\"
            }
    }

    /// A JSON string (RFC 8259, 7), which logfmt readers take as well.
    private static func quoted(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    /// Writes the line with one call, so that lines of several threads do not mix.
    package static let standardError: @Sendable (String) -> Void = { line in
        var line = line
        line.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)[...]
            while !rest.isEmpty {
                let count = Glibc.write(
                    STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                // A log that nobody reads (closed pipe, full disk) must not stop the daemon.
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }
}
