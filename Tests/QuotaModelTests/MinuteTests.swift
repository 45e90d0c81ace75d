import QuotaModel
import Testing

@Suite struct MinuteTests {
    @Test(
        "a second belongs to the minute that started last",
        arguments: [
            (0, 0), (59, 0), (60, 1), (-1, -1), (-60, -1), (-61, -2), (1_764_000_000, 29_400_000),
        ])
    func containingSecond(seconds: Int, index: Int) {
        #expect(Minute(containingEpochSeconds: seconds).index == index)
        #expect(Minute(index: index).epochSeconds <= seconds)
        #expect(Minute(index: index + 1).epochSeconds > seconds)
    }

    @Test(
        "a day starts at 00:00 UTC",
        arguments: [(0, 0), (1439, 0), (1440, 1440), (-1, -1440), (-1440, -1440)])
    func startOfDay(index: Int, start: Int) {
        #expect(Minute(index: index).startOfDay == Minute(index: start))
    }

    @Test("minutes are ordered and strideable")
    func strides() {
        let range = Minute(index: 3)..<Minute(index: 6)
        #expect(range.map(\.index) == [3, 4, 5])
        #expect(range.count == 3)
        #expect(Minute(index: 3).advanced(by: 2).distance(to: Minute(index: 1)) == -4)
    }
}
