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
        var figures = Figures()
        if let settled {
            switch quota.kind {
            case .tokensPerMinute: figures = Figures(of: \.quotaTokens, history, settled, limit: quota.limit)
            case .requestsPerMinute: figures = Figures(of: \.requests, history, settled, limit: quota.limit)
            case .tokensPerDay: figures = Figures(ofDayIn: history, settled)
            // bedrock-mantle reports in a namespace of its own, which is not polled.
            case .inputTokensPerMinute, .outputTokensPerMinute: break
            }
        }
        self.quota = quota
        usage = figures.usage
        source =
            usage == nil ? nil : quota.kind == .requestsPerMinute ? .invocations : UseSource(figures.sources)
        ratio = Self.ratio(figures.usage, quota.limit)
        peaks = figures.peaks
        coveredMinutes = figures.coveredMinutes
        expectedMinutes = figures.expectedMinutes
    }

    /// What the histories say, before it is set against the limit.
    private struct Figures {
        var usage: Double?
        var sources: PoolMinute.Sources = []
        var peaks: [PeakWindow: Double] = [:]
        var coveredMinutes = 0
        var expectedMinutes = 0

        init() {}

        init(of value: (PoolMinute) -> Double, _ history: PoolHistory, _ settled: Minute, limit: Double) {
            let newest = history[settled]
            usage = newest.isKnown ? value(newest) : nil
            sources = newest.sources
            for window in PeakWindow.allCases {
                // Minutes after the settled one are lower bounds: they can only raise a peak.
                let range =
                    settled.advanced(
                        by: 1 - window.minutes)..<settled.advanced(by: 1 + QuotaUse.unsettledMinutes)
                peaks[window] = QuotaUse.ratio(history.peak(value, in: range), limit)
            }
            coveredMinutes = newest.isCovered ? 1 : 0
            expectedMinutes = 1
        }

        init(ofDayIn history: PoolHistory, _ settled: Minute) {
            let day = settled.startOfDay..<settled.advanced(by: 1)
            let total = history.total(in: day)
            usage = total.coveredMinutes > 0 || total.quotaTokens > 0 ? total.quotaTokens : nil
            for minute in day { sources.formUnion(history[minute].sources) }
            coveredMinutes = total.coveredMinutes
            expectedMinutes = day.count
        }
    }

    /// How far beyond the settled minute data may reach: the ring's spare hour.
    private static let unsettledMinutes = 60

    private static func ratio(_ usage: Double?, _ limit: Double) -> Double? {
        guard let usage, limit > 0 else { return nil }
        return usage / limit
    }
}

extension UseSource {
    /// An idle minute has no source and counts as weighted: zero is zero by either.
    fileprivate init(_ sources: PoolMinute.Sources) {
        switch sources {
        case .estimate: self = .awsEstimate
        case [.estimate, .weighted]: self = .mixed
        case _: self = .weighted
        }
    }
}
