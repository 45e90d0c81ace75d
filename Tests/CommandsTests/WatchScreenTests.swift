import FoundationEssentials
import Testing

@testable import Commands

/// Whole screens against files; `UPDATE_GOLDEN=1` writes them anew.
struct WatchScreenTests {
    private static let folder = {
        let parts = #filePath.split(separator: "/").dropLast()
        return "/" + parts.joined(separator: "/") + "/Golden"
    }()

    private static let cases: [(name: String, width: Int, height: Int, keys: String, glyphs: WatchGlyphs)] = [
        ("wide", 160, 30, "", .unicode), ("usual", 80, 24, "", .unicode), ("ascii", 100, 24, "", .ascii),
        ("narrow", 40, 12, "", .unicode), ("filtered", 100, 20, "/haiku", .unicode),
        ("help", 110, 20, "?", .unicode),
        ("chosen", 120, 26, "jj", .unicode), ("nothing", 80, 10, "/nonesuch", .ascii),
    ]

    @Test("a screen is the reviewed one, line by line", arguments: cases.map(\.name))
    func golden(name: String) throws {
        let example = try #require(Self.cases.first { $0.name == name })
        let screen = WatchSample.screen(example.width, example.height, example.glyphs)
        let lines = screen.lines(WatchSample.state(example.keys)).map {
            String($0.text.reversed().drop { $0 == " " }.reversed())
        }
        let path = "\(Self.folder)/watch-\(name).txt"
        let text = lines.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text == expected)
    }

    @Test(
        "no size makes a line longer than the terminal or more lines than it has", arguments: [false, true])
    func everySize(help: Bool) {
        let state = WatchSample.state(help ? "?" : "")
        for width in 0...170 {
            for height in [0, 1, 2, 3, 5, 8, 13, 24, 40] {
                let lines = WatchSample.screen(width, height).lines(state)
                #expect(lines.count == (width > 0 ? height : 0))
                #expect(lines.allSatisfy { $0.width == width })
            }
        }
    }

    @Test("a wider terminal never shows fewer columns")
    func columnsOnlyGrow() {
        let rows = WatchSample.reading.pools
        var last = 0
        for width in 20...200 {
            let count = WatchTable(rows: rows, width: width, glyphs: .unicode).widths.count
            #expect(count >= last)
            last = count
        }
        // One account needs no column.
        #expect(last == WatchTable.Column.allCases.count - 1)
    }

    @Test("color is for terminals that want it, and says nothing that the text does not")
    func colors() {
        var line = WatchLine("82 %", .critical)
        line.append(" plain")
        #expect(line.encoded(colors: true) == "\u{1B}[1;31m82 %\u{1B}[0m plain")
        #expect(line.encoded(colors: false) == "\u{1B}[1m82 %\u{1B}[0m plain")
        #expect(WatchLine("7 %", .good).encoded(colors: false) == "7 %")
    }

    @Test("a server's text cannot steer the terminal")
    func hostile() {
        #expect(WatchLine("r\u{1B}[31m").text == "r\\u{1b}[31m")
        var state = WatchState()
        state.take(WatchReading(pools: [WatchSample.pool(region: "r\u{1B}[31m")]))
        var plain = WatchPlain()
        #expect(
            plain.lines(state, now: WatchSample.now).first?.contains(#" prod r\u{1b}[31m global "#) == true)
    }

    @Test("after a failure the last figures stay, with the reason and since when")
    func failure() {
        var state = WatchSample.state()
        state.fail("cannot connect to 127.0.0.1:9747: refused", at: WatchSample.now - 125)
        state.fail("cannot connect to 127.0.0.1:9747: refused", at: WatchSample.now)
        let lines = WatchSample.screen(100, 24).lines(state).map(\.text)
        #expect(lines[2].hasPrefix("No answer for 2 min: cannot connect to 127.0.0.1:9747: refused"))
        #expect(lines.contains { $0.contains("82 %") })
        state.take(WatchSample.reading)
        #expect(!WatchSample.screen(100, 24).lines(state).contains { $0.text.contains("No answer") })
    }

    @Test(
        "the locale decides between Unicode and ASCII",
        arguments: [
            (["LANG": "en_US.UTF-8"], true), (["LANG": "C"], false), ([:], false),
            (["LANG": "C.UTF-8", "LC_ALL": "POSIX"], false),
            (["LC_ALL": "", "LC_CTYPE": "de_DE.utf8"], true),
        ])
    func locale(variables: [String: String], isUnicode: Bool) {
        #expect(WatchGlyphs.forLocale(variables) == (isUnicode ? .unicode : .ascii))
    }

    @Test("a bar is empty for nothing, shows the least use, and is full only at the limit")
    func bars() {
        let glyphs = WatchGlyphs.unicode
        #expect(glyphs.bar(0, width: 4) == ("", "░░░░"))
        #expect(glyphs.bar(0.0001, width: 4) == ("▏", "░░░"))
        #expect(glyphs.bar(0.5, width: 4) == ("██", "░░"))
        #expect(glyphs.bar(0.999, width: 4) == ("███▉", "") || glyphs.bar(0.999, width: 4) == ("███▉", "░"))
        #expect(glyphs.bar(1.3, width: 4) == ("████", ""))
        #expect(glyphs.bar(nil, width: 4) == ("", "    "))
        #expect(WatchGlyphs.ascii.bar(0.01, width: 4) == ("#", "..."))
        #expect(glyphs.sparkline([nil, 0, 0.5, 2]) == " ▁▅█")
    }

    @Test("thresholds are the exporter's, and a pool's own come before them")
    func thresholds() {
        var reading = WatchSample.reading
        reading.thresholds = WatchThresholds(warning: 0.4, critical: 0.95)
        for index in reading.pools.indices { reading.pools[index].thresholds = reading.thresholds }
        var state = WatchState()
        state.take(reading)
        var lines = WatchSample.screen(120, 24).lines(state).map(\.text)
        #expect(lines[1].contains("0 at 95 % or more"))
        #expect(lines.contains { $0.hasPrefix(">+ ap-southeast-1") })
        reading.pools[1].thresholds.critical = 0.5
        state.take(reading)
        lines = WatchSample.screen(120, 24).lines(state).map(\.text)
        #expect(lines[1].contains("1 at their threshold"))
        #expect(lines.contains { $0.hasPrefix(">! ap-southeast-1") })
        _ = state.press(.character("?"))
        let help = WatchSample.screen(120, 24).lines(state).map(\.text).joined()
        #expect(help.contains("! is 95 % or more of a quota, + is 40 % or more."))
    }

    /// Of two Regions without credentials, and one that is not polled yet.
    private static let cause = String(repeating: "no AWS credentials found; ", count: 8) + "the end"
    private static var notReady: WatchReading {
        func region(_ name: String, _ failure: String?) -> WatchReading.Region {
            WatchReading.Region(account: "prod", region: name, up: false, failure: failure)
        }
        var reading = WatchReading(
            pools: [],
            regions: [
                region("r1", "sts GetCallerIdentity in r1: \(cause)"),
                region("r2", "sts GetCallerIdentity in r2: \(cause)"), region("r3", nil),
            ])
        reading.isReady = false
        return reading
    }

    @Test("Regions that were never polled with success stand above all else, with the whole reason")
    func neverPolled() {
        var state = WatchState()
        state.take(Self.notReady)
        let lines = WatchSample.screen(60, 24).lines(state)
        let first = "Never polled with success: prod r1, r2: sts"
        #expect(lines[2].text.hasPrefix(first) && lines[2].pieces.first?.style == .critical)
        let text = lines.map { String($0.text.reversed().drop { $0 == " " }.reversed()) }.joined(
            separator: " ")
        #expect(text.contains("\(first) GetCallerIdentity: \(Self.cause)"))
        #expect(text.contains("Never polled with success: prod r3: not polled yet"))
    }

    @Test("plain lines name the Regions that were never polled with success, those that fail, and late data")
    func plainTroubles() {
        var state = WatchState()
        state.take(Self.notReady)
        var plain = WatchPlain()
        #expect(
            plain.lines(state, now: WatchSample.now) == [
                "14:05:37 never polled with success: prod r1, r2: sts GetCallerIdentity: \(Self.cause)",
                "14:05:37 never polled with success: prod r3: not polled yet",
            ])
        #expect(plain.lines(state, now: WatchSample.now + 1).isEmpty, "once")
        var late = WatchSample.reading
        late.regions[0].deliveryLagSeconds = 840
        state.take(late)
        let lines = plain.lines(state, now: WatchSample.now)
        #expect(lines.contains("14:05:37 ap-southeast-1 CloudWatch delivers late: 14 min"))
        #expect(lines.contains("14:05:37 ap-east-2 is not up: AccessDenied"))
        var empty = WatchReading(pools: [])
        state.take(empty)
        #expect(
            plain.lines(state, now: WatchSample.now) == [
                "14:05:37 no pools: CloudWatch lists no Bedrock model ID with traffic in the last two weeks"
            ])
        empty.isReady = false
        state.take(empty)
        #expect(plain.lines(state, now: WatchSample.now) == ["14:05:37 the exporter is not ready"])
    }

    @Test("the delay of CloudWatch is shown where there is room, and marked when it is long")
    func deliveryLag() {
        for (lag, mark) in [(180.0, nil), (840, "ap-southeast-1 CloudWatch delivers late: 14 min")] {
            var reading = WatchSample.reading
            reading.regions[0].deliveryLagSeconds = lag
            var state = WatchState()
            state.take(reading)
            let lines = WatchSample.screen(160, 30).lines(state).map(\.text)
            #expect(lines[1].contains("data \(Int(lag / 60)) min behind"))
            #expect(lines.contains { $0.contains("delivers late") } == (mark != nil))
            if let mark { #expect(lines.contains { $0.contains(mark) }) }
        }
    }

    @Test("figures that are too old are a warning")
    func old() throws {
        for (age, style) in [(180.0, WatchStyle.dim), (900, .warning)] {
            let screen = WatchScreen(
                width: 100, height: 20, glyphs: .unicode, source: "http://127.0.0.1:9747",
                now: WatchSample.minute + age)
            let title = try #require(screen.lines(WatchSample.state()).first)
            #expect(title.pieces.first { $0.text.hasPrefix("figures of 14:02") }?.style == style)
        }
    }
}
