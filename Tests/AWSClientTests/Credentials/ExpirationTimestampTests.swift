import FoundationEssentials
import Testing

@testable import AWSClient
@testable import System

@Suite("Expiration timestamps")
struct ExpirationTimestampTests {
    @Test(
        "Reads what services and tools write",
        arguments: [
            ("1970-01-01T00:00:00Z", 0.0),
            ("2026-11-24T12:00:00Z", 1_795_521_600),
            ("2026-11-24t12:00:00z", 1_795_521_600),
            ("2026-11-24T12:00:00UTC", 1_795_521_600),
            ("2026-11-24 12:00:00GMT", 1_795_521_600),
            ("2026-11-24T12:00:00.5Z", 1_795_521_600.5),
            ("2026-11-24T14:30:00+02:30", 1_795_521_600),
            ("2026-11-24T05:00:00-0700", 1_795_521_600),
            ("2024-02-29T00:00:00Z", 1_709_164_800),
            ("2000-03-01T00:00:00Z", 951_868_800),
            ("1969-12-31T23:59:59Z", -1),
        ])
    func reads(text: String, seconds: Double) {
        #expect(ExpirationTimestamp.parse(text)?.timeIntervalSince1970 == seconds)
    }

    @Test(
        "Refuses the rest, above all a time without a zone",
        arguments: [
            "", "2026", "2026-11-24", "2026-11-24T12:00:00", "2026-13-24T12:00:00Z", "2026-00-24T12:00:00Z",
            "2026-02-29T12:00:00Z", "2100-02-29T00:00:00Z", "2026-11-31T12:00:00Z", "2026-11-24T24:00:00Z",
            "2026-11-24T12:60:00Z", "2026-11-24T12:00:61Z", "2026-11-24T12:00:00.Z", "2026-11-24T12:00:00Zz",
            "2026-11-24T12:00:00+24:00", "2026-11-24T12:00:00+1", "+026-11-24T12:00:00Z", "1795521600",
        ])
    func refuses(text: String) {
        #expect(ExpirationTimestamp.parse(text) == nil)
    }

    @Test("No truncation is taken for a time, no changed byte crashes")
    func damage() {
        let text = Array("2026-11-24T12:00:00+00:00".utf8)
        for end in 0..<text.count {
            #expect(ExpirationTimestamp.parse(String(decoding: text[..<end], as: UTF8.self)) == nil)
        }
        for index in text.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = text
                changed[index] = byte
                _ = ExpirationTimestamp.parse(String(decoding: changed, as: UTF8.self))
            }
        }
    }

    @Test("Writes RFC 3339")
    func writes() { #expect(ExpirationTimestamp.text(noon) == "2026-11-24T12:00:00Z") }
}
