/// A length of time in whole seconds, written as Prometheus writes durations: `90s`, `1h30m`, `400d`, `5y`.
package struct TimeSpan: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let seconds: Int

    package static func seconds(_ count: Int) -> TimeSpan { TimeSpan(seconds: count) }
    package static func minutes(_ count: Int) -> TimeSpan { TimeSpan(seconds: count * 60) }
    package static func hours(_ count: Int) -> TimeSpan { TimeSpan(seconds: count * 3600) }
    package static func days(_ count: Int) -> TimeSpan { TimeSpan(seconds: count * 86_400) }
    /// Years of 365 days.
    package static func years(_ count: Int) -> TimeSpan { TimeSpan(seconds: count * 31_536_000) }

    /// Rounded up to whole minutes, the unit of CloudWatch's data.
    package var wholeMinutes: Int { (seconds + 59) / 60 }

    package static func < (a: TimeSpan, b: TimeSpan) -> Bool { a.seconds < b.seconds }
    package static func + (a: TimeSpan, b: TimeSpan) -> TimeSpan { TimeSpan(seconds: a.seconds + b.seconds) }

    /// From the largest unit down; years only when nothing is left over, weeks never.
    package var description: String {
        guard seconds > 0 else { return "0s" }
        let year = TimeSpan.years(1).seconds
        if seconds % year == 0 { return "\(seconds / year)y" }
        var text = ""
        var rest = seconds
        for (unit, length) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] where rest >= length {
            text += "\(rest / length)\(unit)"
            rest %= length
        }
        return text
    }

    /// Units in the only order allowed, largest first.
    private static let units: [(name: Character, seconds: Int)] = [
        ("y", 31_536_000), ("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1),
    ]

    /// Nil unless the text is one or more of number and unit, each unit once, largest first.
    package init?(_ text: String) {
        var total = 0
        var digits = ""
        var remaining = Self.units[...]
        for character in text {
            if character.isASCII, character.isNumber {
                digits.append(character)
                continue
            }
            guard let index = remaining.firstIndex(where: { $0.name == character }), let count = Int(digits)
            else { return nil }
            let (product, tooLong) = count.multipliedReportingOverflow(by: remaining[index].seconds)
            let (sum, overflow) = total.addingReportingOverflow(product)
            guard !tooLong, !overflow else { return nil }
            total = sum
            digits = ""
            remaining = remaining[(index + 1)...]
        }
        guard digits.isEmpty, !text.isEmpty else { return nil }
        self.init(seconds: total)
    }

    private init(seconds: Int) {
        self.seconds = seconds
    }
}
