import Testing

@testable import QuotaModel

struct QuotaReportTests {
    private let pool = QuotaPool(
        account: "prod", region: "ap-southeast-1", scope: .global, model: "anthropic.x")

    private func figures(
        limit: Double = 1_000_000, busy: [Double] = [], peak: Double? = nil, days: [Double] = []
    ) -> (PoolFigures.ReportedQuota, PoolFigures) {
        var figures = PoolFigures(pool: pool)
        var series = PoolFigures.Series()
        series.busyMinutes = busy
        series.peak = peak
        series.peakMinute = peak == nil ? nil : Minute(index: 29_000_000)
        series.dailyPeaks = days.enumerated().map { DailyPeak(day: 20_000 + $0, ratio: $1) }
        figures.series[.tokensPerMinute] = series
        figures.knownMinutes = 1000
        let quota = Quota(kind: .tokensPerMinute, limit: limit, source: .applied, code: "L-1")
        let reported = PoolFigures.ReportedQuota(
            quota: quota, isAdjustable: true, minutesAbove70: 100, minutesAbove80: 50, minutesAbove100: 1)
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
            #expect(QuotaReport.percentile(share, of: values) == expected)
        }
        #expect(QuotaReport.percentile(0.5, of: []) == nil)
    }

    @Test(
        "needed quotas are rounded up to two significant digits",
        arguments: [
            (0.0, 0.0), (7, 7), (99, 99), (100.1, 110), (3_511_000, 3_600_000), (3_600_000, 3_600_000),
        ])
    func rounding(value: Double, expected: Double) {
        #expect(QuotaReport.roundedUp(value) == expected)
    }

    @Test("a steady peak needs its headroom and no more")
    func steady() {
        let report = report(
            figures(busy: [100, 200, 700_000], peak: 700_000, days: Array(repeating: 700_000, count: 10)))
        #expect(report.steadyMedian == 200)
        #expect(report.neededIn6Months == 1_000_000)
        #expect(report.neededIn12Months == 1_000_000)
        #expect(report.desiredValue == nil)
        #expect(report.reaches80 == .never)
        #expect(report.shareAbove70 == 0.1)
        #expect(report.shareAbove100 == 0.001)
    }

    @Test("growth gives dates and needs")
    func growth() {
        // 10,000 tokens a day from 100,000: 190,000 on the tenth day, 800,000 in 61 days more.
        let report = report(figures(peak: 190_000, days: (0..<10).map { 100_000 + 10_000 * Double($0) }))
        #expect(report.growthPerDay == 10_000)
        #expect(report.trendDays == 10)
        #expect(report.reaches80 == .day(20_009 + 61))
        #expect(report.reaches100 == .day(20_009 + 81))
        // (190,000 + 182 x 10,000) / 0.7 = 2,871,428.6
        #expect(report.neededIn6Months == 2_900_000)
        // (190,000 + 365 x 10,000) / 0.7 = 5,485,714.3
        #expect(report.neededIn12Months == 5_500_000)
        #expect(report.desiredValue == 5_500_000)
    }

    @Test("what was reached is said to be reached, and too few days show no trend")
    func reached() {
        let report = report(figures(peak: 900_000, days: [1, 2, 3]))
        #expect(report.reaches80 == .already)
        #expect(report.reaches100 == .unknown)
        #expect(report.growthPerDay == nil)
    }

    @Test("Invariant 2: without data nothing is known, and a limit of 0 has no shares")
    func unknown() {
        let empty = report(figures())
        #expect(empty.peak == nil && empty.steadyMedian == nil && empty.neededIn12Months == nil)
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
        let cached = try UsagePlan("rpm=1,input=13,cache_write=8814,output=4,model=x,scope=cross_region")
        #expect(cached.quotaTokensPerMinute(rate: 5) == 8847)
        #expect(cached.scope == .crossRegion)
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
                "model is missing; allowed: a base model ID such as anthropic.claude-sonnet-4-6"
            ),
            (
                "rpm=1,input=2,output=3,model=x,scope=all",
                "scope: \"all\" is not a scope; allowed: on_demand, cross_region, global, mantle"
            ),
        ])
    func bad(text: String, message: String) {
        #expect(throws: UsagePlan.Problem(description: message)) { try UsagePlan(text) }
    }
}
