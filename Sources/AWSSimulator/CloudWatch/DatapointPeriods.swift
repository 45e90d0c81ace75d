/// The periods of one query: which exist, where they begin, and which have outlived their resolution.
struct DatapointPeriods {
    /// Retention by resolution, in days: one minute, five minutes, one hour.
    static let minuteDays = 15
    static let fiveMinuteDays = 63
    static let hourDays = 455

    /// First minute (since 1970) of the first period.
    let start: Int
    /// First minute behind the range.
    let end: Int
    /// Whole minutes in a period; 0 for one below a minute, which standard-resolution metrics do not have.
    let length: Int
    private let nowMinute: Int

    /// StartTime is rounded down by its age: under 15 days to a minute, under 63 days to five, else to an hour.
    init(startTime: Double, endTime: Double, period: Int, now: Double) {
        nowMinute = Int((now / 60).rounded(.down))
        length = period / 60
        let minute = Int((startTime / 60).rounded(.down))
        let unit = Self.resolution(ageMinutes: nowMinute - minute)
        let rounded = minute / unit * unit
        // Nothing is older than the longest retention, so the periods before it need no look.
        let oldest = nowMinute - Self.hourDays * 1440
        let skipped = length > 0 ? max(0, oldest - rounded) / length * length : 0
        start = rounded + skipped
        // A minute belongs to the range when it begins before the exclusive end; none is in the future.
        end = min(Int((endTime / 60).rounded(.up)), nowMinute + 1)
    }

    /// How many periods the range touches.
    var count: Int {
        guard length > 0, end > start else { return 0 }
        return (end - start + length - 1) / length
    }

    /// The minutes of the n-th period from the start.
    func minutes(_ index: Int) -> Range<Int> {
        let first = start + index * length
        return first..<min(first + length, end)
    }

    /// Whether CloudWatch still holds the n-th period at this length.
    func isRetained(_ index: Int) -> Bool {
        let age = nowMinute - (start + index * length)
        guard age <= Self.hourDays * 1440 else { return false }
        return length % Self.resolution(ageMinutes: age) == 0
    }

    /// The finest resolution in minutes that data of this age still has.
    private static func resolution(ageMinutes: Int) -> Int {
        guard ageMinutes > minuteDays * 1440 else { return 1 }
        return ageMinutes > fiveMinuteDays * 1440 ? 60 : 5
    }
}
