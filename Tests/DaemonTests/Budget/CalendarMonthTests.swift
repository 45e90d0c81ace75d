import Testing

@testable import Reading

@Suite("Calendar months in UTC")
struct CalendarMonthTests {
    @Test(
        "a month begins and ends at 00:00 UTC of the first",
        arguments: [
            // 2026-11-24T17:00:00Z
            (1_795_539_600, "2026-11", 1_793_491_200, 1_796_083_200),
            // The last second of February of a leap year, and the first one after it.
            (1_835_481_599, "2028-02", 1_832_976_000, 1_835_481_600),
            (1_835_481_600, "2028-03", 1_835_481_600, 1_838_160_000),
            (1_798_761_599, "2026-12", 1_796_083_200, 1_798_761_600), (0, "1970-01", 0, 2_678_400),
        ])
    func month(second: Int, text: String, start: Int, end: Int) {
        let month = CalendarMonth(containing: Double(second) + 0.25)
        #expect(month.text == text)
        #expect(month.start == start)
        #expect(month.end == end)
    }

    @Test("months follow each other without a gap for two hundred years")
    func rows() {
        var month = CalendarMonth(containing: 0)
        for _ in 0..<2400 {
            let next = CalendarMonth(containing: Double(month.end))
            #expect(next.start == month.end)
            #expect(next.text > month.text)
            #expect(CalendarMonth(containing: Double(month.end) - 1) == month)
            month = next
        }
        #expect(month.text == "2170-01")
    }

    @Test("a clock that shows no usable time is no reason to crash", arguments: [-1e300, -1, .nan, 1e300])
    func unusable(second: Double) {
        let month = CalendarMonth(containing: second)
        #expect(month.text == (second > 0 ? "9999-12" : "1970-01"))
    }
}
