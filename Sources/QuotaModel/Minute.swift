/// One minute of UTC, the resolution of every Bedrock metric and quota.
///
/// Leap seconds do not exist in Unix time, so a minute is always 60 seconds and a day 1,440 minutes.
package struct Minute: Hashable, Comparable, Strideable, Sendable {
    /// Minutes since 1970-01-01T00:00:00Z.
    package let index: Int

    package init(index: Int) {
        self.index = index
    }

    /// The minute that holds this second; earlier than 1970 rounds down as well.
    package init(containingEpochSeconds seconds: Int) {
        index = seconds >= 0 ? seconds / 60 : -((-seconds + 59) / 60)
    }

    /// The first second of the minute, in Unix time.
    package var epochSeconds: Int { index * 60 }

    /// 00:00 UTC of the minute's day: where tokens-per-day quotas start anew.
    package var startOfDay: Minute { Minute(index: index - ((index % 1440) + 1440) % 1440) }

    package static func < (a: Minute, b: Minute) -> Bool { a.index < b.index }
    package func distance(to other: Minute) -> Int { other.index - index }
    package func advanced(by minutes: Int) -> Minute { Minute(index: index + minutes) }
}
