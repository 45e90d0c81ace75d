import Testing

@testable import QuotaModel
@testable import System

@Suite("Text from outside, for people")
struct VisibleTextTests {
    @Test(
        "what steers a terminal or hides text is written out, all else stays",
        arguments: [
            ("", ""), ("global.anthropic.claude-sonnet-4-6", "global.anthropic.claude-sonnet-4-6"),
            ("ü 日本 🚀 e\u{301} \\u{1b}", "ü 日本 🚀 e\u{301} \\u{1b}"),
            ("\u{1B}]0;x\u{07}\u{1B}[2J", "\\u{1b}]0;x\\u{7}\\u{1b}[2J"),
            ("a\u{9B}31m\u{7F}", "a\\u{9b}31m\\u{7f}"),
            ("a\u{202E}b\u{2066}c\u{200F}", "a\\u{202e}b\\u{2066}c\\u{200f}"),
            ("a\r\nb\t", "a\\u{d}\\u{a}b\\u{9}"),
            ("zero\u{200B}width\u{FEFF}", "zero\\u{200b}width\\u{feff}"),
            ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"),
            ("tag\u{E0041}", "tag\\u{e0041}"),
        ])
    func escaped(text: String, shown: String) {
        #expect(VisibleText.escaped(text).unicodeScalars.elementsEqual(shown.unicodeScalars))

        #expect(VisibleText.escapedLines("x\n\(text.prefix(0))\u{1B}") == "x\n\\u{1b}")
    }

    @Test("a quoted text is short and cannot end early")
    func quoted() {
        #expect(VisibleText.quoted("a\"b\\c\u{1B}") == "\"a\\\"b\\\\c\\u{1b}\"")
        #expect(VisibleText.quoted(String(repeating: "x", count: 61)).hasSuffix("x…\""))
        #expect(
            VisibleText.quoted("\"\u{301}").unicodeScalars.elementsEqual("\"\\\"\u{301}\"".unicodeScalars))
    }

    @Test("a JSON text says the same and shows nothing of it")
    func json() {
        #expect(
            VisibleText.json("\u{1B}\u{9B}\u{E0041}\"\u{301}")
                == "\"\\u001b\\u009b\\udb40\\udc41\\\"\u{301}\"")
        #expect(
            VisibleText.escapedJSON("{\n\t\"a\":\"\u{9B}\u{202E}é\"}\n")
                == "{\n\t\"a\":\"\\u009b\\u202eé\"}\n")
    }
}
