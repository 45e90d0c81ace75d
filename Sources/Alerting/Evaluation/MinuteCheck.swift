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

/// How well a minute's figure is known.
enum Certainty {
    /// Settled and covered.
    case exact
    /// At least this much.
    case lowerBound
    case unknown
}

/// A figure of one minute.
struct MinuteReading {
    var value: Double
    var certainty: Certainty

    init(_ value: Double, _ certainty: Certainty) {
        self.value = value
        self.certainty = certainty
    }

    /// A figure of a pool's minute.
    init(_ minute: PoolMinute, _ value: Double) {
        self.init(value, minute.isCovered ? .exact : minute.isKnown ? .lowerBound : .unknown)
    }
}

/// What a rule says of one alert now.
enum Verdict: Equatable, Sendable {
    /// The condition holds: first and last instant of what shows it, in Unix seconds of the data.
    case active(from: Double, through: Double)
    /// It does not hold by exact data up to `through`; surely calm, with hysteresis, from `calmFrom` on.
    case quiet(calmFrom: Double?, through: Double)
    /// Nothing can be said.
    case undecided
    /// What the alert is about is no more, such as a quota that became 0.
    case gone
}

/// M of N minutes at or above a threshold raise; exact minutes below it, in a row, calm.
struct MinuteCheck {
    var threshold: Double
    /// A calm minute is below this.
    var calmBelow: Double
    var minutes: MinuteCount
    /// No longer row of calm minutes is counted than this needs.
    var resolveAfterSeconds: Double

    /// The first minute that `verdict` may ask for.
    func firstMinute(settled: Minute) -> Minute {
        settled.advanced(by: 1 - max(minutes.of, calmMinutes))
    }

    private var calmMinutes: Int {
        max(Int((resolveAfterSeconds / AlertLimits.minuteSeconds).rounded(.up)), 1)
    }

    /// Looks at every window of N minutes that ends at the settled minute or later, up to the newest: an unsettled
    /// minute is a lower bound, so it may raise but never calm (Invariant 9). One that is not calm puts off what the
    /// settled minutes would end.
    func verdict(settled: Minute, newest: Minute, _ reading: (Minute) -> MinuteReading) -> Verdict {
        if let active = raised(settled: settled, newest: newest, reading) { return active }
        guard reading(settled).certainty == .exact, !isUp(after: settled, newest: newest, reading) else {
            return .undecided
        }
        let through = Double(settled.advanced(by: 1).epochSeconds)
        var calm = 0
        while calm < calmMinutes {
            let minute = reading(settled.advanced(by: -calm))
            guard minute.certainty == .exact, minute.value < calmBelow else { break }
            calm += 1
        }
        let calmFrom = Double(settled.advanced(by: 1 - calm).epochSeconds)
        return .quiet(calmFrom: calm > 0 ? calmFrom : nil, through: through)
    }

    private func isUp(after settled: Minute, newest: Minute, _ reading: (Minute) -> MinuteReading) -> Bool {
        guard settled < newest else { return false }
        return (settled.advanced(by: 1)...newest).contains { minute in
            let figure = reading(minute)
            return figure.certainty != .unknown && figure.value >= calmBelow
        }
    }

    private func raised(settled: Minute, newest: Minute, _ reading: (Minute) -> MinuteReading) -> Verdict? {
        var above: [Minute] = []
        let first = settled.advanced(by: 1 - minutes.of)
        for minute in first...max(newest, settled) {
            let figure = reading(minute)
            if figure.certainty != .unknown, figure.value >= threshold { above.append(minute) }
        }
        guard above.count >= minutes.atLeast else { return nil }
        // M minutes fit a window of N when the first and the last of them lie less than N apart.
        for start in 0...(above.count - minutes.atLeast) {
            let last = above[start + minutes.atLeast - 1]
            guard above[start].distance(to: last) < minutes.of, let end = above.last else { continue }
            return .active(
                from: Double(above[start].epochSeconds), through: Double(end.advanced(by: 1).epochSeconds))
        }
        return nil
    }
}

/// Quota tokens since 00:00 UTC, minute by minute.
struct DayTotals {
    private let first: Minute
    private var readings: [MinuteReading] = []

    /// Totals up to each minute of the range. One uncovered minute makes the rest of its day a lower bound.
    init(_ history: PoolHistory, in range: ClosedRange<Minute>) {
        first = range.lowerBound
        readings.reserveCapacity(range.count)
        let before = first.startOfDay..<first
        let start = history.total(in: before)
        var total = MinuteReading(
            start.quotaTokens, start.coveredMinutes == before.count ? .exact : .lowerBound)
        var isAnythingKnown = start.knownMinutes > 0
        for minute in range {
            if minute == minute.startOfDay { (total, isAnythingKnown) = (MinuteReading(0, .exact), false) }
            let figures = history[minute]
            total.value += figures.quotaTokens
            isAnythingKnown = isAnythingKnown || figures.isKnown
            if !figures.isCovered { total.certainty = .lowerBound }
            readings.append(isAnythingKnown ? total : MinuteReading(0, .unknown))
        }
    }

    subscript(minute: Minute) -> MinuteReading {
        let index = first.distance(to: minute)
        return readings.indices.contains(index) ? readings[index] : MinuteReading(0, .unknown)
    }
}
