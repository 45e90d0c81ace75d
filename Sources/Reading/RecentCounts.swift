import QuotaModel
import UsageStore

/// What is known of every model ID of bedrock-runtime in the last minutes, as far as decisions about reading need it.
package struct RecentCounts: Sendable {
    /// The minutes that are held; earlier ones are forgotten.
    package private(set) var window: Range<Minute>
    private var series: [String: [WatchedCounts]] = [:]

    package init(window: Range<Minute>) {
        self.window = window
    }

    package var modelIDs: some Collection<String> { series.keys }

    /// Nothing known reads as zero: what is known is always a lower bound.
    package subscript(modelID: String, minute: Minute) -> WatchedCounts {
        guard window.contains(minute), let counts = series[modelID] else { return WatchedCounts() }
        return counts[window.lowerBound.distance(to: minute)]
    }

    /// Holds other minutes from now on.
    package mutating func move(to new: Range<Minute>) {
        guard new != window else { return }
        let old = window
        let kept = old.clamped(to: new)
        series = series.compactMapValues { counts in
            guard !kept.isEmpty else { return nil }
            var moved = Array(repeating: WatchedCounts(), count: new.count)
            for minute in kept {
                moved[new.lowerBound.distance(to: minute)] = counts[old.lowerBound.distance(to: minute)]
            }
            return moved
        }
        window = new
    }

    /// Takes the minutes' datapoints over what was known of them; of bedrock-runtime, each request once.
    package mutating func take(_ modelID: String, _ recorded: some Sequence<RecordedMinute>) {
        guard recorded.contains(where: { window.contains($0.minute) }), SeriesName.isRuntime(modelID) else {
            return
        }
        Self.take(
            recorded, in: window,
            into: &series[modelID, default: Array(repeating: WatchedCounts(), count: window.count)])
    }

    private static func take(
        _ recorded: some Sequence<RecordedMinute>, in window: Range<Minute>,
        into counts: inout [WatchedCounts]
    ) {
        for recorded in recorded where window.contains(recorded.minute) {
            counts[window.lowerBound.distance(to: recorded.minute)].overwrite(with: recorded.usage)
        }
    }

    /// The series had at least this much.
    package mutating func raise(_ modelID: String, _ minute: Minute, to counts: WatchedCounts) {
        guard window.contains(minute) else { return }
        series[modelID, default: Array(repeating: WatchedCounts(), count: window.count)][
            window.lowerBound.distance(to: minute)
        ].raise(to: counts)
    }

    /// All series of a minute added up.
    package func sum(at minute: Minute) -> WatchedCounts {
        guard window.contains(minute) else { return WatchedCounts() }
        let index = window.lowerBound.distance(to: minute)
        var sum = WatchedCounts()
        for counts in series.values { sum.add(counts[index]) }
        return sum
    }
}

/// The counts of one minute that decide whether a series must be looked at more closely.
package struct WatchedCounts: Equatable, Sendable {
    /// What they are made of.
    package static let metrics: [UsageMetric] = [
        .invocations, .inputTokens, .outputTokens, .cacheWriteInputTokens, .estimatedQuotaTokens, .throttles,
        .clientErrors,
    ]

    package var invocations = 0.0
    package var inputTokens = 0.0
    package var outputTokens = 0.0
    package var cacheWriteTokens = 0.0
    package var estimatedQuotaTokens = 0.0
    package var throttles = 0.0
    package var clientErrors = 0.0

    package init() {}

    package init(_ usage: UsageMinute) {
        self.init()
        overwrite(with: usage)
    }

    /// The count of a watched metric; 0 for any other.
    package subscript(metric: UsageMetric) -> Double {
        get {
            switch metric {
            case .invocations: invocations
            case .inputTokens: inputTokens
            case .outputTokens: outputTokens
            case .cacheWriteInputTokens: cacheWriteTokens
            case .estimatedQuotaTokens: estimatedQuotaTokens
            case .throttles: throttles
            case .clientErrors: clientErrors
            case .cacheReadInputTokens, .serverErrors, .latencyMilliseconds, .timeToFirstTokenMilliseconds: 0
            }
        }
        set {
            switch metric {
            case .invocations: invocations = newValue
            case .inputTokens: inputTokens = newValue
            case .outputTokens: outputTokens = newValue
            case .cacheWriteInputTokens: cacheWriteTokens = newValue
            case .estimatedQuotaTokens: estimatedQuotaTokens = newValue
            case .throttles: throttles = newValue
            case .clientErrors: clientErrors = newValue
            case .cacheReadInputTokens, .serverErrors, .latencyMilliseconds, .timeToFirstTokenMilliseconds:
                break
            }
        }
    }

    /// Takes every datapoint of the minute over what was known, as the store does.
    package mutating func overwrite(with usage: UsageMinute) {
        for metric in Self.metrics {
            if let value = usage[metric] { self[metric] = value }
        }
    }

    package mutating func add(_ other: WatchedCounts) {
        for metric in Self.metrics { self[metric] += other[metric] }
    }

    /// Takes away what is known; nothing falls below zero.
    package mutating func subtract(_ other: WatchedCounts) {
        for metric in Self.metrics { self[metric] = max(0, self[metric] - other[metric]) }
    }

    /// Each count the larger of the two.
    package mutating func raise(to other: WatchedCounts) {
        for metric in Self.metrics { self[metric] = max(self[metric], other[metric]) }
    }

    /// Weighted by our own rule, without AWS's estimate.
    package func weightedTokens(rate: Double) -> Double {
        inputTokens + cacheWriteTokens + outputTokens * rate
    }
}
