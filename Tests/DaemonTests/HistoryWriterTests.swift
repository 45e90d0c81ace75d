import Testing
import UsageStore

@testable import History

@Suite("Writers of history")
struct HistoryWriterTests {
    private static func parameters(_ items: [(String, String)]) throws -> UsageParameters {
        try UsageParameters.read(
            [("start", "2025-02-21T13:20:00Z"), ("end", "2025-02-21T15:20:00Z")]
                .map { (name: $0.0, value: $0.1) } + items.map { (name: $0.0, value: $0.1) },
            surface: .commandLine, formats: UsageParameters.Format.allCases, now: 1_789_043_696)
    }

    private static func answer(
        _ items: [(String, String)], _ source: FakeHistory, width: Int? = 100
    ) async throws -> String {
        try await collected(
            UsageAnswer.stream(
                try parameters(items), series: source.known, source: source, tableWidth: width))
    }

    private static let unknown = UsageRow(
        step: FakeHistory.hour.upperBound..<FakeHistory.hour.upperBound.advanced(by: 60),
        group: ["say \"hi\",\\\n", ""])

    @Test("JSON: every key, null for unknown, one line a row")
    func json() async throws {
        let source = FakeHistory { _ in [FakeHistory.fullRow(["prod", "sonnet"]), Self.unknown] }
        let text = try await Self.answer([("format", "json"), ("by", "account,model")], source)
        #expect(
            text == """
                {"start":"2025-02-21T13:20:00Z","end":"2025-02-21T15:20:00Z","step_seconds":3600,"rows":[
                {"start":"2025-02-21T13:20:00Z","account":"prod","model":"sonnet","invocations":0,\
                "input_tokens":1000000,"output_tokens":2000000,"cache_read_input_tokens":3000000,\
                "cache_write_input_tokens":4000000,"client_errors":5000000,"server_errors":6000000,\
                "throttles":7000000,"quota_tokens":3500000.5,"cache_read_share":0.375,\
                "cache_saved_quota_tokens":3000000,"coverage":0.5,"quotas":{"requests_per_minute":\
                {"limit":0,"peak_ratio":null,"peak_minute":null,"mean_ratio":null,"minutes_above_70":null,\
                "minutes_above_80":null,"minutes_above_100":null},"tokens_per_minute":{"limit":4000000,\
                "peak_ratio":0.875,"peak_minute":"2025-02-21T13:27:00Z","mean_ratio":0.25,"minutes_above_70":3,\
                "minutes_above_80":2,"minutes_above_100":0}}},
                {"start":"2025-02-21T14:20:00Z","account":"say \\"hi\\",\\\\\\n","model":null,\
                "invocations":null,"input_tokens":null,"output_tokens":null,"cache_read_input_tokens":null,\
                "cache_write_input_tokens":null,"client_errors":null,"server_errors":null,"throttles":null,\
                "quota_tokens":null,"cache_read_share":null,"cache_saved_quota_tokens":null,"coverage":null,"quotas":{}}
                ],"empty":null}

                """)
    }

    @Test("JSON without rows or traffic tells why")
    func emptyJSON() async throws {
        let nothing = try await Self.answer([("format", "json"), ("by", "none")], FakeHistory())
        #expect(nothing.hasSuffix("\"step_seconds\":3600,\"rows\":[],\"empty\":\"no_coverage\"}\n"))
        var idle = UsageRow(step: FakeHistory.hour, group: [])
        idle.coverage = 1
        idle.sums = [.invocations: 0]
        let quiet = try await Self.answer(
            [("format", "json"), ("by", "none")], FakeHistory { [idle] _ in [idle] })
        #expect(quiet.hasSuffix("\n],\"empty\":\"no_traffic\"}\n"))
    }

    @Test("CSV: the columns follow from the query, empty is unknown, lines end as RFC 4180 has it")
    func csv() async throws {
        let source = FakeHistory { _ in [FakeHistory.fullRow(["prod", "sonnet"]), Self.unknown] }
        let text = try await Self.answer([("format", "csv"), ("by", "account,model")], source)
        #expect(
            text
                == "start,account,model,invocations,input_tokens,output_tokens,cache_read_input_tokens,"
                + "cache_write_input_tokens,client_errors,server_errors,throttles,quota_tokens,coverage,"
                + "tokens_per_minute_limit,tokens_per_minute_peak_ratio,tokens_per_minute_mean_ratio,"
                + "requests_per_minute_limit,requests_per_minute_peak_ratio,requests_per_minute_mean_ratio,"
                + "tokens_per_day_limit,tokens_per_day_peak_ratio,tokens_per_day_mean_ratio,"
                + "input_tokens_per_minute_limit,input_tokens_per_minute_peak_ratio,input_tokens_per_minute_mean_ratio,"
                + "output_tokens_per_minute_limit,output_tokens_per_minute_peak_ratio,"
                + "output_tokens_per_minute_mean_ratio,cache_read_share,cache_saved_quota_tokens\r\n"
                + "2025-02-21T13:20:00Z,prod,sonnet,0,1000000,2000000,3000000,4000000,5000000,6000000,7000000,"
                + "3500000.5,0.5,4000000,0.875,0.25,0,,,,,,,,,,,,0.375,3000000\r\n"
                + "2025-02-21T14:20:00Z,\"say \"\"hi\"\",\\\\u{a}\"" + String(repeating: ",", count: 28)
                + "\r\n")
    }

    @Test(
        "CSV: a name cannot end its field, begin a formula or steer a terminal",
        arguments: [
            ("a\"\u{301},=1", "\"a\"\"\u{301},=1\""), ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"), ("-1,\"2\"", "\"'-1,\"\"2\"\"\""), ("@sum", "'@sum"), ("\t=1", "'\\u{9}=1"),
            ("\r=1", "'\\u{d}=1"), ("=\u{301}1", "'=\u{301}1"), ("a=b", "a=b"),
            ("\u{1B}[2J\u{202E}", "\\u{1b}[2J\\u{202e}"),
        ])
    func hostileCSV(name: String, field: String) async throws {
        let source = FakeHistory { _ in [UsageRow(step: Self.unknown.step, group: [name])] }
        let text = try await Self.answer([("format", "csv"), ("by", "model")], source)
        let line = "\r\n2025-02-21T14:20:00Z,\(field)" + String(repeating: ",", count: 27) + "\r\n"
        #expect(Array(text.utf8.suffix(line.utf8.count)) == Array(line.utf8))
    }

    @Test("no format shows a name that would steer a terminal", arguments: UsageParameters.Format.allCases)
    func hostileNames(format: UsageParameters.Format) async throws {
        let name = "a\u{1B}]0;x\u{07}\u{9B}2J\u{202E}\u{2066}"
        let series = [
            FakeHistory.series(name, "ap-southeast-1", name, .global, name),
            FakeHistory.series("b", "ap-southeast-1", "b", .global, "b"),
        ]
        for series in [series, Array(series.prefix(1))] {
            let source = FakeHistory(series: series) { query in
                [FakeHistory.fullRow(query.groupBy.map { _ in name })]
            }
            let text = try await Self.answer(
                [("format", format.rawValue), ("by", "account,model"), ("step", "1h")], source, width: nil)
            #expect(text.contains("2J"))
            let controls = text.unicodeScalars.filter {
                [.control, .format].contains($0.properties.generalCategory) && !["\r", "\n"].contains($0)
            }
            #expect(controls.isEmpty)
        }
    }

    @Test("a table without a width leaves nothing out and shortens no name, in later rows neither")
    func whole() async throws {
        let long = String(repeating: "long-model-name-", count: 12)
        let series = ["short", long].map { FakeHistory.series("prod", "ap-southeast-1", $0, .global, $0) }
        let source = FakeHistory(series: series) { _ in
            (0...HistoryLimits.rowsForWidths).map { index in
                FakeHistory.fullRow([index < HistoryLimits.rowsForWidths ? "short" : long])
            }
        }
        let text = try await Self.answer([("by", "model")], source, width: nil)
        for title in [
            "Requests", "Throttled", "Cache write", "Cache read", "From cache", "Saved by cache", "TPM limit",
            "TPM mean", "TPD peak",
        ] {
            #expect(text.contains(title))
        }
        #expect(text.contains(long))
    }

    private static let tableGolden: [Substring] = [
        "2025-02-21 13:20 to 2025-02-21 15:20 UTC in steps of 1h, Account prod, Region ap-southeast-1",
        "",
        "Time (UTC)        Scope     Model                         Quota tokens  TPM peak  RPM peak  Coverage",
        "2025-02-21 13:20  global    anthropic.clau…20251001-v1:0     3,500,001    87.5 %   limit 0    50.0 %",
        "                  no quota  no quota                                 -         -         -",
        "2025-02-21 14:20  global    anthropic.clau…20251001-v1:0       unknown         -         -   unknown",
        "",
    ]

    private static let table = FakeHistory(
        series: [
            FakeHistory.series(
                "prod", "ap-southeast-1", "a", .global, "anthropic.claude-haiku-4-5-20251001-v1:0"),
            FakeHistory.series("prod", "ap-southeast-1", "b", nil, nil),
        ]
    ) { _ in
        let group = ["prod", "ap-southeast-1", "global", "anthropic.claude-haiku-4-5-20251001-v1:0"]
        var unmapped = FakeHistory.fullRow(["prod", "ap-southeast-1", "", ""])
        unmapped.quotas = [:]
        unmapped.quotaTokens = nil
        unmapped.coverage = 1
        return [FakeHistory.fullRow(group), unmapped, UsageRow(step: unknown.step, group: group)]
    }

    @Test("a table 100 columns wide")
    func tableOf100() async throws {
        let lines = try await Self.answer([], Self.table).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(lines == Self.tableGolden)
    }

    @Test(
        "no table is wider than its terminal, and coverage is always beside the figures",
        arguments: [60, 80, 100, 130, 160, 250])
    func widths(width: Int) async throws {
        let text = try await Self.answer([], Self.table, width: width)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for line in lines { #expect(line.count <= width, "\(line)") }
        let head = try #require(lines.first { $0.hasPrefix("Time (UTC)") })
        #expect(head.contains("TPM peak") && head.hasSuffix("Coverage"))
        #expect(head.contains("Cache read") == (width == 250))
        #expect(text.contains("50.0 %") && text.contains("unknown") && text.contains("no quota"))
    }

    @Test("an empty table says why")
    func emptyTable() async throws {
        #expect(
            try await Self.answer([], FakeHistory())
                == "No coverage between 2025-02-21T13:20:00Z and 2025-02-21T15:20:00Z: these minutes have not been read "
                + "from CloudWatch, so their traffic is unknown; what is known begins at 2025-02-21T13:20:00Z.\n"
        )
        let bare = try await Self.answer([], FakeHistory(series: []))
        #expect(bare.hasSuffix("; nothing is known of any minute yet.\n"))
    }

    @Test("rows beyond those that decide the widths follow one by one")
    func longTable() async throws {
        let rows = (0..<1000).map { index in
            let start = FakeHistory.hour.lowerBound.advanced(by: index)
            return FakeHistory.fullRow(["g"], step: start..<start.advanced(by: 1))
        }
        let text = try await Self.answer([("step", "1m"), ("by", "account")], FakeHistory { _ in rows })
        #expect(text.split(separator: "\n").count == 1000 + 3, "title of two lines and head")
    }

    @Test(
        "percentages and bars",
        arguments: [
            (0.0, "0.0 %", ""), (0.0004, "0.0 %", "▏"), (0.5, "50.0 %", "█████"),
            (0.8749, "87.5 %", "████████▊"),
            (1.0, "100.0 %", "██████████"), (1.001, "100.1 %", "█████████▶"),
            (12.3456, "1,234.6 %", "█████████▶"),
        ])
    func ratios(ratio: Double, percent: String, bar: String) {
        #expect(UsageColumn.percent(ratio) == percent)
        #expect(UsageBar.text(ratio) == bar)
    }

    @Test(
        "OpenMetrics of single minutes: covered ones only, at the minute's end, family by family, series by series"
    )
    func minutes() async throws {
        let source = FakeHistory(series: [
            FakeHistory.sonnet, FakeHistory.series("prod", "ap-southeast-1", "other", nil, nil),
        ]) { query in
            let ids = query.modelID.map { [$0] } ?? ["global.sonnet", "other"]
            let step = query.stepMinutes ?? 4
            return stride(from: 0, to: 4, by: step).flatMap { offset in
                ids.map { id in
                    let start = FakeHistory.hour.lowerBound.advanced(by: offset)
                    let group =
                        query.groupBy.count == 3
                        ? ["prod", "ap-southeast-1", id] : ["prod", "ap-southeast-1", "global", "sonnet"]
                    var row = UsageRow(step: start..<start.advanced(by: step), group: group)
                    row.sums = [.invocations: Double(offset + 1), .throttles: 0]
                    row.coverage = offset == 2 ? 0 : 1
                    row.quotas = [
                        .tokensPerMinute: .init(), .tokensPerDay: .init(), .requestsPerMinute: .init(),
                    ]
                    return row
                }
            }
        }
        let text = try await Self.answer([("format", "openmetrics"), ("account", "prod")], source)
        func labels(_ id: String) -> String {
            "{account=\"prod\",region=\"ap-southeast-1\",model_id=\"\(id)\"}"
        }
        let series = ["global.sonnet", "other"].flatMap { id in
            [(1, 0), (2, 1), (4, 3)].map { value, minute in
                "bedrock_minute_invocations\(labels(id)) \(value) \(1_740_144_060 + minute * 60)"
            }
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[0] == "# TYPE bedrock_minute_invocations gauge")
        #expect(Array(lines[2..<8]) == series)
        #expect(lines.suffix(2) == ["# EOF", ""])
        #expect(!text.contains("throttles"), "zero in the whole range")
        let sonnet = labels("global.sonnet")
        for (name, value, minute) in [
            ("estimated_quota_tokens", "17", 2), ("invocation_latency_seconds", "1.25", 2),
            ("time_to_first_token_seconds", "0.0305", 4),
        ] {
            #expect(
                lines.filter { $0.hasPrefix("bedrock_minute_\(name){") }
                    == ["bedrock_minute_\(name)\(sonnet) \(value) \(1_740_144_000 + minute * 60)"])
        }
        let pool = "account=\"prod\",region=\"ap-southeast-1\",scope=\"global\",model=\"sonnet\""
        #expect(lines.contains("bedrock_minute_quota_tokens{\(pool)} 500 1740144060"))
        #expect(
            lines.contains("bedrock_minute_quota_limit{\(pool),quota=\"requests_per_minute\"} 0 1740144060"))
        let ratios = lines.filter { $0.hasPrefix("bedrock_minute_quota_utilization_ratio") }
        #expect(
            ratios.first
                == "bedrock_minute_quota_utilization_ratio{\(pool),quota=\"tokens_per_minute\"} 0.5 1740144060"
        )
        #expect(ratios.count == 60, "every second of 120 minutes, of one quota")
    }
}
