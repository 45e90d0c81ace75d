import FoundationEssentials

/// Dates of the proleptic Gregorian calendar in UTC to Unix time and back, as RFC 3339 writes them.
package enum CivilTime {
    /// Days since 1970-01-01; nil for a day that does not exist.
    package static func days(year: Int, month: Int, day: Int) -> Int? {
        guard (1...12).contains(month), (1...length(ofMonth: month, year: year)).contains(day) else {
            return nil
        }
        // Years that begin in March, so that the leap day is the last one.
        let shifted = month > 2 ? year : year - 1
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }

    private static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        case _: 31
        }
    }

    /// Unix seconds as `2026-09-10T12:00:00Z`; for years 0 to 9999.
    package static func text(_ epochSeconds: Int) -> String {
        "\(date(epochSeconds))T\(time(epochSeconds)):\(padded(remainder(epochSeconds, 60)))Z"
    }

    /// `2026-09-10`.
    package static func date(_ epochSeconds: Int) -> String {
        let shifted = (epochSeconds - remainder(epochSeconds, 86_400)) / 86_400 + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let digits = String(year)
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            + "-\(padded(month))-\(padded(day))"
    }

    /// `12:00`.
    package static func time(_ epochSeconds: Int) -> String {
        let second = remainder(epochSeconds, 86_400)
        return "\(padded(second / 3600)):\(padded(second / 60 % 60))"
    }

    /// `20260910T120000Z`, as `X-Amz-Date` has it.
    package static func basicText(_ epochSeconds: Int) -> String {
        text(epochSeconds).filter { $0 != "-" && $0 != ":" }
    }

    /// IMF-fixdate of RFC 9110 section 5.6.7, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    package static func httpDate(_ epochSeconds: Int) -> String {
        let date = date(epochSeconds).split(separator: "-")
        let days = (epochSeconds - remainder(epochSeconds, 86_400)) / 86_400
        // 1970-01-01 was a Thursday.
        let day = dayNames[remainder(days + 4, 7)]
        let month = monthNames[(Int(date[1]) ?? 1) - 1]
        return "\(day), \(date[2]) \(month) \(date[0]) "
            + "\(time(epochSeconds)):\(padded(remainder(epochSeconds, 60))) GMT"
    }

    private static let dayNames = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    /// As RFC 9110 writes them, January first.
    package static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func remainder(_ value: Int, _ divisor: Int) -> Int {
        let rest = value % divisor
        return rest < 0 ? rest + divisor : rest
    }

    private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

/// The times at which credentials expire, as the services and tools write them.
package enum ExpirationTimestamp {
    /// Reads RFC 3339, and the variants that the AWS tools have written: `UTC` for `Z`, an offset without a
    /// colon, a space for `T`. Nil for anything else; a time without a zone says nothing.
    package static func parse(_ text: String) -> Date? {
        var reader = Reader(bytes: Array(text.utf8))
        guard let year = reader.number(digits: 4), reader.skip("-"), let month = reader.number(digits: 2),
            reader.skip("-"), let day = reader.number(digits: 2), reader.skipAny("Tt "),
            let hour = reader.number(digits: 2), reader.skip(":"), let minute = reader.number(digits: 2),
            reader.skip(":"), let second = reader.number(digits: 2), let fraction = reader.fraction(),
            let offset = reader.zoneOffsetSeconds(), reader.isAtEnd
        else { return nil }
        guard let days = CivilTime.days(year: year, month: month, day: day), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        return Date(timeIntervalSince1970: Double(seconds) + fraction)
    }

    /// RFC 3339 in UTC, to the second.
    package static func text(_ date: Date) -> String { date.formatted(.iso8601) }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { position == bytes.count }

        mutating func number(digits: Int) -> Int? {
            guard position + digits <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[position..<position + digits] {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            position += digits
            return value
        }

        mutating func skip(_ text: String) -> Bool {
            guard bytes[position...].starts(with: text.utf8) else { return false }
            position += text.utf8.count
            return true
        }

        mutating func skipAny(_ characters: String) -> Bool {
            guard position < bytes.count, characters.utf8.contains(bytes[position]) else { return false }
            position += 1
            return true
        }

        /// 0 where there is none; nil for a point without digits.
        mutating func fraction() -> Double? {
            guard skip(".") else { return 0 }
            var value = 0.0
            var scale = 0.1
            let start = position
            while let digit = number(digits: 1) {
                value += Double(digit) * scale
                scale /= 10
            }
            return position > start ? value : nil
        }

        mutating func zoneOffsetSeconds() -> Int? {
            if skipAny("Zz") || skip("UTC") || skip("GMT") { return 0 }
            let sign = skip("+") ? 1 : skip("-") ? -1 : 0
            guard sign != 0, let hours = number(digits: 2) else { return nil }
            _ = skip(":")
            guard let minutes = number(digits: 2), hours < 24, minutes < 60 else { return nil }
            return sign * (hours * 3600 + minutes * 60)
        }
    }
}
