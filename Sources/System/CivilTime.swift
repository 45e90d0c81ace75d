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

    private static func remainder(_ value: Int, _ divisor: Int) -> Int {
        let rest = value % divisor
        return rest < 0 ? rest + divisor : rest
    }

    private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
