import Testing

@testable import AWSSimulator

@Suite struct CivilTimeTests {
    @Test(
        "Unix time becomes a date",
        arguments: [
            (0, "19700101T000000Z"), (1_795_478_400, "20261124T000000Z"), (951_782_400, "20000229T000000Z"),
            (951_868_800, "20000301T000000Z"), (1_709_164_799, "20240228T235959Z"), (-1, "19691231T235959Z"),
            (4_102_444_799, "20991231T235959Z"),
        ]) func texts(seconds: Int, text: String)
    {
        #expect(CivilTime(epochSeconds: seconds).basicFormat == text)
        #expect(CivilTime(basicFormat: text)?.epochSeconds == seconds)
    }

    @Test("Every day of eight years keeps its number") func roundTrip() {
        for day in 20_000..<23_000 {
            let time = CivilTime(epochSeconds: day * 86_400 + 4711)
            #expect(CivilTime(basicFormat: time.basicFormat)?.epochSeconds == day * 86_400 + 4711)
        }
    }

    @Test(
        "Anything else is no time",
        arguments: [
            "", "20261124", "20261324T000000Z", "20261100T000000Z", "20261124T240000Z",
            "2026-11-24T00:00:00Z", "20261124T00000aZ",
        ])
    func refused(text: String) {
        #expect(CivilTime(basicFormat: text) == nil)
    }

    @Test("The extended form is the one of XML") func extended() {
        #expect(CivilTime(epochSeconds: 1_795_478_461).extendedFormat == "2026-11-24T00:01:01Z")
    }
}
