import Testing

@testable import SQLite
@testable import UsageStore

@Suite("StoreError")
struct StoreErrorTests {
    @Test("The description says what was attempted, on which file and why it failed")
    func description() {
        let error = StoreError(
            cause: .sqlite(code: 13), attempt: "record a poll", path: "/data/usage.db", reason: "disk is full"
        )
        #expect("\(error)" == "cannot record a poll (/data/usage.db): disk is full")
    }

    @Test(
        "Extended codes answer by their primary code",
        arguments: [
            (Int32(13), true, false, false), (5, false, true, false), (261, false, true, false),
            (6, false, true, false), (11, false, false, true), (267, false, false, true),
            (26, false, false, true),
            (10, false, false, false),
        ])
    func primaryCodes(code: Int32, full: Bool, busy: Bool, damaged: Bool) {
        let error = StoreError(cause: .sqlite(code: code), attempt: "", path: "", reason: "")
        #expect(error.isDiskFull == full)
        #expect(error.isBusy == busy)
        #expect(error.isDamaged == damaged)
    }
}
