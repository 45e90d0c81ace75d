import QuotaModel
import Testing
import UsageStore

@testable import Reading

@Suite("Questions to invocation logs, and answers")
struct CallerQueryTests {
    private let start = Minute(index: 29_500_560)
    private var window: Range<Minute> { start..<start.advanced(by: 5) }
    private let all = CallerQuery([.role, .session, .metadata(key: "team")])

    private let row = [
        "bin(1m)": "2026-02-02 12:02:00.000", "modelId": "amazon.nova-pro-v1:0",
        "caller_arn": "arn:aws:sts::1:assumed-role/app/one", "meta0": "search", "invocations": "2",
        "input_tokens": "1.5E3", "output_tokens": "20", "cache_read": "7", "cache_write": "3",
    ]

    @Test("the question names each field where Insights finds it and where the text has it")
    func text() {
        let text = CallerQuery([.role, .metadata(key: "cost center/a")]).text
        #expect(
            text == #"""
                filter ispresent(modelId) and not ispresent(errorCode)
                | parse @message /"inputTokenCount":(?<text_input>\d+)[^{}]*\},"output":\{"outputContentType"/
                | parse @message /"cacheReadInputTokenCount":(?<text_cache_read>\d+)[^{}]*\},"output":\{"outputContentType"/
                | parse @message /"cacheWriteInputTokenCount":(?<text_cache_write>\d+)[^{}]*\},"output":\{"outputContentType"/
                | parse @message /.*"outputTokenCount":(?<text_output>\d+)/
                | parse @message /.*"identity":\{"arn":"(?<text_arn>[^"]+)"/
                | parse @message /.*"requestMetadata":\{[^{}]*"cost center\/a":"(?<text_meta0>[^"]*)"/
                | fields coalesce(input.inputTokenCount, text_input) as input_tokens_count, coalesce(input.cacheReadInputTokenCount, text_cache_read) as cache_read_count, coalesce(input.cacheWriteInputTokenCount, text_cache_write) as cache_write_count, coalesce(output.outputTokenCount, text_output) as output_tokens_count, coalesce(identity.arn, text_arn) as caller_arn, coalesce(`requestMetadata.cost center/a`, text_meta0) as meta0
                | stats count(*) as invocations, sum(input_tokens_count) as input_tokens, sum(cache_read_count) as cache_read, sum(cache_write_count) as cache_write, sum(output_tokens_count) as output_tokens by bin(1m), modelId, caller_arn, meta0
                """#)
        let plain = CallerQuery([.metadata(key: "team")]).text
        #expect(plain.contains("coalesce(requestMetadata.team, text_meta0)") && !plain.contains("identity"))
        let longest = (0..<5).map { CallerKind.metadata(key: String(repeating: "/", count: 255) + "\($0)") }
        #expect(CallerQuery(longest).text.utf8.count <= 10_000)
    }

    @Test("a row is told of each kind, and adds up")
    func rows() throws {
        var other = row
        (other["caller_arn"], other["meta0"]) = ("arn:aws:sts::1:assumed-role/app/two", nil)
        let minutes = try all.read([row, other], of: window)
        let use = CallerUse(
            invocations: 2, inputTokens: 1500, outputTokens: 20, cacheReadInputTokens: 7,
            cacheWriteInputTokens: 3)
        var twice = use
        twice += use
        let model = try #require(LoggedModelID("amazon.nova-pro-v1:0"))
        let expected: [(String, String, CallerUse)] = [
            ("role", "app", twice), ("session", "app/one", use), ("session", "app/two", use),
            ("metadata:team", "search", use), ("metadata:team", "(none)", use),
        ]
        #expect(minutes.count == expected.count)
        for (kind, caller, use) in expected {
            let key = CallerMinute.Key(
                model: model, minute: start.advanced(by: 2), kind: kind, caller: caller)
            #expect(minutes.contains(CallerMinute(key: key, use: use)), "\(kind) \(caller)")
        }
    }

    @Test("what is left out is nothing used; the minute behind the window is left out")
    func absent() throws {
        var bare = row
        for name in ["output_tokens", "cache_read", "cache_write", "caller_arn"] { bare[name] = nil }
        let minutes = try CallerQuery([.role]).read([bare], of: window)
        #expect(minutes.map(\.key.caller) == ["(none)"])
        #expect(minutes.first?.use.outputTokens == 0 && minutes.first?.use.inputTokens == 1500)
        var next = row
        next["bin(1m)"] = "2026-02-02 12:05:00.000"
        #expect(try all.read([next], of: window).isEmpty)
    }

    @Test(
        "of an answer with one row that cannot be read nothing is taken",
        arguments: [
            ("bin(1m)", nil), ("bin(1m)", "2026-02-02 12:06:00.000"), ("bin(1m)", "2026-02-02 11:59:00.000"),
            ("bin(1m)", "2026-02-02 12:02:01.000"), ("bin(1m)", "2026-02-30 12:02:00.000"),
            ("bin(1m)", "2026-02-02 12:02"), ("modelId", nil), ("modelId", "a b"), ("invocations", nil),
            ("invocations", "-1"), ("invocations", "1.5"), ("invocations", "nan"), ("invocations", "0x10"),
            ("input_tokens", "1e300"), ("input_tokens", "ten"), ("output_tokens", "infinity"),
            ("cache_read", "1 "), ("cache_write", "200000000000"),
        ] as [(String, String?)])
    func strict(field: String, value: String?) {
        var bad = row
        bad[field] = value
        #expect(throws: CallerQuery.Unreadable.self) { try all.read([row, bad], of: window) }
    }

    @Test(
        "who it was",
        arguments: [
            ("arn:aws:sts::111122223333:assumed-role/app/i-0abc", "app", "app/i-0abc"),
            (
                "arn:aws-cn:sts::1:assumed-role/AWSReservedSSO_x/a@b.c", "AWSReservedSSO_x",
                "AWSReservedSSO_x/a@b.c"
            ),
            ("arn:aws-us-gov:iam::1:user/alice", "user/alice", "user/alice"),
            ("arn:aws:iam::1:user/team/alice", "user/team/alice", "user/team/alice"),
            ("arn:aws:iam::1:root", "root", "root"),
            ("arn:aws:sts::1:federated-user/bob", "federated-user/bob", "federated-user/bob"),
            ("arn:aws:iam::1:role/service-role/app", "app", "app"),
            ("arn:aws:sts::1:assumed-role/app", "assumed-role/app", "assumed-role/app"),
            ("something else", "something else", "something else"),
            ("arn:aws:iam::1:", "arn:aws:iam::1:", "arn:aws:iam::1:"),
            ("arn:other:sts::1:x/y/z", "arn:other:sts::1:x/y/z", "arn:other:sts::1:x/y/z"),
        ])
    func identity(arn: String, role: String, session: String) {
        #expect(CallerIdentity(arn: arn).role == role)
        #expect(CallerIdentity(arn: arn).session == session)
    }

    @Test("no prefix and no change of an ARN traps, and none makes an empty name")
    func mutation() {
        var generator = SeededGenerator(seed: 7)
        let arn = Array("arn:aws:sts::111122223333:assumed-role/app/i-0abc".unicodeScalars)
        for length in arn.indices {
            let text = String(String.UnicodeScalarView(arn[...length]))
            #expect(!CallerIdentity(arn: text).role.isEmpty && !CallerIdentity(arn: text).session.isEmpty)
        }
        for _ in 0..<2000 {
            var changed = arn
            for _ in 0..<3 {
                changed[.random(in: arn.indices, using: &generator)] =
                    ":/a".unicodeScalars.randomElement(using: &generator) ?? ":"
            }
            let text = String(String.UnicodeScalarView(changed))
            #expect(!CallerIdentity(arn: text).role.isEmpty && !CallerIdentity(arn: text).session.isEmpty)
        }
    }
}

@Suite("Which window of invocation logs is next")
struct CallerPlanTests {
    /// 2026-02-02T12:00:00Z.
    private let noon = Minute(index: 29_500_560)

    private func next(_ last: Int?, _ now: Int, width: Int = 5) -> CallerPlan.Step {
        CallerPlan.next(
            after: last.map { noon.advanced(by: $0) }, width: width,
            now: Double(noon.epochSeconds + now * 60))
    }

    private func span(_ start: Int, _ end: Int) -> Range<Minute> {
        noon.advanced(by: start)..<noon.advanced(by: end)
    }

    @Test("a window is read when its end is five minutes old, and then the next")
    func settled() {
        #expect(next(nil, 12) == .ask(span(0, 5)))
        #expect(next(0, 9) == .wait(60))
        #expect(next(0, 10) == .ask(span(0, 5)))
        #expect(next(5, 12) == .wait(3 * 60))
        #expect(next(3, 12) == .ask(span(3, 5)))
        #expect(next(0, 12, width: 2) == .ask(span(0, 2)))
        #expect(next(4, 12, width: 2) == .ask(span(4, 5)))
    }

    @Test("after a time without reading the last six hours are caught up, what is older is given up")
    func catchUp() {
        #expect(next(-360, 10) == .giveUp(span(-360, -355)))
        #expect(next(-355, 10) == .ask(span(-355, -350)))
        #expect(next(-3_000, 10) == .giveUp(span(-3_000, -355)))
        #expect(next(60, 10) == .wait(5 * 60), "a clock that went back asks for nothing twice")
    }

    @Test("whatever the clock does, windows follow one another, and none is asked for before it is settled")
    func property() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<200 {
            var now = Double(noon.epochSeconds)
            var last: Minute?
            for _ in 0..<100 {
                let width = Int.random(in: 1...5, using: &generator)
                switch CallerPlan.next(after: last, width: width, now: now) {
                case .wait(let seconds):
                    #expect(seconds >= 1)
                    now += Double.random(in: -600...30_000, using: &generator)
                case .ask(let range):
                    #expect(last == nil || range.lowerBound == last)
                    #expect((1...5).contains(range.count) && (last == nil || range.count <= width))
                    #expect(Double(range.upperBound.epochSeconds) + 300 <= now)
                    last = range.upperBound
                case .giveUp(let range):
                    #expect(range.lowerBound == last && !range.isEmpty)
                    #expect(Double(range.upperBound.epochSeconds) + 6 * 3600 <= now)
                    last = range.upperBound
                }
            }
        }
    }

    @Test("windows become narrower after a long answer, and wide again after short ones")
    func width() {
        #expect(CallerPlan.width(after: 10_000, asked: span(0, 5), width: 5) == 2)
        #expect(CallerPlan.width(after: 10_000, asked: span(0, 1), width: 1) == 1)
        #expect(CallerPlan.width(after: 10, asked: span(0, 2), width: 2) == 2)
        #expect(CallerPlan.width(after: 9_000, asked: span(3, 5), width: 2) == 2)
        #expect(CallerPlan.width(after: 2_500, asked: span(4, 5), width: 2) == 4)
        #expect(CallerPlan.width(after: 0, asked: span(0, 5), width: 5) == 5)
    }
}
