import System

/// How far the server's clock is ahead of ours, read from the `Date` header of a refusal.
package enum ClockSkew {
    /// Seconds to add to this machine's clock, when they differ from `used` by more than four minutes; else
    /// nil.
    package static func correction(serverDate: String?, epochSeconds: Int, used: Int) -> Int? {
        guard let serverDate, let server = Self.epochSeconds(ofHTTPDate: serverDate) else { return nil }
        let skew = server - epochSeconds
        return abs(skew - used) > AWSDefaults.minimumClockSkewSeconds ? skew : nil
    }

    /// Seconds that the time of an answer is ahead of this machine's clock, 0 when the difference is small.
    ///
    /// The answer was written between asking and looking at it, which may be long on a busy machine: within that time no other
    /// skew is seen than the one in use.
    package static func observed(serverTime: Int, askedAt: Int, seenAt: Int, used: Int) -> Int {
        let (least, most) = (serverTime - max(askedAt, seenAt), serverTime - min(askedAt, seenAt))
        guard used < least || used > most else { return used }
        let skew = used < least ? least : most
        return abs(skew) >= AWSDefaults.minimumObservedSkewSeconds ? skew : 0
    }

    /// Unix time of an IMF-fixdate such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7); nil for
    /// any other text, the obsolete forms included.
    package static func epochSeconds(ofHTTPDate text: String) -> Int? {
        let fields = text.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count == 6, fields[0].utf8.count == 4, fields[0].hasSuffix(","), fields[5] == "GMT",
            let day = number(fields[1], digits: 2),
            let month = CivilTime.monthNames.firstIndex(of: String(fields[2])),
            let year = number(fields[3], digits: 4), (1970...9999).contains(year)
        else { return nil }
        let time = fields[4].split(separator: ":", omittingEmptySubsequences: false)
        guard time.count == 3, let hour = number(time[0], digits: 2), let minute = number(time[1], digits: 2),
            let second = number(time[2], digits: 2), hour < 24, minute < 60, second <= 60,
            let days = CivilTime.days(year: year, month: month + 1, day: day)
        else { return nil }
        return days * 86_400 + hour * 3600 + minute * 60
            + second
    }

    private static func number(_ text: Substring, digits: Int) -> Int? {
        guard text.utf8.count == digits,
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }
}
