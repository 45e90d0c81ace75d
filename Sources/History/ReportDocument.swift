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
        let trendDays: Int
        let reaches80: Nullable<String>
        let reaches100: Nullable<String>
        let neededIn6Months: Nullable<Double>
        let neededIn12Months: Nullable<Double>
        let requestCommand: Nullable<String>

        /// Digits are set off by underscores, as in the answers of `query`.
        private enum CodingKeys: String, CodingKey {
            case quota, quotaCode, limit, limitSource, adjustable
            case steadyMedian, steadyP95 = "steady_p95"
            case peak, peakMinute
            case shareAbove70 = "share_above_70"
            case shareAbove80 = "share_above_80"
            case shareAbove100 = "share_above_100"
            case growthPerDay, trendDays
            case reaches80 = "reaches_80"
            case reaches100 = "reaches_100"
            case neededIn6Months = "needed_in_6_months"
            case neededIn12Months = "needed_in_12_months"
            case requestCommand
        }
    }

    package let start: String
    package let end: String
    package let headroom: Double
    package let pools: [Pool]

    package init(_ figures: [PoolFigures], range: Range<Minute>, headroom: Double) {
        start = JSONDocument.time(Double(range.lowerBound.epochSeconds))
        end = JSONDocument.time(Double(range.upperBound.epochSeconds))
        self.headroom = headroom
        pools = figures.map { Pool($0, headroom: headroom) }
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
        quotas = figures.quotas.map { reported in
            ReportDocument.Quota(QuotaReport(reported, in: figures, headroom: headroom), figures.pool)
        }
    }
}

extension ReportDocument.Quota {
    package init(_ report: QuotaReport, _ pool: QuotaPool) {
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
        growthPerDay = Nullable(report.growthPerDay)
        trendDays = report.trendDays
        reaches80 = Nullable(report.reaches80.text)
        reaches100 = Nullable(report.reaches100.text)
        neededIn6Months = Nullable(report.neededIn6Months)
        neededIn12Months = Nullable(report.neededIn12Months)
        requestCommand = Nullable(report.requestCommand(region: pool.region))
    }
}

extension PoolFigures {
    /// Tokens of a metric by accepted requests; nil without requests.
    package func perRequest(_ metric: UsageMetric) -> Double? {
        guard let requests = sums[.invocations], requests > 0 else { return nil }
        return (sums[metric] ?? 0) / requests
    }
}

extension QuotaReport.Reach {
    /// `already`, a date, `never`, or nil when there is no trend.
    package var text: String? {
        switch self {
        case .already: "already"
        case .day(let day): String(JSONDocument.time(Double(day) * 86_400).prefix(10))
        case .never: "never"
        case .unknown: nil
        }
    }
}

extension QuotaReport {
    /// The AWS CLI's line that asks for the higher quota; nil when none is needed or possible.
    package func requestCommand(region: String) -> String? {
        guard let desiredValue, let code = quota.code else { return nil }
        return "aws service-quotas request-service-quota-increase --service-code bedrock --quota-code \(code)"
            + " --desired-value \(PlainNumber.shown(desiredValue)) --region \(region)"
    }
}
