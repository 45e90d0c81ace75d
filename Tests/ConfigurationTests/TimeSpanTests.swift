import System
import Testing

@testable import Configuration

@Suite("Durations")
struct TimeSpanTests {
    @Test(
        "Durations are read as Prometheus writes them, and shown from the largest unit down",
        arguments: [
            ("1s", 1, "1s"), ("90s", 90, "1m30s"), ("5m", 300, "5m"), ("36h", 129_600, "1d12h"),
            ("400d", 34_560_000, "400d"), ("5y", 157_680_000, "5y"), ("2w", 1_209_600, "14d"),
            ("1h30m", 5400, "1h30m"),
            ("1y1d", 31_622_400, "366d"), ("1d1s", 86_401, "1d1s"), ("0s", 0, "0s"), ("007m", 420, "7m"),
        ])
    func reads(text: String, seconds: Int, shown: String) {
        #expect(TimeSpan(text)?.seconds == seconds)
        #expect(TimeSpan(text)?.description == shown)
        #expect(TimeSpan(shown)?.seconds == seconds)
    }

    @Test(
        "Other texts are no durations",
        arguments: [
            "", "60", "s", "1", "1x", "30m1h", "1m1m", "1.5h", "-1s", "+1s", " 1s", "1s ", "1 s", "500ms",
            "1S", "٣s",
            "99999999999999999999s", "999999999999y", "9000000000000000000s9000000000000000000s",
            "9223372036854775807s1",
            "292471208677y1y",
        ])
    func refuses(text: String) {
        #expect(TimeSpan(text) == nil)
    }
}
