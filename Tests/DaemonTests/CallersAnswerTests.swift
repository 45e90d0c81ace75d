import QuotaModel
import Testing
import UsageStore

@testable import History

@Suite("Answers about callers")
struct CallersAnswerTests {
    /// 2025-02-21T15:20:30Z.
    private static let now = 1_740_151_230

    private static func parameters(
        _ items: [(String, String)], _ surface: UsageParameters.Surface = .commandLine
    ) throws -> UsageParameters {
        try CallersParameters.read(
            items.map { (name: $0.0, value: $0.1) }, surface: surface, formats: [.table, .csv, .json],
            now: now)
    }

    private static let whole = FakeHistory.hour
    private static let pool = ["prod", "ap-southeast-1", "global", "sonnet"]

    private static func row(
        _ caller: String, _ tokens: Double?, share: Double? = nil, read: Double? = 1, exceeding: Double = 0,
        step: Range<Minute> = whole
    ) -> UsageRow {
        var row = UsageRow(step: step, group: pool + [caller], quotaTokens: tokens, coverage: 1)
        if let tokens {
            row.sums = [
                .invocations: tokens / 1000, .inputTokens: tokens / 2, .outputTokens: tokens / 10,
                .cacheReadInputTokens: 0, .cacheWriteInputTokens: 0,
            ]
        }
        row.caller = CallerFigures()
        row.caller?.share = share
        row.caller?.logCoverage = read
        row.caller?.logsExceedQuotaTokens = exceeding
        return row
    }

    private static let rows = [
        row(CallerRow.notInLogs, 50_000, share: 0.05, read: 0.9),
        row(CallerRow.notRead, 100_000, share: 0.1, read: 0.9),
        row("=1+1", 10_000, share: 0.01, read: 0.9), row("api-gateway-prod", 520_000, share: 0.52, read: 0.9),
        row("batch\u{1B}[31m", 300_000, share: 0.3, read: 0.9), row("c", 20_000, share: 0.02, read: 0.9),
    ]

    private static func answer(
        _ items: [(String, String)], _ source: FakeHistory, width: Int? = 80
    ) async throws -> String {
        let parameters = try parameters(
            [("start", "2025-02-21T13:20:00Z"), ("end", "2025-02-21T14:20:00Z")] + items)
        return try await collected(
            UsageAnswer.stream(
                parameters, series: source.known, source: source, tableWidth: width, callers: source.callers))
    }

    @Test("the table at 80 columns, to the letter")
    func table() async throws {
        let text = try await Self.answer([("top", "2")], FakeHistory { _ in Self.rows })
        #expect(
            text == """
                2025-02-21 13:20 to 2025-02-21 14:20 UTC, callers by role, Account prod
                Region ap-southeast-1, Scope global, Model sonnet, Model ID global.sonnet

                Caller              Share              Requests  Output  Quota tokens  Logs read
                api-gateway-prod   52.0 %  █████▎           520  52,000       520,000
                batch\\u{1b}[31m    30.0 %  ███              300  30,000       300,000
                (other)             3.0 %  ▎                 30   3,000        30,000
                (not in the logs)   5.0 %  ▌                 50   5,000        50,000
                (not read)         10.0 %  █                100  10,000       100,000     90.0 %

                """)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test("steps keep the order of the whole range; what is no caller's comes last")
    func steps() async throws {
        let later = Self.whole.upperBound..<Self.whole.upperBound.advanced(by: 60)
        let source = FakeHistory { query in
            query.stepMinutes == nil
                ? [
                    Self.row("a", 10), Self.row("b", 90), Self.row("c", 50),
                    Self.row(CallerRow.notInLogs, 999),
                ]
                : [
                    Self.row(CallerRow.notInLogs, 900), Self.row("a", 9), Self.row("b", 1),
                    Self.row("b", 89, step: later), Self.row("c", 50, step: later),
                    Self.row("a", 1, step: later),
                    Self.row(CallerRow.notInLogs, 99, step: later),
                ]
        }
        var found: [[String]] = []
        let query = try Self.parameters([("step", "1h")]).query
        try await CallerRanking.rows(of: query, top: 2, source) {
            found.append([$0.group[4], "\(Int($0.quotaTokens ?? 0))"])
        }
        #expect(
            found == [
                ["b", "1"], ["(other)", "9"], [CallerRow.notInLogs, "900"], ["b", "89"], ["c", "50"],
                ["(other)", "1"],
                [CallerRow.notInLogs, "99"],
            ])
        #expect(source.queries.map(\.stepMinutes) == [nil, 60])
    }

    @Test("what is beyond the largest joins what the store holds as (other), and has no ratios")
    func others() {
        var ranking = CallerRanking(
            UsageQuery(range: Self.whole, groupBy: UsageQuery.defaultGroupBy + [.caller]), top: 1)
        var full = FakeHistory.fullRow(Self.pool + ["b"])
        full.caller = CallerFigures()
        let step = [
            Self.row("a", 5_000_000), full, Self.row(CallerRow.other, 7_000_000),
            Self.row(CallerRow.noProfile, nil),
        ]
        for row in step { ranking.take(row) }
        let rows = ranking.rows(step)
        #expect(rows.map { $0.group[4] } == ["a", CallerRow.other, CallerRow.noProfile])
        #expect(
            rows[1].quotaTokens == 10_500_000.5 && rows[1].quotas.isEmpty && rows[1].cacheReadShare == nil)
        #expect(rows[2].quotaTokens == nil && rows[2].sums.isEmpty)
    }

    @Test("JSON: the kind, what there is, and figures that are not known as null")
    func json() async throws {
        var sources = CallerSources()
        sources.kinds = ["role", "tag:a\"b"]
        sources.windowsRead = 11
        sources.windowsUnknown = 1
        sources.lastReason = "timed \"out\""
        let source = FakeHistory(callers: sources) { _ in
            [Self.row("a", 1000, share: 1, read: nil), Self.row(CallerRow.notRead, nil)]
        }
        let text = try await Self.answer([("format", "json")], source)
        #expect(
            text == """
                {"start":"2025-02-21T13:20:00Z","end":"2025-02-21T14:20:00Z","step_seconds":3600,"caller_kind":"role",\
                "kinds":["role","tag:a\\"b"],"logs":{"windows_read":11,"windows_unknown":1,"last_reason":"timed \\"out\\""},\
                "rows":[
                {"start":"2025-02-21T13:20:00Z","account":"prod","region":"ap-southeast-1","scope":"global","model":"sonnet",\
                "caller":"a","invocations":1,"input_tokens":500,"output_tokens":100,"cache_read_input_tokens":0,\
                "cache_write_input_tokens":0,"client_errors":null,"server_errors":null,"throttles":null,"quota_tokens":1000,\
                "cache_read_share":null,"cache_saved_quota_tokens":null,"coverage":1,"share":1,"log_coverage":null,\
                "logs_exceed_quota_tokens":0,"quotas":{}},
                {"start":"2025-02-21T13:20:00Z","account":"prod","region":"ap-southeast-1","scope":"global","model":"sonnet",\
                "caller":"(not read)","invocations":null,"input_tokens":null,"output_tokens":null,\
                "cache_read_input_tokens":null,"cache_write_input_tokens":null,"client_errors":null,"server_errors":null,\
                "throttles":null,"quota_tokens":null,"cache_read_share":null,"cache_saved_quota_tokens":null,"coverage":1,\
                "share":null,"log_coverage":1,"logs_exceed_quota_tokens":0,"quotas":{}}
                ],"empty":null}

                """)
    }

    @Test("CSV: three more columns, names as texts")
    func csv() async throws {
        let text = try await Self.answer([("format", "csv")], FakeHistory { _ in Self.rows })
        let lines = text.split(separator: "\r\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(Set(lines.map(\.count)).count == 1)
        #expect(lines[0].suffix(3) == ["share", "log_coverage", "logs_exceed_quota_tokens"])
        #expect(lines[1].suffix(3) == ["0.52", "0.9", "0"])
        #expect(lines.map { $0[5] }.contains("'=1+1"))
        #expect(!text.contains("\u{1B}"))
    }

    @Test("what the logs do not tell is said in words")
    func notes() async throws {
        let unread = FakeHistory { _ in [Self.row(CallerRow.notRead, 10, share: 1, read: 0)] }
        #expect(
            try await Self.answer([("kind", "session")], unread).hasSuffix(
                """
                The invocation logs have not been read for callers by session; they are where
                accounts[].callers.enabled is true in the configuration.

                """))
        var sources = CallerSources()
        sources.kinds = ["role", "session"]
        sources.windowsUnknown = 1200
        sources.lastReason = "AccessDenied\u{1B}"
        let unanswered = FakeHistory(callers: sources) { _ in
            [Self.row(CallerRow.notRead, 10, share: 1, read: 0)]
        }
        let text = try await Self.answer([("kind", "session")], unanswered).replacing("\n", with: " ")
        #expect(
            text.contains(
                "1,200 stretches of the logs could not be read. The newest reason: AccessDenied\\u{1b}. "
            ))
        #expect(text.hasSuffix("configuration. Known are: role. "))
        let late = FakeHistory { _ in [Self.row("a", 10, share: 1, exceeding: 3)] }
        #expect(
            try await Self.answer([], late).replacing("\n", with: " ").contains(
                "The logs tell of more than CloudWatch in part of this time, so the rows add up to more"))
        let profiles = FakeHistory { _ in [Self.row("a", 10, share: 1, read: nil)] }
        #expect(
            try await !Self.answer([("kind", "application_inference_profile")], profiles).contains("logs"))
    }

    @Test("parameters: one row a caller over the whole range unless a step is asked for")
    func defaults() throws {
        let usual = try Self.parameters([])
        #expect(usual.query.stepMinutes == nil && usual.top == 10 && usual.query.callerKind == .role)
        #expect(
            usual.query.range.count == 1440 && usual.query.groupBy == UsageQuery.defaultGroupBy + [.caller])
        let asked = try Self.parameters([
            ("step", "1h"), ("kind", "metadata:team"), ("top", "3"), ("model-id", "x"),
        ])
        #expect(asked.query.stepMinutes == 60 && asked.top == 3 && asked.query.modelID == "x")
        #expect(asked.query.callerKind.text == "metadata:team" && asked.query.callerKind.needsLogs)
        #expect(try Self.parameters([("model_id", "x")], .url).query.modelID == "x")
        for kind in ["application_inference_profile", "tag:team"] {
            #expect(try !Self.parameters([("kind", kind)]).query.callerKind.needsLogs)
        }
    }

    @Test(
        "what is refused, in the words of its surface",
        arguments: [
            (
                [("kind", "roles")],
                "--kind: \"roles\" is not a kind of caller; allowed: \(CallerKind.forms)"
            ),
            (
                [("kind", "tag:")],
                "--kind: \"tag:\" is not a kind of caller; allowed: \(CallerKind.forms)"
            ),
            ([("top", "0")], "--top: \"0\" is not a number of callers; allowed: 1 to 100"),
            ([("top", "101")], "--top: \"101\" is not a number of callers; allowed: 1 to 100"),
            ([("top", "2"), ("top", "2")], "--top is given twice"),
            (
                [("by", "model")],
                "unknown parameter \"by\"; the parameters are --start, --end, --step, --account, --region, --scope, "
                    + "--model, --model-id, --kind, --top, --format"
            ),
            (
                [("step", "90s")],
                "--step: \"90s\" is not a step; allowed: whole minutes from 1m to 1d, such as 1m, 5m, 1h, 1d"
            ),
        ])
    func refused(items: [(String, String)], message: String) {
        #expect(throws: UsageRequestError(message)) { try Self.parameters(items) }
    }

    @Test("query takes callers as a group, with a kind, but not for OpenMetrics")
    func query() throws {
        func read(_ items: [(String, String)]) throws -> UsageParameters {
            try UsageParameters.read(
                items.map { (name: $0.0, value: $0.1) }, surface: .commandLine,
                formats: UsageParameters.Format.allCases, now: Self.now)
        }
        let query = try read([("by", "caller,region"), ("caller-kind", "session")]).query
        #expect(query.groupBy == [.caller, .region] && query.callerKind.text == "session")
        #expect(throws: UsageRequestError("--caller-kind goes with caller in --by, which is missing")) {
            try read([("caller-kind", "session")])
        }
        #expect(throws: UsageRequestError("--by: caller does not go with openmetrics")) {
            try read([("by", "caller"), ("format", "openmetrics"), ("step", "1h")])
        }
    }

    @Test("an answer of too many rows is refused by the callers that there are, or that are shown")
    func size() throws {
        let series = [FakeHistory.sonnet]
        let many = try Self.parameters([("start", "-30d"), ("step", "1m"), ("top", "10")], .url)
        #expect(throws: UsageRequestError.self) { try many.checkSize(of: series, callers: 1000) }
        #expect(throws: Never.self) {
            try Self.parameters([("start", "-30d"), ("step", "1h"), ("top", "100")], .url).checkSize(
                of: series, callers: 1000)
        }
        var all = many
        all.top = nil
        all.query.stepMinutes = 1440
        #expect(throws: Never.self) { try all.checkSize(of: series, callers: 1000) }
        #expect(throws: UsageRequestError.self) { try all.checkSize(of: series, callers: 5000) }
    }
}
