/// How busy the hours of a day and the days of a week are, in per mille of the busiest hour.
package enum DailyRhythm: Sendable {
    /// People at work: morning and afternoon peaks, next to nothing at night and little on the weekend.
    case office
    /// People at home: busiest after dinner, weekends a little above weekdays.
    case evening
    /// Nightly batch work with a quiet day.
    case nightly

    /// The load in a minute of local time, counted from the epoch in local minutes; 0...1000.
    func permille(localMinute: Int) -> Int {
        let localMinute = max(0, localMinute)
        let day = localMinute / 1440
        let minuteOfDay = localMinute - day * 1440
        let hour = minuteOfDay / 60
        let here = hours[hour]
        let next = hours[hour == 23 ? 0 : hour + 1]
        let load = here + (next - here) * (minuteOfDay - hour * 60) / 60
        return load * weekday((day + 4) % 7) / 1000
    }

    /// `day` counts from Sunday, 0...6.
    private func weekday(_ day: Int) -> Int {
        let isWeekend = day == 0 || day == 6
        switch self {
        case .office: return isWeekend ? (day == 6 ? 300 : 180) : 1000
        case .evening: return isWeekend ? 1000 : 880
        case .nightly: return isWeekend ? 650 : 1000
        }
    }

    private var hours: [Int] {
        switch self {
        case .office: Self.officeHours
        case .evening: Self.eveningHours
        case .nightly: Self.nightlyHours
        }
    }

    private static let officeHours = [
        6, 3, 1, 0, 0, 2, 20, 110, 380, 760, 960, 1000, 620, 800, 980, 990, 900, 700, 380, 200, 120, 70, 30,
        12,
    ]
    private static let eveningHours = [
        240, 90, 25, 6, 2, 4, 30, 90, 180, 260, 330, 380, 420, 410, 400, 430, 500, 620, 780, 930, 1000, 980,
        800, 480,
    ]
    private static let nightlyHours = [
        700, 900, 1000, 1000, 850, 500, 160, 30, 4, 0, 0, 2, 4, 2, 0, 0, 1, 3, 10, 30, 80, 180, 320, 500,
    ]
}
