import Alerting
import QuotaModel
import Testing
import UsageStore

@testable import History

@Suite("Writers of reports")
struct ReportDocumentTests {
    /// 2025-02-21T13:20:00Z.
    private static let start = Minute(index: 29_002_400)
    private static let range = start..<start.advanced(by: 10 * 1440)

    private static var figures: PoolFigures {
        var figures = PoolFigures(
            pool: QuotaPool(account: "prod", region: "ap-southeast-1", scope: .global, model: "anthropic.x"))
        figures.rate = BurndownRate(value: 5, source: .table)
        figures.coverage = 0.5
        figures.knownFrom = start.advanced(by: 40)
        figures.knownMinutes = 1000
        figures.sums = [
            .invocations: 200, .inputTokens: 2_000_000, .outputTokens: 1000, .throttles: 3,
            .cacheWriteInputTokens: 0,
        ]
        let tokens = Quota(kind: .tokensPerMinute, limit: 400_000, source: .applied, code: "L-1")
        let day = Quota(kind: .tokensPerDay, limit: 0, source: .override, code: nil)
        figures.quotas = [
            PoolFigures.ReportedQuota(quota: day, isAdjustable: nil),
            PoolFigures.ReportedQuota(
                quota: tokens, isAdjustable: true, minutesAbove70: 100, minutesAbove80: 55,
                minutesAbove100: 1, limitedMinutes: 1000),
        ]
        var series = PoolFigures.Series()
        series.setBusyMinutes([100, 200, 190_000])
        var totals = PoolFigures.Series()
        totals.peak = 5_000_000
        totals.peakMinute = start.startOfDay
        figures.series[.tokensPerDay] = totals
        series.peak = 190_000
        series.peakMinute = start.advanced(by: 7)
        series.dailyPeaks = (0..<28).map { DailyPeak(day: 20_122 + $0, ratio: 55_000 + 5_000 * Double($0)) }
        figures.series[.tokensPerMinute] = series
        figures.cacheReadShare = 0.6
        figures.cacheSavedQuotaTokens = 3_000_000
        return figures
    }

    @Test("A legacy model and the quotas of batch jobs are told; jobs that nobody counted are not zero")
    func batchAndLifecycle() throws {
        var figures = Self.figures
        figures.lifecycle = ModelLifecycle(isLegacy: true, legacyFrom: 0, endOfLife: 86_400 * 20)
        let place = RegionKey(account: "prod", region: "ap-southeast-1")
        let quota = Quota(kind: .batchJobs, limit: 1000, source: .applied, code: "L-2", match: .name)
        let batch = [
            BatchFigures(place: place, model: "anthropic.x", quota: quota, jobsInFlight: 1000),
            BatchFigures(place: place, model: "anthropic.y", quota: quota),
        ]
        let text = ReportMarkdown.text([figures], batch: batch, range: Self.range, headroom: 0.7)
        #expect(
            text.contains(
                "\n| Model Lifecycle | legacy since 1970-01-01, end of life 1970-01-21 |\n"))
        #expect(
            text.contains(
                "\n\n**AWS grants no increases for legacy models: plan the move to a newer one.**\n\n###"))
        #expect(
            text.hasSuffix(
                """

                ## Batch jobs

                Jobs in flight at a time; they draw on no quota above. One more waits, without an error.

                | Model | Region | Account | Quota | Limit | In flight |
                |---|---|---|---|---|---|
                | anthropic.x | ap-southeast-1 | prod | batch_jobs | 1,000 (applied, L-2) | 1,000 |
                | anthropic.y | ap-southeast-1 | prod | batch_jobs | 1,000 (applied, L-2) | unknown here; the page tells |

                """))
        let document = ReportDocument([figures], batch: batch, range: Self.range, headroom: 0.7)
        let json = String(decoding: try document.bytes(), as: UTF8.self)
        #expect(json.contains(#""jobs_in_flight":null"#) && json.contains(#""jobs_in_flight":1000"#))
        #expect(
            json.contains(
                #""lifecycle":{"end_of_life":"1970-01-21T00:00:00Z","extended_access_from":null,"#
                    + #""legacy_from":"1970-01-01T00:00:00Z","status":"legacy"}"#))
    }

    @Test("Markdown")
    func markdown() {
        #expect(
            ReportMarkdown.text([Self.figures], range: Self.range, headroom: 0.7) == """
                # Use of Amazon Bedrock quotas

                From 2025-02-21T13:20:00Z to 2025-03-03T13:20:00Z.
                Needed quotas leave peaks at 70 %. Reservations by `max_tokens` cannot be seen, so \
                throttling may begin below 100 %. Nothing is foretold further ahead than the history is long.

                ## anthropic.x, global, ap-southeast-1, account prod

                - Requests: 200; throttled: 3
                - Tokens per request: 10,000 input, 5 output, 0 cache write
                - Input read from the prompt cache: 60 %; quota tokens kept off the pool by it: 3,000,000
                - An output token counts 5 times (table)
                - Coverage of the time since 2025-02-21T14:00:00Z, before which nothing is known: 50 %

                ### What AWS asks with a request

                | Question | Answer |
                |---|---|
                | Steady State TPM | 200 |
                | Steady State RPM | not known |
                | Peak State TPM | 190,000 at 2025-02-21T13:27:00Z |
                | Peak State RPM | not known |
                | Average Input Tokens per Request | 10,000 |
                | Average Output Tokens per Request | 5 |
                | Percentage of Requests with more than 25k Input Tokens | not known: CloudWatch tells of no single request |
                | Growth of the daily peak TPM | 5,000 a day (98 % interval 5,000 to 5,000 a day) over 28 days |
                | Growth of the daily peak RPM | not known: 0 whole days, 21 are needed |
                | Model Lifecycle | not known |

                Steady state is the median of the minutes with traffic, peak the highest minute, both as measured. \
                TPM are tokens as the quota counts them.

                ### tokens_per_day: 0 (override)

                | Figure | Value |
                |---|---|
                | Peak | 5,000,000, on 2025-02-21 |
                | Growth of the daily peak | unknown: 0 whole days, 21 are needed |
                | 80 % reached | unknown |
                | 100 % reached | unknown |
                | Needed for the peaks so far | 7,200,000 |

                ### tokens_per_minute: 400,000 (applied, L-1)

                | Figure | Value |
                |---|---|
                | Steady use, median of busy minutes | 200 |
                | Steady use, 95th percentile | 190,000 |
                | Minutes above 70 / 80 / 100 % | 10 % / 5.5 % / 0.1 % |
                | Peak | 190,000, 47.5 %, at 2025-02-21T13:27:00Z |
                | Growth of the daily peak | 5,000 a day (98 % interval 5,000 to 5,000 a day) over 28 days |
                | 80 % reached | 2025-03-28 |
                | 100 % reached | not within 28 days at the least growth |
                | Needed until 2025-03-30 | 480,000 (even odds) to 480,000 (90 % confidence) |

                To ask for what peaks need with headroom until 2025-03-30, with 90 % confidence:

                ```
                aws service-quotas request-service-quota-increase --service-code bedrock --quota-code \
                L-1 --desired-value 480000 --region ap-southeast-1
                ```

                Or in the console: <https://ap-southeast-1.console.aws.amazon.com/servicequotas/home/services/bedrock/\
                quotas/L-1>

                """)
        let empty = ReportMarkdown.text([], range: Self.range, headroom: 0.7)
        #expect(empty.hasSuffix("\n\nNo quota pool has usage in this time.\n"))
    }

    @Test("JSON: every key, null for unknown")
    func json() throws {
        let document = ReportDocument([Self.figures], range: Self.range, headroom: 0.7)
        let text = String(decoding: try document.bytes(), as: UTF8.self)
        #expect(
            text == """
                {"batch":[],"end":"2025-03-03T13:20:00Z","headroom":0.7,"pools":[{"account":"prod",\
                "burndown_rate":5,"burndown_source":"table","cache_read_share":0.6,\
                "cache_saved_quota_tokens":3000000,"cache_write_tokens_per_request":0,\
                "coverage":0.5,"input_tokens_per_request":10000,"known_from":"2025-02-21T14:00:00Z",\
                "known_minutes":1000,"lifecycle":null,"model":"anthropic.x","output_tokens_per_request":5,\
                "questionnaire":{"answers":[{"answer":"200","question":"Steady State TPM"},\
                {"answer":"not known","question":"Steady State RPM"},\
                {"answer":"190,000 at 2025-02-21T13:27:00Z","question":"Peak State TPM"},\
                {"answer":"not known","question":"Peak State RPM"},\
                {"answer":"10,000","question":"Average Input Tokens per Request"},\
                {"answer":"5","question":"Average Output Tokens per Request"},\
                {"answer":"not known: CloudWatch tells of no single request",\
                "question":"Percentage of Requests with more than 25k Input Tokens"},\
                {"answer":"5,000 a day (98 % interval 5,000 to 5,000 a day) over 28 days",\
                "question":"Growth of the daily peak TPM"},\
                {"answer":"not known: 0 whole days, 21 are needed","question":"Growth of the daily peak RPM"},\
                {"answer":"not known","question":"Model Lifecycle"}],\
                "figures":[{"growth_per_day":5000,"growth_per_day_high":5000,"growth_per_day_low":5000,\
                "peak":190000,"peak_minute":"2025-02-21T13:27:00Z","quota":"tokens_per_minute","steady_state":200,\
                "trend_days":28},{"growth_per_day":null,"growth_per_day_high":null,"growth_per_day_low":null,\
                "peak":null,"peak_minute":null,"quota":"requests_per_minute","steady_state":null,\
                "trend_days":0}],"warning":null},\
                "quotas":[{"adjustable":null,"console_url":null,"growing":null,"growth_per_day":null,"growth_per_day_high":null,\
                "growth_per_day_low":null,"limit":0,"limit_source":"override","needed_confidence":null,\
                "needed_high":7200000,"needed_low":7200000,"needed_until":null,"peak":5000000,\
                "peak_minute":"2025-02-21T00:00:00Z","quota":"tokens_per_day","quota_code":null,\
                "reaches_100":null,"reaches_80":null,"request_command":null,"share_above_100":null,\
                "share_above_70":null,"share_above_80":null,"steady_median":null,"steady_p95":null,"support_request":null,\
                "trend_days":0},{"adjustable":true,"console_url":\
                "https://ap-southeast-1.console.aws.amazon.com/servicequotas/home/services/bedrock/quotas/L-1",\
                "growing":true,"growth_per_day":5000,\
                "growth_per_day_high":5000,"growth_per_day_low":5000,"limit":400000,\
                "limit_source":"applied","needed_confidence":0.9,"needed_high":480000,\
                "needed_low":480000,"needed_until":"2025-03-30","peak":190000,"peak_minute":"2025-02-21T13:27:00Z","quota":"tokens_per_minute",\
                "quota_code":"L-1","reaches_100":"not_foreseen","reaches_80":"2025-03-28",\
                "request_command":"aws service-quotas request-service-quota-increase --service-code \
                bedrock --quota-code L-1 --desired-value 480000 --region ap-southeast-1",\
                "share_above_100":0.001,"share_above_70":0.1,"share_above_80":0.055,"steady_median":200,\
                "steady_p95":190000,"support_request":null,"trend_days":28}],"region":"ap-southeast-1","requests":200,\
                "scope":"global","throttles":3}],"start":"2025-02-21T13:20:00Z"}

                """)
    }

    private func request(
        _ scope: InferenceScope = .global, region: String = "ap-southeast-1", isAdjustable: Bool? = true,
        limit: Double = 400_000, lifecycle: ModelLifecycle? = nil
    ) -> (report: QuotaReport, pool: QuotaPool, asked: QuotaQuestionnaire) {
        var figures = Self.figures
        figures.pool = QuotaPool(account: "prod", region: region, scope: scope, model: "anthropic.x")
        let kind = scope.quotaKinds[0]
        figures.series[kind] = figures.series[.tokensPerMinute]
        figures.sums[.cacheWriteInputTokens] = 400_000
        figures.lifecycle = lifecycle
        let quota = Quota(kind: kind, limit: limit, source: .applied, code: "L-1")
        let reported = PoolFigures.ReportedQuota(quota: quota, isAdjustable: isAdjustable)
        return (
            QuotaReport(reported, in: figures, headroom: 0.7), figures.pool, QuotaQuestionnaire(figures)
        )
    }

    @Test("What Service Quotas does not process is a text for AWS Support, with the answers to its questions")
    func support() {
        let mantle = request(.mantle)
        #expect(mantle.report.requestCommand(for: mantle.pool) == nil)
        #expect(
            mantle.report.supportRequest(for: mantle.pool, mantle.asked) == """
                Service: Amazon Bedrock
                Endpoint: bedrock-mantle
                Region: ap-southeast-1
                Model: anthropic.x
                Quota: Input tokens per minute (L-1)
                Current value: 400000
                Requested value: 480000
                Steady State Input TPM: 200
                Steady State Output TPM: not known
                Peak State Input TPM: 190,000 at 2025-02-21T13:27:00Z
                Peak State Output TPM: not known
                Average Input Tokens per Request: 10,000, and 2,000 written to the prompt cache
                Average Output Tokens per Request: 5
                Percentage of Requests with more than 25k Input Tokens: not known: CloudWatch tells of no single request
                Growth of the daily peak Input TPM: 5,000 a day (98 % interval 5,000 to 5,000 a day) over 28 days
                Growth of the daily peak Output TPM: not known: 0 whole days, 21 are needed
                Model Lifecycle: not known
                """)
        let fixed = request(isAdjustable: false)
        #expect(fixed.report.requestCommand(for: fixed.pool) == nil)
        let text = fixed.report.supportRequest(for: fixed.pool, fixed.asked)
        #expect(text?.hasPrefix("Service: Amazon Bedrock\nEndpoint: bedrock-runtime\n") == true)
        #expect(text?.contains("\nSteady State TPM: 200\nSteady State RPM: not known\n") == true)
        for isAdjustable in [true, nil] {
            let plain = request(isAdjustable: isAdjustable)
            #expect(plain.report.requestCommand(for: plain.pool) != nil)
            #expect(plain.report.supportRequest(for: plain.pool, plain.asked) == nil)
        }
        let enough = request(.mantle, limit: 1_000_000)
        #expect(enough.report.supportRequest(for: enough.pool, enough.asked) == nil)
        // A limit of 0 permits nothing: more is asked for, and no share is made up.
        let none = request(limit: 0)
        #expect(none.report.requestCommand(for: none.pool)?.contains("--desired-value 480000") == true)
    }

    @Test(
        "The console is that of the quota's Region and partition",
        arguments: [
            ("eu-west-1", "https://eu-west-1.console.aws.amazon.com"),
            ("cn-north-1", "https://cn-north-1.console.amazonaws.cn"),
            ("us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com"),
            ("eusc-de-east-1", "https://eusc-de-east-1.console.amazonaws-eusc.eu"), ("us-iso-east-1", nil),
        ] as [(String, String?)])
    func console(region: String, start: String?) {
        let request = request(region: region)
        #expect(
            request.report.consoleURL(for: request.pool)
                == start.map { "\($0)/servicequotas/home/services/bedrock/quotas/L-1" })
    }

    @Test("A model's status is what AWS says, or not known; of a legacy one it is said that AWS refuses")
    func status() {
        func status(_ lifecycle: ModelLifecycle?) -> [String?] {
            let asked = request(lifecycle: lifecycle).asked
            return [asked.answers.last?.answer, asked.warning.map { _ in "refused" }]
        }
        #expect(status(nil) == ["not known", nil])
        #expect(status(ModelLifecycle(isLegacy: false)) == ["active", nil])
        #expect(
            status(ModelLifecycle(isLegacy: false, endOfLife: 0)) == ["active, end of life 1970-01-01", nil])
        #expect(status(ModelLifecycle(isLegacy: true)) == ["legacy", "refused"])
        #expect(status(ModelLifecycle(isLegacy: nil, unread: ["status x"])) == ["status not known", nil])
        #expect(
            status(ModelLifecycle(isLegacy: false, unread: ["endOfLifeTime x"]))
                == ["active, other dates not known", nil])
    }

    @Test("cache reads that nobody asked for are unknown, not zero")
    func unknownCacheReads() throws {
        var figures = Self.figures
        figures.cacheReadShare = nil
        figures.cacheSavedQuotaTokens = nil
        let text = ReportMarkdown.text([figures], range: Self.range, headroom: 0.7)
        #expect(
            text.contains(
                "- Input read from the prompt cache: unknown; quota tokens kept off the pool by it: unknown\n"
            ))
        let json = try ReportDocument([figures], range: Self.range, headroom: 0.7).bytes()
        #expect(
            String(decoding: json, as: UTF8.self).contains(
                "\"cache_read_share\":null,\"cache_saved_quota_tokens\":null"))
    }

    @Test("a plan takes 3,500,000 tokens per minute, shown with its share of each quota")
    func plan() throws {
        let plan = try UsagePlan("rpm=100,input=10000,output=5000,model=anthropic.claude-sonnet-4-6")
        let alone = PlanDocument(plan, rates: BurndownTable(), places: [])
        #expect(
            String(decoding: try alone.bytes(), as: UTF8.self) == """
                {"burndown_rate":5,"burndown_source":"table","model":"anthropic.claude-sonnet-4-6",\
                "quota_tokens_per_minute":3500000,"quotas":[],"requests_per_minute":100,"scope":"global"}

                """)
        let quotas = [
            Quota(kind: .tokensPerMinute, limit: 7_000_000, source: .applied, code: "L-1"),
            Quota(kind: .requestsPerMinute, limit: 0, source: .applied, code: "L-2"),
            Quota(kind: .tokensPerDay, limit: 9, source: .applied, code: "L-3"),
        ]
        let place = PlanDocument.Place(
            key: RegionKey(account: "prod", region: "r"), quotas: quotas, rate: nil)
        #expect(
            PlanDocument(plan, rates: BurndownTable(), places: [place]).markdown == """
                anthropic.claude-sonnet-4-6, global: 3,500,000 tokens per minute, 100 requests per minute
                An output token counts 5 times (table).
                - not permitted: of requests_per_minute 0 in r, account prod
                - 50 % of tokens_per_minute 7,000,000 in r, account prod

                """)
    }

    @Test("where the table is silent, a measured rate counts unless places disagree")
    func measured() throws {
        let plan = try UsagePlan("rpm=1,input=0,output=1,model=anthropic.claude-opus-9")
        func place(_ region: String, _ rate: Double) -> PlanDocument.Place {
            PlanDocument.Place(
                key: RegionKey(account: "prod", region: region), quotas: [],
                rate: BurndownRate(value: rate, source: .measured))
        }
        func document(_ places: [PlanDocument.Place]) -> PlanDocument {
            PlanDocument(plan, rates: BurndownTable(), places: places)
        }
        #expect(document([]).burndownSource == "assumed")
        let agreed = document([place("a", 12), place("b", 12)])
        #expect(agreed.burndownRate == 12 && agreed.burndownSource == "measured")
        #expect(document([place("a", 12), place("b", 13)]).burndownSource == "assumed")
    }
}
