import Testing

@testable import Commands

struct WatchStateTests {
    @Test("Names that people gave stand before their IDs, and pools are found by them")
    func names() {
        var pool = WatchSample.pool()
        pool.profiles = [
            WatchPool.Profile(
                modelId: pool.modelIds[0], profileName: "Global Claude", profileType: "system_defined")
        ]
        #expect(pool.namedModelIDs == pool.modelIds)
        pool.profiles = [
            WatchPool.Profile(
                modelId: pool.modelIds[0], profileName: "support-agent", profileType: "application")
        ]
        #expect(pool.namedModelIDs == ["support-agent [\(pool.modelIds[0])]"])
        var state = WatchState()
        state.take(WatchReading(pools: [pool, WatchSample.pool(region: "ap-east-2")]))
        _ = state.press(.character("/"))
        for character in "support" { _ = state.press(.character(character)) }
        #expect(state.rows == [pool])
    }

    private func models(_ state: WatchState) -> [String] {
        state.rows.map { "\($0.region) \($0.model)" }
    }

    @Test("s goes through the orders and comes back to utilization")
    func orders() {
        var state = WatchSample.state()
        #expect(models(state).first == "ap-southeast-1 anthropic.claude-sonnet-4-6")
        #expect(models(state).last == "ap-southeast-1 amazon.nova-lite-v1:0")
        _ = state.press(.character("s"))
        #expect(state.order == .throttles && state.rows.first?.history?.throttles == 12)
        _ = state.press(.character("s"))
        #expect(state.order == .tokens)
        _ = state.press(.character("s"))
        #expect(models(state).first == "ap-east-2 anthropic.claude-sonnet-4-6")
        _ = state.press(.character("s"))
        #expect(state.order == .utilization)
    }

    @Test("all words of the filter must occur; Enter keeps it and Esc clears it")
    func filter() {
        var state = WatchSample.state("/GLOBAL southeast-3")
        #expect(
            state.isFiltering && models(state) == ["ap-southeast-3 anthropic.claude-haiku-4-5-20251001-v1:0"])
        _ = state.press(.enter)
        #expect(!state.isFiltering && state.filter == "GLOBAL southeast-3")
        _ = state.press(.escape)
        #expect(state.filter.isEmpty && state.rows.count == 4)
        state = WatchSample.state("/q")
        #expect(state.isFiltering && state.filter == "q", "a letter of the filter is no command")
        _ = state.press(.backspace)
        _ = state.press(.backspace)
        #expect(state.filter.isEmpty && state.isFiltering)
    }

    @Test("the filter takes no more than it can show")
    func longFilter() {
        #expect(WatchSample.state("/" + String(repeating: "x", count: 5000)).filter.count == 100)
    }

    @Test("the chosen pool stays chosen when the order changes")
    func chosen() {
        var state = WatchSample.state("j")
        let id = state.rows[1].id
        for _ in 0..<3 {
            _ = state.press(.character("s"))
            #expect(state.rows[state.chosenIndex(in: state.rows)].id == id)
        }
        _ = state.press(.end)
        #expect(state.chosenIndex(in: state.rows) == 3)
        _ = state.press(.down)
        #expect(state.chosenIndex(in: state.rows) == 3)
        _ = state.press(.home)
        #expect(state.chosenIndex(in: state.rows) == 0)
        _ = state.press(.up)
        #expect(state.chosenIndex(in: state.rows) == 0)
    }

    @Test("q quits, also from the help, and any other key leaves the help")
    func quit() {
        var state = WatchSample.state("?")
        #expect(state.showsHelp)
        #expect(state.press(.down) == .draw && !state.showsHelp)
        #expect(state.press(.character("q")) == .quit)
        state = WatchSample.state("?")
        #expect(state.press(.character("q")) == .quit)
        #expect(state.press(.redraw) == .redraw)
    }

    @Test("keys do no harm before the first answer")
    func early() {
        var state = WatchState()
        for key in [WatchKey.up, .down, .pageDown, .end, .home, .enter, .escape, .backspace, .character("s")]
        {
            #expect(state.press(key) == .draw)
        }
        #expect(state.rows.isEmpty)
    }

    @Test("plain lines come when figures change, and a failure is told once")
    func plain() {
        var plain = WatchPlain()
        var state = WatchSample.state()
        let first = plain.lines(state, now: WatchSample.now)
        #expect(first.first == "14:05:37 ap-east-2 is not up: AccessDenied")
        #expect(
            first[1]
                == "14:05:37 prod ap-southeast-1 global anthropic.claude-sonnet-4-6  TPM 82 % 3.28M/4M  "
                + "RPM 0.3 % 31/10k  throttled 12")
        #expect(first.count == 6 && first.last?.contains("alert critical BedrockQuotaCritical") == true)
        #expect(plain.lines(state, now: WatchSample.now + 2).isEmpty)
        state.fail("refused", at: WatchSample.now)
        #expect(plain.lines(state, now: WatchSample.now) == ["14:05:37 no answer: refused"])
        #expect(plain.lines(state, now: WatchSample.now).isEmpty)
    }
}
