/// What a figure of use was made from.
package enum UseSource: String, Sendable {
    /// AWS's own `EstimatedTPMQuotaUsage` alone.
    case awsEstimate = "aws_estimate"
    /// Input, cache-write and weighted output tokens.
    case weighted
    /// Some model IDs or minutes of the one kind, some of the other.
    case mixed
    /// The `Invocations` metric.
    case invocations
}

/// The window of a peak, as its label is written.
package enum PeakWindow: String, CaseIterable, Sendable {
    case fiveMinutes = "5m"
    case hour = "1h"
    case day = "24h"

    package var minutes: Int {
        switch self {
        case .fiveMinutes: 5
        case .hour: 60
        case .day: 1440
        }
    }
}

/// One quota of a pool with how much of it is used; a figure that is not known is nil.
package struct QuotaUse: Equatable, Sendable {
    package let quota: Quota
    /// Of the newest settled minute; for tokens per day since 00:00 UTC.
    package let usage: Double?
    package let source: UseSource?
    /// `usage` by the limit; nil as well when the limit is 0, which means "not permitted".
    package let ratio: Double?
    /// Peaks of single minutes by the limit; none for tokens per day.
    package let peaks: [PeakWindow: Double]
    /// Of the minutes that `usage` is made of, how many are covered.
    package let coveredMinutes: Int
    package let expectedMinutes: Int

    /// The use of a quota at the newest settled minute of its Region, or without figures when there is none.
    package init(of quota: Quota, history: PoolHistory, settled: Minute?) {
        self.quota = quota
        guard let settled else {
            self.init(unknown: quota)
            return
        }
        switch quota.kind {
        case .tokensPerMinute:
            self.init(quota, history, settled, value: \.quotaTokens)
        case .requestsPerMinute:
            self.init(quota, history, settled, value: \.requests)
        case .tokensPerDay:
            self.init(perDay: quota, history, settled)
        case .inputTokensPerMinute, .outputTokensPerMinute:
            // bedrock-mantle reports in a namespace of its own, which is not polled.
            self.init(unknown: quota)
        }
    }

    private init(unknown quota: Quota) {
        self.quota = quota
        usage = nil
        source = nil
        ratio = nil
        peaks = [:]
        coveredMinutes = 0
        expectedMinutes = 0
    }

    private init(_ quota: Quota, _ history: PoolHistory, _ settled: Minute, value: (PoolMinute) -> Double) {
        self.quota = quota
        let newest = history[settled]
        usage = newest.isKnown ? value(newest) : nil
        source =
            usage == nil ? nil : quota.kind == .requestsPerMinute ? .invocations : Self.source(newest.sources)
        ratio = Self.ratio(usage, quota.limit)
        var peaks: [PeakWindow: Double] = [:]
        for window in PeakWindow.allCases {
            // Minutes after the settled one are lower bounds: they can only raise a peak.
            let range =
                settled.advanced(by: 1 - window.minutes)..<settled.advanced(by: 1 + Self.unsettledMinutes)
            peaks[window] = Self.ratio(history.peak(value, in: range), quota.limit)
        }
        self.peaks = peaks
        coveredMinutes = newest.isCovered ? 1 : 0
        expectedMinutes = 1
    }

    private init(perDay quota: Quota, _ history: PoolHistory, _ settled: Minute) {
        self.quota = quota
        let day = settled.startOfDay..<settled.advanced(by: 1)
        let total = history.total(in: day)
        let isKnown = total.coveredMinutes > 0 || total.quotaTokens > 0
        usage = isKnown ? total.quotaTokens : nil
        var sources: PoolMinute.Sources = []
        for minute in day { sources.formUnion(history[minute].sources) }
        source = isKnown ? Self.source(sources) : nil
        ratio = Self.ratio(usage, quota.limit)
        peaks = [:]
        coveredMinutes = total.coveredMinutes
        expectedMinutes = day.count
    }

    /// How far beyond the settled minute data may reach: the ring's spare hour.
    private static let unsettledMinutes = 60

    private static func ratio(_ usage: Double?, _ limit: Double) -> Double? {
        guard let usage, limit > 0 else { return nil }
        return usage / limit
    }

    private static func source(_ sources: PoolMinute.Sources) -> UseSource {
        if sources == .estimate { return .awsEstimate }
        return sources.contains(.estimate) ? .mixed : .weighted
    }
}
