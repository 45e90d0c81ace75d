import Testing

@testable import AWSSimulator

@Suite struct DatapointPeriodsTests {
    private let day = 86_400.0

    private func periods(ageDays: Double, period: Int, seconds: Double = 7200) -> DatapointPeriods {
        let start = midnight - ageDays * day
        return DatapointPeriods(startTime: start, endTime: start + seconds, period: period, now: midnight)
    }

    @Test(
        "Each age has its finest period",
        arguments: [
            (14.0, 60, true), (15, 60, true), (15.1, 60, false), (15.1, 300, true), (62.9, 300, true),
            (63.1, 300, false), (63.1, 3600, true), (454.9, 3600, true), (455.1, 3600, false),
            (20, 3600, true),
            (20, 360, false),
        ]) func retention(ageDays: Double, period: Int, isRetained: Bool)
    {
        // Data beyond the longest retention is not even counted as a period.
        let periods = periods(ageDays: ageDays, period: period, seconds: Double(period))
        #expect((periods.count > 0 && periods.isRetained(0)) == isRetained)
    }

    @Test("StartTime is rounded down by its age") func rounding() {
        let recent = DatapointPeriods(startTime: midnight - 599, endTime: midnight, period: 60, now: midnight)
        #expect(recent.start == midnightMinute - 10)
        let older = DatapointPeriods(
            startTime: midnight - 20 * day + 299, endTime: midnight, period: 300, now: midnight)
        #expect(older.start == midnightMinute - 20 * 1440)
        let oldest = DatapointPeriods(
            startTime: midnight - 100 * day + 3599, endTime: midnight, period: 3600, now: midnight)
        #expect(oldest.start == midnightMinute - 100 * 1440)
    }

    @Test("The future and the time before all retention cost nothing") func bounds() {
        let wide = DatapointPeriods(startTime: 0, endTime: 4_000_000_000, period: 60, now: midnight)
        #expect(wide.count <= 455 * 1440 + 2)
        #expect(wide.minutes(wide.count - 1).upperBound == midnightMinute + 1)
        #expect(periods(ageDays: -2, period: 60).count == 0)
        #expect(periods(ageDays: 1, period: 30).count == 0)
    }

    @Test("The last period ends with the range") func lastPeriod() {
        let periods = DatapointPeriods(
            startTime: midnight - 600, endTime: midnight - 180, period: 300, now: midnight)
        #expect(periods.count == 2)
        #expect(periods.minutes(0) == midnightMinute - 10..<midnightMinute - 5)
        #expect(periods.minutes(1) == midnightMinute - 5..<midnightMinute - 3)
    }
}
