import System

/// A point in time as people type it.
package struct UsageTime: Equatable {
    package let epochSeconds: Int
    /// Counted back from now; such a start is rounded down to its step.
    let isRelative: Bool

    package static let forms =
        "RFC 3339 such as 2026-09-10T12:00:00Z, a date such as 2026-09-10, Unix seconds such as 1789041600, "
        + "a time before now such as -30d, or now"

    /// Nil unless the text has one of the forms; fractions of a second are dropped.
    package init?(_ text: String, now: Int) {
        let relative = text.hasPrefix("now") && text != "now" ? text.dropFirst(3) : text[...]
        if text == "now" {
            self.init(epochSeconds: now, isRelative: true)
        } else if relative.first == "-" {
            guard let span = TimeSpan(String(relative.dropFirst())), span.seconds <= now else { return nil }
            self.init(epochSeconds: now - span.seconds, isRelative: true)
        } else if let seconds = Self.unixSeconds(text) ?? Self.rfc3339(Array(text.utf8)) {
            self.init(epochSeconds: seconds, isRelative: false)
        } else {
            return nil
        }
    }

    init(epochSeconds: Int, isRelative: Bool) {
        self.epochSeconds = epochSeconds
        self.isRelative = isRelative
    }

    private static func unixSeconds(_ text: String) -> Int? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }) else { return nil }
        return Int(parts[0])
    }

    /// RFC 3339 section 5.6: `date-time`, or `full-date` alone for 00:00 UTC. Letters of either case (5.6, note).
    private static func rfc3339(_ text: [UInt8]) -> Int? {
        var reader = Reader(rest: text[...])
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), let days = CivilTime.days(year: year, month: month, day: day)
        else { return nil }
        if reader.rest.isEmpty { return days * 86_400 }
        guard reader.take("Tt"), let hour = reader.number(2), reader.take(":"), let minute = reader.number(2),
            reader.take(":"), let second = reader.number(2), hour < 24, minute < 60, second <= 60
        else { return nil }
        if reader.take(".") {
            guard reader.digits() > 0 else { return nil }
        }
        guard let offset = reader.offset(), reader.rest.isEmpty else { return nil }
        return days * 86_400 + hour * 3600 + minute * 60 + second - offset
    }

    fileprivate static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// What is left of a text.
    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func take(_ allowed: StaticString) -> Bool {
            guard let byte = rest.first, allowed.description.utf8.contains(byte) else { return false }
            rest = rest.dropFirst()
            return true
        }

        /// A number of exactly so many digits.
        mutating func number(_ count: Int) -> Int? {
            let digits = rest.prefix(count)
            guard digits.count == count, digits.allSatisfy(UsageTime.isDigit) else { return nil }
            rest = rest.dropFirst(count)
            return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }

        mutating func digits() -> Int {
            let digits = rest.prefix(while: UsageTime.isDigit)
            rest = rest.dropFirst(digits.count)
            return digits.count
        }

        /// Seconds east of UTC.
        mutating func offset() -> Int? {
            if take("Zz") { return 0 }
            let sign = take("+") ? 1 : -1
            guard sign == 1 || take("-") else { return nil }
            guard let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60 else {
                return nil
            }
            return sign * (hours * 3600 + minutes * 60)
        }
    }
}
