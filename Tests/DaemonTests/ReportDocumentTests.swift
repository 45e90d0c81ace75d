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
        figures.sums = [.invocations: 200, .inputTokens: 2_000_000, .outputTokens: 1000, .throttles: 3]
        let tokens = Quota(kind: .tokensPerMinute, limit: 1_000_000, source: .applied, code: "L-1")
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
        series.dailyPeaks = (0..<10).map { DailyPeak(day: 20_140 + $0, ratio: 100_000 + 10_000 * Double($0)) }
        figures.series[.tokensPerMinute] = series
        return figures
    }

    @Test("Markdown")
    func markdown() {
        #expect(
            ReportMarkdown.text([Self.figures], range: Self.range, headroom: 0.7) == """
                # Use of Amazon Bedrock quotas

                From 2025-02-21T13:20:00Z to 2025-03-03T13:20:00Z.
                Needed quotas leave peaks at 70 %. Reservations by `max_tokens` cannot be seen, so \
                throttling may begin below 100 %.

                ## anthropic.x, global, ap-southeast-1, account prod

                - Requests: 200; throttled: 3
                - Tokens per request: 10,000 input, 5 output, 0 cache write
                - An output token counts 5 times (table)
                - Coverage of the time since 2025-02-21T14:00:00Z, before which nothing is known: 50 %

                ### tokens_per_day: 0 (override)

                | Figure | Value |
                |---|---|
                | Peak | 5,000,000, on 2025-02-21 |
                | Growth of the daily peak | unknown: 0 whole days, 7 are needed |
                | 80 % reached | unknown |
                | 100 % reached | unknown |
                | Needed in 6 / 12 months | 7,200,000 / 7,200,000 |

                ### tokens_per_minute: 1,000,000 (applied, L-1)

                | Figure | Value |
                |---|---|
                | Steady use, median of busy minutes | 200 |
                | Steady use, 95th percentile | 190,000 |
                | Minutes above 70 / 80 / 100 % | 10 % / 5.5 % / 0.1 % |
                | Peak | 190,000, 19 %, at 2025-02-21T13:27:00Z |
                | Growth of the daily peak | 10,000 a day over 10 days |
                | 80 % reached | 2025-05-02 |
                | 100 % reached | 2025-05-22 |
                | Needed in 6 / 12 months | 2,900,000 / 5,500,000 |

                ```
                aws service-quotas request-service-quota-increase --service-code bedrock --quota-code \
                L-1 --desired-value 5500000 --region ap-southeast-1
                ```

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
                {"end":"2025-03-03T13:20:00Z","headroom":0.7,"pools":[{"account":"prod",\
                "burndown_rate":5,"burndown_source":"table","cache_write_tokens_per_request":0,\
                "coverage":0.5,"input_tokens_per_request":10000,"known_from":"2025-02-21T14:00:00Z",\
                "known_minutes":1000,"model":"anthropic.x","output_tokens_per_request":5,\
                "quotas":[{"adjustable":null,"growth_per_day":null,"limit":0,"limit_source":"override",\
                "needed_in_12_months":7200000,"needed_in_6_months":7200000,"peak":5000000,\
                "peak_minute":"2025-02-21T00:00:00Z","quota":"tokens_per_day","quota_code":null,\
                "reaches_100":null,"reaches_80":null,"request_command":null,"share_above_100":null,\
                "share_above_70":null,"share_above_80":null,"steady_median":null,"steady_p95":null,\
                "trend_days":0},{"adjustable":true,"growth_per_day":10000,"limit":1000000,\
                "limit_source":"applied","needed_in_12_months":5500000,"needed_in_6_months":2900000,\
                "peak":190000,"peak_minute":"2025-02-21T13:27:00Z","quota":"tokens_per_minute",\
                "quota_code":"L-1","reaches_100":"2025-05-22","reaches_80":"2025-05-02",\
                "request_command":"aws service-quotas request-service-quota-increase --service-code \
                bedrock --quota-code L-1 --desired-value 5500000 --region ap-southeast-1",\
                "share_above_100":0.001,"share_above_70":0.1,"share_above_80":0.055,"steady_median":200,\
                "steady_p95":190000,"trend_days":10}],"region":"ap-southeast-1","requests":200,\
                "scope":"global","throttles":3}],"start":"2025-02-21T13:20:00Z"}

                """)
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
