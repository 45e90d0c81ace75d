/// How far the server's clock is ahead of ours, read from the `Date` header of a refusal.
package enum ClockSkew {
    /// Seconds to add to this machine's clock, when they differ from `used` by more than four minutes; else
    /// nil.
    package static func correction(serverDate: String?, epochSeconds: Int, used: Int) -> Int? {
        guard let serverDate, let server = Self.epochSeconds(ofHTTPDate: serverDate) else { return nil }
        let skew = server - epochSeconds
        return abs(skew - used) > AWSDefaults.minimumClockSkewSeconds ? skew : nil
    }

    /// Seconds that the time of an answer is ahead of this machine's clock, 0 when the difference may be the answer's way
    /// to us.
    package static func observed(serverTime: Int, epochSeconds: Int) -> Int {
        let skew = serverTime - epochSeconds
        return abs(skew) >= AWSDefaults.minimumObservedSkewSeconds ? skew : 0
    }

    /// Unix time of an IMF-fixdate such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7); nil for
    /// any other text, the obsolete forms included.
    package static func epochSeconds(ofHTTPDate text: String) -> Int? {
        let fields = text.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count == 6, fields[0].utf8.count == 4, fields[0].hasSuffix(","), fields[5] == "GMT",
            let day = number(fields[1], digits: 2), let month = months.firstIndex(of: String(fields[2])),
            let year = number(fields[3], digits: 4), (1970...9999).contains(year)
        else { return nil }
        let time = fields[4].split(separator: ":", omittingEmptySubsequences: false)
        guard time.count == 3, let hour = number(time[0], digits: 2), let minute = number(time[1], digits: 2),
            let second = number(time[2], digits: 2), (1...31).contains(day), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        return daysSinceEpoch(year: year, month: month + 1, day: day) * 86_400 + hour * 3600 + minute * 60
            + second
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func number(_ text: Substring, digits: Int) -> Int? {
        guard text.utf8.count == digits,
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }

    /// Days of the Gregorian calendar, counted from March so that the leap day comes last.
    private static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month > 2 ? year : year - 1
        let shiftedMonth = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
        let leapDays = shiftedYear / 4 - shiftedYear / 100 + shiftedYear / 400
        return shiftedYear * 365 + leapDays + dayOfYear - 719_468
    }
}
