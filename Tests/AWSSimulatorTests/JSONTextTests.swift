import Testing

@testable import AWSSimulator

@Suite struct JSONTextTests {
    @Test(
        "Doubles look like those of a Java service",
        arguments: [
            (0.0, "0.0"), (1.0, "1.0"), (35_000.0, "35000.0"), (9_999_999.0, "9999999.0"),
            (10_000_000.0, "1.0E7"),
            (35_000_000.0, "3.5E7"), (1_795_478_400.0, "1.7954784E9"), (123_456_789.0, "1.23456789E8"),
            (-20_000_000.0, "-2.0E7"), (100_000_001.0, "1.00000001E8"), (0.25, "0.25"), (1234.5, "1234.5"),
        ]) func doubles(value: Double, expected: String)
    {
        var text = JSONText()
        text.double(value)
        #expect(String(decoding: text.bytes, as: UTF8.self) == expected)
        #expect(Double(expected) == value)
    }

    @Test("Commas, nesting and escapes are right") func structure() {
        var text = JSONText()
        text.object { text in
            text.member("a", "\"\\\n\u{1}é")
            text.key("b")
            text.array { text in
                text.integer(-12)
                text.boolean(true)
                text.array { _ in }
                text.object { _ in }
            }
            text.key("c")
            text.boolean(false)
        }
        #expect(
            String(decoding: text.bytes, as: UTF8.self)
                == #"{"a":"\"\\\u000a\u0001é","b":[-12,true,[],{}],"c":false}"#)
    }
}
