import Testing

@testable import Commands

struct WatchTextTests {
    @Test(
        "keys come out of a terminal's bytes",
        arguments: [
            ("a", [WatchKey.character("a")]), ("\u{1B}[A\u{1B}OB", [.up, .down]),
            ("\u{1B}[5~\u{1B}[6~\u{1B}[1~\u{1B}[F", [.pageUp, .pageDown, .home, .end]),
            ("\u{1B}[1;5A", [.up]), ("\u{1B}[200~x", [.character("x")]),
            ("\r\u{7F}\u{15}\u{0C}", [.enter, .backspace, .erase, .redraw]),
            ("é€", [.character("é"), .character("€")]), ("\u{1B}x", []), ("\u{01}", []),
        ])
    func keys(text: String, expected: [WatchKey]) {
        var whole = WatchKeyDecoder()
        #expect(whole.take(Array(text.utf8)) == expected)
        var single = WatchKeyDecoder()
        #expect(text.utf8.flatMap { single.take([$0]) } == expected, "also byte by byte")
    }

    @Test("an ESC is the key when nothing follows, and never gets in the way of the next one")
    func escape() {
        var decoder = WatchKeyDecoder()
        #expect(decoder.take([0x1B]).isEmpty && decoder.isWaiting)
        #expect(decoder.flush() == [.escape] && !decoder.isWaiting)
        #expect(decoder.take(Array("\u{1B}\u{1B}".utf8)) == [.escape])
        #expect(decoder.flush() == [.escape])
        #expect(decoder.flush().isEmpty)
    }

    @Test("no bytes stop the decoder")
    func noise() {
        var generator = SystemRandomNumberGenerator()
        var decoder = WatchKeyDecoder()
        for _ in 0..<20_000 { _ = decoder.take([UInt8.random(in: 0...255, using: &generator)]) }
        _ = decoder.flush()
        #expect(decoder.take(Array("\u{1B}[A".utf8)) == [.up])
    }

    @Test(
        "figures have three digits at most",
        arguments: [
            (0.0, "0"), (999.4, "999"), (999.5, "1k"), (1000, "1k"), (12_345, "12.3k"), (999_499, "999k"),
            (999_500, "1M"), (3_284_100, "3.28M"), (99_950_000, "100M"), (7_200_000_000, "7.20G"),
            (.infinity, "?"), (.nan, "?"),
        ])
    func compact(value: Double, text: String) { #expect(WatchFigures.compact(value) == text) }

    @Test(
        "ratios are percentages",
        arguments: [(0.0, "0.0 %"), (0.0994, "9.9 %"), (0.0995, "10 %"), (0.824, "82 %"), (1.04, "104 %")])
    func percent(ratio: Double, text: String) { #expect(WatchFigures.percent(ratio) == text) }

    @Test("whole numbers have commas, ages a unit, clocks two digits")
    func others() {
        #expect(WatchFigures.percent(nil) == "-")
        #expect(WatchFigures.whole(4_000_000) == "4,000,000")
        #expect(WatchFigures.whole(999) == "999" && WatchFigures.whole(-1234) == "-1,234")
        #expect(
            WatchFigures.age(119) == "119 s" && WatchFigures.age(120) == "2 min"
                && WatchFigures.age(-5) == "0 s")
        #expect(WatchFigures.clock(WatchSample.now) == "14:05:37")
    }

    @Test("text is cut by cells")
    func cells() {
        #expect(Cells.clipped("abcdef", to: 4) == "abc…" && Cells.clipped("abcd", to: 4) == "abcd")
        #expect(Cells.fitted("日本語", to: 5) == "日本…" && Cells.width("日本…") == 5)
        #expect(Cells.right("ab", to: 4) == "  ab" && Cells.clipped("ab", to: 0) == "")
    }

    @Test(
        "long lines are broken at blanks, and nothing of them is lost",
        arguments: [
            ("one two three", 7, ["one two", "three"]), ("one two three", 8, ["one two", "three"]),
            ("onetwothree", 4, ["onet", "woth", "ree"]), ("a bcdefgh", 4, ["a", "bcde", "fgh"]),
            ("日本語", 4, ["日本", "語"]), ("日本", 1, ["日", "本"]), ("", 5, []), ("abc", 0, []), ("abc", 3, ["abc"]),
        ])
    func wrapped(text: String, limit: Int, lines: [String]) {
        #expect(Cells.wrapped(text, to: limit) == lines)
    }

    @Test(
        "models have short names",
        arguments: [
            ("anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5"),
            ("anthropic.claude-opus-4-6-v1", "claude-opus-4-6"), ("amazon.nova-lite-v1:0", "nova-lite"),
            ("openai.gpt-oss-120b-1:0", "gpt-oss-120b-1:0"), ("model", "model"), ("a.-v1", "a.-v1"),
            ("anthropic.claude-v2:1", "claude-v2"),
            ("anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet-v2"), ("x.y-12345678", "y"),
            ("x.y-1234567", "y-1234567"),
            ("arn:aws:bedrock:x.y", "arn:aws:bedrock:x.y"), ("", ""), ("x.y-v", "y-v"), ("x.y-v1:", "y-v1:"),
        ])
    func shortNames(model: String, name: String) { #expect(WatchNames.short(model) == name) }

    @Test("names that would be the same stay whole")
    func distinctNames() {
        let models = ["anthropic.claude-v2", "anthropic.claude-v2:1", "amazon.nova-lite-v1:0"]
        let names = WatchNames(models + models)
        #expect(models.map { names[$0] } == ["anthropic.claude-v2", "anthropic.claude-v2:1", "nova-lite"])
        #expect(names["other"] == "other")
    }

    @Test(
        "long names lose their middle",
        arguments: [
            ("abcdefgh", 8, "abcdefgh"), ("abcdefgh", 7, "abc…fgh"), ("abcdefgh", 6, "abc…gh"),
            ("abcdefgh", 3, "a…h"), ("abcdefgh", 2, "a…"), ("abcdefgh", 1, "…"), ("abcdefgh", 0, ""),
            ("日本語日本語", 7, "日本…語"),
        ])
    func middles(text: String, limit: Int, clipped: String) {
        #expect(Cells.middleClipped(text, to: limit) == clipped)
        #expect(Cells.width(Cells.middleClipped(text, to: limit)) <= limit)
    }
}
