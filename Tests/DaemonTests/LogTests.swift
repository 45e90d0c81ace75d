import Foundation
import Testing

@testable import System

struct LogTests {
    private func lines(_ format: LogFormat, level: LogLevel = .debug, _ body: (Log) -> Void) -> [String] {
        let collected = Shared<[String]>([])
        body(
            Log(
                level: level, format: format, now: { Date(timeIntervalSince1970: 1_764_000_000.25) },
                write: { line in collected.change { $0.append(line) } }))
        return collected.value
    }

    @Test(
        "Fields of a debug line are put together only where debug lines are written",
        arguments: [true, false])
    func debugFields(isWritten: Bool) {
        var asked = 0
        func field() -> String {
            asked += 1
            return "value"
        }
        let written = lines(.logfmt, level: isWritten ? .debug : .info) { log in
            log.debug("Something", ["key": field()])
        }
        #expect(asked == (isWritten ? 1 : 0))
        #expect(written.count == (isWritten ? 1 : 0))
    }

    @Test("logfmt: bare where possible, quoted where needed, one line an event")
    func logfmt() {
        let written = lines(.logfmt) { log in
            log.warn(
                "Poll failed",
                [
                    "region": "ap-southeast-1", "empty": "",
                    "error": "a \"b\" = c\\\nnext\tline\u{1B}[31m\u{9B}", "n": "5",
                ])
        }
        #expect(
            written == [
                #"time=2025-11-24T16:00:00.250Z level=WARN msg="Poll failed" region=ap-southeast-1 empty="" "#
                    + #"error="a \"b\" = c\\\nnext\tline\u001b[31m\u009b" n=5"# + "\n"
            ])
    }

    @Test(
        "JSON: any value comes back as it was",
        arguments: [
            "plain", "", "\"\\\n\r\t\u{0}\u{1F}\u{7F}", "ü 日本 🚀", "\u{2028}", "\u{9B}\u{202E}\u{E0041}",
        ])
    func json(value: String) throws {
        let line = lines(.json) { $0.error("It \"failed\"", ["key": value]) }.first ?? ""
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
        #expect(
            object == [
                "time": "2025-11-24T16:00:00.250Z", "level": "ERROR", "msg": "It \"failed\"", "key": value,
            ])
        #expect(line.hasSuffix("}\n"))
        #expect(line.count { $0 == "\n" } == 1)
    }

    @Test("Invariant 8: a long value is cut")
    func cut() {
        let line =
            lines(.logfmt) { $0.info("m", ["v": String(repeating: "x", count: 1_000_000)]) }.first ?? ""
        #expect(line.utf8.count < 5100 && line.hasSuffix("…\"\n"))
        let marks = lines(.logfmt) {
            $0.info("m", ["v": "a" + String(repeating: "\u{301}", count: 1_000_000)])
        }
        #expect((marks.first ?? "").utf8.count < 10_200)
    }

    @Test("a level shows itself and what is worse", arguments: LogLevel.allCases)
    func levels(level: LogLevel) {
        let written = lines(.logfmt, level: level) { log in
            log.error("e")
            log.warn("w")
            log.info("i")
            log.debug("d")
        }
        #expect(written.count == level.rawValue + 1)
        #expect(LogLevel(flag: level.flag) == level)
        #expect(LogLevel(flag: "loud") == nil)
    }
}
