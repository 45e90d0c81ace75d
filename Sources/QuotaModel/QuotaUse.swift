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
    /// Input tokens alone, or output tokens alone, without weights.
    case inputTokens = "input_tokens"
    case outputTokens = "output_tokens"
    /// The list of batch jobs.
    case jobs
}

/// The window of a peak, as its label is written; from the shortest to the longest.
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

/// Peaks by a limit, for each window; nil where nothing in it is known.
package struct PeakRatios: Equatable, Sendable {
    private var fiveMinutes: Double?
    private var hour: Double?
    private var day: Double?

    package init() {}

    package subscript(window: PeakWindow) -> Double? {
        get {
            switch window {
            case .fiveMinutes: fiveMinutes
            case .hour: hour
            case .day: day
            }
        }
        set {
            switch window {
            case .fiveMinutes: fiveMinutes = newValue
            case .hour: hour = newValue
            case .day: day = newValue
            }
        }
    }

    package var isEmpty: Bool { self == PeakRatios() }
}

/// One quota of a pool with how much of it is used; a figure that is not known is nil.
package struct QuotaUse: Equatable, Sendable {
    package let quota: Quota
    /// Of the newest settled minute; for tokens per day since 00:00 UTC, for batch jobs when they were listed.
    package let usage: Double?
    package let source: UseSource?
    /// `usage` by the limit; nil as well when the limit is 0, which means "not permitted".
    package let ratio: Double?
    /// Peaks of single minutes by the limit; none for tokens per day.
    package let peaks: PeakRatios
    /// Of the minutes that `usage` is made of, how many are covered.
    package let coveredMinutes: Int
    package let expectedMinutes: Int

    /// The use of a quota at the newest settled minute of its Region, or without figures when there is none.
    package init(of quota: Quota, history: PoolHistory, settled: Minute?) {
        var figures = Figures()
        if let settled {
            switch quota.kind.figure {
            case .tokens: figures = Figures(of: .quotaTokens, history, settled, limit: quota.limit)
            case .count: figures = Figures(of: .requests, history, settled, limit: quota.limit)
            case .day: figures = Figures(ofDayIn: history, settled)
            // Of jobs, not of minutes.
            case .jobs: break
            }
        }
        self.quota = quota
        usage = figures.usage
        source = usage == nil ? nil : UseSource(of: quota.kind, figures.sources)
        ratio = Self.ratio(figures.usage, quota.limit)
        peaks = figures.peaks
        coveredMinutes = figures.coveredMinutes
        expectedMinutes = figures.expectedMinutes
    }

    /// The use of a quota of batch jobs: those in flight.
    package init(ofJobs count: Int, limitedBy quota: Quota) {
        self.quota = quota
        usage = Double(count)
        source = .jobs
        ratio = Self.ratio(usage, quota.limit)
        peaks = PeakRatios()
        coveredMinutes = 0
        expectedMinutes = 0
    }

    /// What the histories say, before it is set against the limit.
    private struct Figures {
        var usage: Double?
        var sources: PoolMinute.Sources = []
        var peaks = PeakRatios()
        var coveredMinutes = 0
        var expectedMinutes = 0

        init() {}

        init(of figure: PoolHistory.Figure, _ history: PoolHistory, _ settled: Minute, limit: Double) {
            let newest = history[settled]
            usage = newest.isKnown ? (figure == .quotaTokens ? newest.quotaTokens : newest.requests) : nil
            sources = newest.sources
            // Minutes after the settled one are lower bounds: they can only raise a peak.
            var end = settled.advanced(by: 1 + QuotaUse.unsettledMinutes)
            var peak: Double?
            for window in PeakWindow.allCases {
                // Each window holds the one before.
                let start = settled.advanced(by: 1 - window.minutes)
                if let found = history.peak(of: figure, in: start..<end) { peak = max(peak ?? found, found) }
                peaks[window] = QuotaUse.ratio(peak, limit)
                end = start
            }
            coveredMinutes = newest.isCovered ? 1 : 0
            expectedMinutes = 1
        }

        init(ofDayIn history: PoolHistory, _ settled: Minute) {
            let day = settled.startOfDay..<settled.advanced(by: 1)
            let total = history.total(in: day)
            usage = total.coveredMinutes > 0 || total.quotaTokens > 0 ? total.quotaTokens : nil
            sources = total.sources
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
    fileprivate init(of kind: QuotaKind, _ sources: PoolMinute.Sources) {
        switch (kind, sources) {
        case (.requestsPerMinute, _): self = .invocations
        case (.inputTokensPerMinute, _): self = .inputTokens
        case (.outputTokensPerMinute, _): self = .outputTokens
        case (_, .estimate): self = .awsEstimate
        case (_, [.estimate, .weighted]): self = .mixed
        case _: self = .weighted
        }
    }
}
