import Testing

@testable import QuotaModel

struct QuotaReportTests {
    private let pool = QuotaPool(
        account: "prod", region: "ap-southeast-1", scope: .global, model: "anthropic.x")

    private func figures(
        limit: Double = 1_000_000, busy: [Double] = [], peak: Double? = nil, days: [Double] = [],
        isAdjustable: Bool? = true, code: String? = "L-1"
    ) -> (PoolFigures.ReportedQuota, PoolFigures) {
        var figures = PoolFigures(pool: pool)
        var series = PoolFigures.Series()
        series.setBusyMinutes(busy)
        series.peak = peak
        series.peakMinute = peak == nil ? nil : Minute(index: 29_000_000)
        series.dailyPeaks = days.enumerated().map { DailyPeak(day: 20_000 + $0, ratio: $1) }
        figures.series[.tokensPerMinute] = series
        let quota = Quota(kind: .tokensPerMinute, limit: limit, source: .applied, code: code)
        let reported = PoolFigures.ReportedQuota(
            quota: quota, isAdjustable: isAdjustable, minutesAbove70: 100, minutesAbove80: 50,
            minutesAbove100: 1,
            limitedMinutes: 1000)
        return (reported, figures)
    }

    private func report(_ input: (PoolFigures.ReportedQuota, PoolFigures), headroom: Double = 0.7)
        -> QuotaReport
    {
        QuotaReport(input.0, in: input.1, headroom: headroom)
    }

    @Test("percentiles are by nearest rank, whatever the order", arguments: [1, 2, 3, 10, 99, 100, 1001])
    func percentiles(count: Int) {
        let values = (1...count).map(Double.init).shuffled()
        for share in [0.5, 0.95] {
            let expected = (1...count).first { Double($0) >= share * Double(count) - 1e-9 }.map(Double.init)
            var series = PoolFigures.Series()
            series.setBusyMinutes(values)
            #expect((share == 0.5 ? series.steadyMedian : series.steady95) == expected)
        }
        var none = PoolFigures.Series()
        none.setBusyMinutes([])
        #expect(none.steadyMedian == nil && none.steady95 == nil)
    }

    @Test(
        "needed quotas are rounded up to two significant digits",
        arguments: [
            (0.0, 0.0), (7, 7), (99, 99), (100.1, 110), (3_511_000, 3_600_000), (3_600_000, 3_600_000),
        ])
    func rounding(value: Double, expected: Double) {
        #expect(QuotaReport.roundedUp(value) == expected)
    }

    /// 10,000 tokens a day from 100,000: 380,000 on the last of 29 days.
    private static let growing = (0..<29).map { 100_000 + 10_000 * Double($0) }

    @Test("a steady peak needs its headroom and no more")
    func steady() {
        let report = report(
            figures(busy: [100, 200, 700_000], peak: 700_000, days: Array(repeating: 700_000, count: 30)))
        #expect(report.steadyMedian == 200)
        #expect(report.need == QuotaReport.Need(low: 1_000_000, high: 1_000_000, throughDay: 20_029 + 28))
        #expect(report.desiredValue == nil)
        #expect(report.reaches80 == .notForeseen)
        #expect(report.shareAbove70 == 0.1)
        #expect(report.shareAbove100 == 0.001)
    }

    @Test("growth gives dates as far as the history is long, and needs for four weeks")
    func growth() throws {
        let report = report(figures(limit: 800_000, peak: 380_000, days: Self.growing))
        #expect(report.growth?.slope == 10_000 && report.growth?.isGrowing == true)
        #expect(report.trendDays == 29)
        // 640,000 in 26 days, 800,000 in 42.
        #expect(report.reaches80 == .day(20_028 + 26))
        #expect(report.reaches100 == .notForeseen)
        let need = try #require(report.need)
        // (380,000 + 28 x 10,000) / 0.7 = 942,857
        #expect(need.low == 950_000 && need.high == 950_000)
        #expect(need.throughDay == 20_028 + 28)
        #expect(report.desiredValue == 950_000)
    }

    @Test("a need is at most what twice the highest peak takes")
    func bounded() {
        let steep = (0..<28).map { 10_000 * Double($0) }
        #expect(report(figures(peak: 270_000, days: steep)).need?.high == 780_000)
    }

    @Test(
        "an increase is asked for of a quota that AWS has, adjustable by Service Quotas or not",
        arguments: [
            (true, "L-1", 950_000), (nil, "L-1", 950_000), (false, "L-1", 950_000), (true, nil, nil),
        ] as [(Bool?, String?, Double?)])
    func asking(isAdjustable: Bool?, code: String?, desired: Double?) {
        let report = report(
            figures(limit: 800_000, peak: 380_000, days: Self.growing, isAdjustable: isAdjustable, code: code)
        )
        #expect(report.need?.high == 950_000)
        #expect(report.desiredValue == desired)
    }

    @Test("needs follow the headroom; with too few days they are those of the peaks so far")
    func headroom() {
        let half = report(figures(peak: 1_000_000, days: [1, 2, 1_000_000]), headroom: 0.5)
        #expect(half.desiredValue == 2_000_000 && half.need?.throughDay == nil)
        #expect(report(figures(peak: 1_000_000), headroom: 1).desiredValue == nil)
    }

    @Test("what was reached is said to be reached, and too few days show no trend")
    func reached() {
        let report = report(figures(peak: 900_000, days: [1, 2, 3]))
        #expect(report.reaches80 == .already)
        #expect(report.reaches100 == .unknown)
        #expect(report.growth == nil && report.trendDays == 3)
    }

    @Test("Invariant 2: without data nothing is known, and a limit of 0 has no shares")
    func unknown() {
        let empty = report(figures())
        #expect(empty.peak == nil && empty.steadyMedian == nil && empty.need == nil)
        #expect(empty.desiredValue == nil)
        let forbidden = report(figures(limit: 0, peak: 5))
        #expect(forbidden.shareAbove70 == nil)
        #expect(forbidden.reaches80 == .unknown)
    }
}

struct UsagePlanTests {
    @Test("100 requests of 10,000 in and 5,000 out at rate 5 take 3,500,000 tokens per minute")
    func golden() throws {
        let plan = try UsagePlan("rpm=100,input=10000,output=5000,model=anthropic.claude-sonnet-4-6")
        #expect(plan.scope == .global)
        #expect(plan.quotaTokensPerMinute(rate: 5) == 3_500_000)
        let cached = try UsagePlan(
            "rpm=1,input=13,cache_write=8814,output=4,model=us.amazon.x,scope=cross_region")
        #expect(cached.quotaTokensPerMinute(rate: 5) == 8847)
        #expect(cached.scope == .crossRegion && cached.model == "amazon.x")
        #expect(try UsagePlan("rpm=1,input=1,output=1,model=eu.amazon.x").scope == .crossRegion)
        #expect(try UsagePlan("rpm=1,input=1,output=1,model=global.amazon.x").model == "amazon.x")
        #expect(try UsagePlan("rpm=1,input=1,output=1,model=amazon.x,scope=on_demand").scope == .onDemand)
    }

    @Test(
        "a bad plan names the field and what is allowed",
        arguments: [
            ("", "\"\" is no field; allowed: rpm, input, output, cache_write, model, scope, as name=value"),
            ("rpm=1,input=2,model=x", "output is missing; allowed: a number of 0 or more"),
            ("rpm=-1,input=2,output=3,model=x", "rpm: \"-1\" is not allowed; allowed: a number of 0 or more"),
            (
                "rpm=nan,input=2,output=3,model=x",
                "rpm: \"nan\" is not allowed; allowed: a number of 0 or more"
            ),
            ("rpm=1,rpm=2,input=2,output=3,model=x", "rpm is given twice"),
            (
                "rpm=1,input=2,output=3",
                "model is missing; allowed: a model ID such as anthropic.claude-sonnet-4-6"
            ),
            (
                "rpm=1,input=2,output=3,model=x",
                "model: \"x\" names no model; allowed: a model ID such as anthropic.claude-sonnet-4-6"
            ),
            (
                "rpm=1,input=2,output=3,model=global.amazon.x,scope=on_demand",
                "scope: on_demand contradicts the model ID, which is global"
            ),
            (
                "rpm=1,input=2,output=3,model=amazon.x,scope=all",
                "scope: \"all\" is not a scope; allowed: \(InferenceScope.allCases.map(\.rawValue).joined(separator: ", "))"
            ),
        ])
    func bad(text: String, message: String) {
        #expect(throws: UsagePlan.Problem(description: message)) { try UsagePlan(text) }
    }
}
