import FoundationEssentials
import QuotaModel

/// Figures as people read them.
package enum Figure {
    /// `3,500,000`; a fraction is rounded away.
    package static func count(_ value: Double) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
        let digits = String(Int(value.rounded().magnitude))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return value.rounded() < 0 ? "-\(text)" : text
    }

    /// `87.5 %` of a ratio of 0.875.
    package static func percent(_ ratio: Double) -> String {
        guard ratio.isFinite, ratio.magnitude < 1e9 else { return "\(ratio)" }
        let tenths = Int((ratio * 1000).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(abs(tenths % 10)) %"
    }

    /// At most four decimal places.
    package static func number(_ value: Double) -> String {
        guard value.isFinite, value.magnitude < 1e11 else { return "\(value)" }
        let rounded = (value * 10_000).rounded() / 10_000
        return rounded == rounded.rounded() ? String(Int(rounded)) : "\(rounded)"
    }

    /// RFC 3339 in UTC, to the second.
    package static func time(_ epochSeconds: Double) -> String {
        Date(timeIntervalSince1970: epochSeconds).formatted(.iso8601)
    }

    static func time(_ minute: Minute) -> String { time(Double(minute.epochSeconds)) }

    /// `1 day`, `2.5 hours`, `12 minutes`.
    static func span(_ seconds: Double) -> String {
        let units = [(86_400.0, "day"), (3600.0, "hour"), (60.0, "minute")]
        let (length, name) = units.first { seconds >= $0.0 } ?? (1, "second")
        let count = (seconds / length * 10).rounded() / 10
        return "\(number(count)) \(name)\(count == 1 ? "" : "s")"
    }
}
