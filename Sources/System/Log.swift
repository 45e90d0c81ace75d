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
    package func event(_ level: LogLevel, _ message: String, _ fields: [(String, String)]) {
        log(level, message, fields)
    }

    private func log(
        _ level: LogLevel, _ message: String, _ fields: some Sequence<(key: String, value: String)>
    ) {
        guard level <= self.level else { return }
        var pairs = [("time", Self.timestamp(now())), ("level", level.flag.uppercased()), ("msg", message)]
        for (key, value) in fields { pairs.append((key, Self.bounded(value))) }
        switch format {
        case .logfmt: write(Self.logfmt(pairs))
        case .json: write(Self.json(pairs))
        }
    }

    /// A value longer than this is cut: an answer of AWS must not flood the log. Above what any error of ours says at most.
    private static let maximumValueScalars = 5000

    /// Counted in scalars: one character may have any number of combining marks.
    private static func bounded(_ value: String) -> String {
        guard value.unicodeScalars.count > maximumValueScalars else { return value }
        return String(Substring(value.unicodeScalars.prefix(maximumValueScalars))) + "…"
    }

    private static func timestamp(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    private static func logfmt(_ pairs: [(String, String)]) -> String {
        pairs.map { key, value in "\(key)=\(isBare(value) ? value : VisibleText.json(value))" }.joined(
            separator: " ")
            + "\n"
    }

    private static func json(_ pairs: [(String, String)]) -> String {
        "{"
            + pairs.map { key, value in "\(VisibleText.json(key)):\(VisibleText.json(value))" }.joined(
                separator: ",") + "}\n"
    }

    private static func isBare(_ value: String) -> Bool {
        !value.isEmpty
            && value.unicodeScalars.allSatisfy {
                (0x21..<0x7F).contains($0.value) && $0 != "\"" && $0 != "=" && $0 != "\\"
            }
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

/// Which failures of tasks that run again and again are news: the first, one with another cause, and the same once an
/// hour.
package struct RepeatedFailures {
    /// How often a failure that goes on is told again.
    package static let reminderSeconds = 3600.0

    private var failing: [String: (cause: String, toldAt: Double)] = [:]

    package init() {}

    /// Notes a failure of a task; true when it is to be told.
    package mutating func failed(_ task: String, _ cause: String, now: Double) -> Bool {
        if let known = failing[task], known.cause == cause,
            // A clock that went back says nothing about how long ago it was.
            (0..<Self.reminderSeconds).contains(now - known.toldAt)
        {
            return false
        }
        failing[task] = (cause, now)
        return true
    }

    /// Notes that a task has worked; true when it had failed before.
    package mutating func worked(_ task: String) -> Bool {
        failing.removeValue(forKey: task) != nil
    }
}
