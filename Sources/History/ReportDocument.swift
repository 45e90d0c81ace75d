import QuotaModel
import System

/// The report as JSON; figures that are not known are null.
package struct ReportDocument: Encodable, Sendable {
    package struct Pool: Encodable, Sendable {
        let account: String
        let region: String
        let scope: String
        let model: String
        let burndownRate: Nullable<Double>
        let burndownSource: Nullable<String>
        let knownFrom: Nullable<String>
        let coverage: Nullable<Double>
        let knownMinutes: Int
        let requests: Nullable<Double>
        let throttles: Nullable<Double>
        let inputTokensPerRequest: Nullable<Double>
        let outputTokensPerRequest: Nullable<Double>
        let cacheWriteTokensPerRequest: Nullable<Double>
        let cacheReadShare: Nullable<Double>
        let cacheSavedQuotaTokens: Nullable<Double>
        let lifecycle: Nullable<Lifecycle>
        let questionnaire: Questionnaire
        let quotas: [Quota]
    }

    package struct Quota: Encodable, Sendable {
        let quota: String
        let quotaCode: Nullable<String>
        let limit: Double
        let limitSource: String
        let adjustable: Nullable<Bool>
        let steadyMedian: Nullable<Double>
        let steadyP95: Nullable<Double>
        let peak: Nullable<Double>
        let peakMinute: Nullable<String>
        let shareAbove70: Nullable<Double>
        let shareAbove80: Nullable<Double>
        let shareAbove100: Nullable<Double>
        let growthPerDay: Nullable<Double>
        let growthPerDayLow: Nullable<Double>
        let growthPerDayHigh: Nullable<Double>
        let growing: Nullable<Bool>
        let trendDays: Int
        let reaches80: Nullable<String>
        let reaches100: Nullable<String>
        let neededLow: Nullable<Double>
        let neededHigh: Nullable<Double>
        let neededUntil: Nullable<String>
        let neededConfidence: Nullable<Double>
        let requestCommand: Nullable<String>
        let consoleUrl: Nullable<String>
        let supportRequest: Nullable<String>

        /// Digits are set off by underscores, as in the answers of `query`.
        private enum CodingKeys: String, CodingKey {
            case quota, quotaCode, limit, limitSource, adjustable
            case steadyMedian, steadyP95 = "steady_p95"
            case peak, peakMinute
            case shareAbove70 = "share_above_70"
            case shareAbove80 = "share_above_80"
            case shareAbove100 = "share_above_100"
            case growthPerDay, growthPerDayLow, growthPerDayHigh, growing, trendDays
            case reaches80 = "reaches_80"
            case reaches100 = "reaches_100"
            case neededLow, neededHigh, neededUntil, neededConfidence
            case requestCommand, consoleUrl, supportRequest
        }
    }

    /// AWS Support's questions with their answers, as people paste them.
    package struct Questionnaire: Encodable, Sendable {
        package struct Line: Encodable, Sendable {
            let question: String
            let answer: String
        }

        /// One for each quota of minutes.
        package struct Figure: Encodable, Sendable {
            let quota: String
            let steadyState: Nullable<Double>
            let peak: Nullable<Double>
            let peakMinute: Nullable<String>
            let growthPerDay: Nullable<Double>
            let growthPerDayLow: Nullable<Double>
            let growthPerDayHigh: Nullable<Double>
            let trendDays: Int
        }

        let figures: [Figure]
        let answers: [Line]
        /// Why AWS will refuse; null when nothing is known of that.
        let warning: Nullable<String>
    }

    package let start: String
    package let end: String
    package let headroom: Double
    package let pools: [Pool]
    package let batch: [Batch]

    package init(
        _ figures: [PoolFigures], batch: [BatchFigures] = [], range: Range<Minute>, headroom: Double
    ) {
        start = JSONDocument.time(Double(range.lowerBound.epochSeconds))
        end = JSONDocument.time(Double(range.upperBound.epochSeconds))
        self.headroom = headroom
        pools = figures.map { Pool($0, headroom: headroom) }
        self.batch = batch.map(Batch.init)
    }

    /// The document's bytes, with a final line end.
    package func bytes() throws -> [UInt8] { try JSONDocument.bytes(self) }
}

extension ReportDocument.Pool {
    package init(_ figures: PoolFigures, headroom: Double) {
        account = figures.pool.account
        region = figures.pool.region
        scope = figures.pool.scope.rawValue
        model = figures.pool.model
        burndownRate = Nullable(figures.rate?.value)
        burndownSource = Nullable(figures.rate?.source.rawValue)
        knownFrom = Nullable(figures.knownFrom.map { JSONDocument.time(Double($0.epochSeconds)) })
        coverage = Nullable(figures.coverage)
        knownMinutes = figures.knownMinutes
        requests = Nullable(figures.sums[.invocations])
        throttles = Nullable(figures.sums[.throttles])
        inputTokensPerRequest = Nullable(figures.perRequest(.inputTokens))
        outputTokensPerRequest = Nullable(figures.perRequest(.outputTokens))
        cacheWriteTokensPerRequest = Nullable(figures.perRequest(.cacheWriteInputTokens))
        cacheReadShare = Nullable(figures.cacheReadShare)
        cacheSavedQuotaTokens = Nullable(figures.cacheSavedQuotaTokens)
        lifecycle = Nullable(figures.lifecycle.map(ReportDocument.Lifecycle.init))
        let questionnaire = QuotaQuestionnaire(figures)
        self.questionnaire = ReportDocument.Questionnaire(questionnaire)
        quotas = figures.quotas.map { reported in
            ReportDocument.Quota(
                QuotaReport(reported, in: figures, headroom: headroom), figures.pool, questionnaire)
        }
    }
}

extension ReportDocument.Questionnaire {
    fileprivate init(_ questionnaire: QuotaQuestionnaire) {
        figures = questionnaire.figures.map { figure in
            Figure(
                quota: figure.kind.rawValue, steadyState: Nullable(figure.steady),
                peak: Nullable(figure.peak),
                peakMinute: Nullable(figure.peakMinute.map { JSONDocument.time(Double($0.epochSeconds)) }),
                growthPerDay: Nullable(figure.growth?.slope),
                growthPerDayLow: Nullable(figure.growth?.low.ifFinite),
                growthPerDayHigh: Nullable(figure.growth?.high.ifFinite), trendDays: figure.trendDays)
        }
        answers = questionnaire.answers.map { Line(question: $0.question, answer: $0.answer) }
        warning = Nullable(questionnaire.warning)
    }
}

extension ReportDocument.Quota {
    package init(_ report: QuotaReport, _ pool: QuotaPool, _ questionnaire: QuotaQuestionnaire) {
        quota = report.quota.kind.rawValue
        quotaCode = Nullable(report.quota.code)
        limit = report.quota.limit
        limitSource = report.quota.source.rawValue
        adjustable = Nullable(report.isAdjustable)
        steadyMedian = Nullable(report.steadyMedian)
        steadyP95 = Nullable(report.steady95)
        peak = Nullable(report.peak)
        peakMinute = Nullable(report.peakMinute.map { JSONDocument.time(Double($0.epochSeconds)) })
        shareAbove70 = Nullable(report.shareAbove70)
        shareAbove80 = Nullable(report.shareAbove80)
        shareAbove100 = Nullable(report.shareAbove100)
        growthPerDay = Nullable(report.growth?.slope)
        growthPerDayLow = Nullable(report.growth?.low.ifFinite)
        growthPerDayHigh = Nullable(report.growth?.high.ifFinite)
        growing = Nullable(report.growth?.isGrowing)
        trendDays = report.trendDays
        reaches80 = Nullable(report.reaches80.text)
        reaches100 = Nullable(report.reaches100.text)
        neededLow = Nullable(report.need?.low)
        neededHigh = Nullable(report.need?.high)
        neededUntil = Nullable(report.need?.untilText)
        neededConfidence = Nullable(report.need?.throughDay.map { _ in Forecast.confidence })
        requestCommand = Nullable(report.requestCommand(for: pool))
        consoleUrl = Nullable(report.consoleURL(for: pool))
        supportRequest = Nullable(report.supportRequest(for: pool, questionnaire))
    }
}

extension QuotaReport.Reach {
    /// `already`, a date, `not_foreseen`, or nil when the days are too few.
    package var text: String? {
        switch self {
        case .already: "already"
        case .day(let day): date(day)
        case .notForeseen: "not_foreseen"
        case .unknown: nil
        }
    }
}

extension QuotaReport.Need {
    /// The date until which it is foretold.
    package var untilText: String? { throughDay.map(date) }
}

extension Double {
    fileprivate var ifFinite: Double? { isFinite ? self : nil }
}

/// Of a day since 1970-01-01.
private func date(_ day: Int) -> String { String(JSONDocument.time(Double(day) * 86_400).prefix(10)) }
