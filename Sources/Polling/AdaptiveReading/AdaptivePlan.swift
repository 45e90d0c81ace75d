import QuotaModel
import Reading

/// Decides which series must be read now and which can wait, out of what the whole account had. Pure.
///
/// In a minute that was not read, a series has at most what it was last known to have plus what the account had beyond
/// all that is known of any series. Where that cannot reach a threshold, no alert can be missed by reading later.
struct AdaptivePlan: Sendable {
    let ceiling: AccountCeiling
    /// What was read, as it is stored.
    let recent: RecentCounts
    let probed: ProbedCounts
    /// What the account had beyond what is known of its series.
    private(set) var rest: [Minute: WatchedCounts] = [:]

    /// - Parameter earlier: What probes of earlier polls said: at least so much.
    init(
        ceiling: AccountCeiling, recent: RecentCounts, probed: ProbedCounts = ProbedCounts(),
        earlier: RecentCounts? = nil
    ) {
        self.ceiling = ceiling
        self.recent = recent
        self.probed = probed
        self.earlier = earlier ?? RecentCounts(window: recent.window)
        let modelIDs = Set(recent.modelIDs).union(self.earlier.modelIDs).union(probed.counts.keys)
        for minute in ceiling.window {
            var rest = ceiling[minute]
            for modelID in modelIDs { rest.subtract(known(modelID, minute)) }
            self.rest[minute] = rest
        }
    }

    private let earlier: RecentCounts

    /// The series had at least this much.
    private func known(_ modelID: String, _ minute: Minute) -> WatchedCounts {
        var counts = recent[modelID, minute]
        counts.raise(to: earlier[modelID, minute])
        if let probed = probed.counts[modelID]?[minute] { counts.raise(to: probed) }
        return counts
    }

    // MARK: One group

    /// Why the group must be read, nil when it can wait.
    func reason(for group: ReadGroup) -> ReadReason? {
        guard group.isBounded, group.unreadFrom >= ceiling.window.lowerBound,
            group.unreadFrom >= recent.window.lowerBound
        else { return .unbounded }
        let exact = WatchedCounts.metrics.filter { isExact($0, of: group) }
        var days: [Minute: Double] = [:]
        for minute in group.unreadFrom..<max(group.unreadFrom, ceiling.window.upperBound) {
            let bound = bound(of: group, at: minute, exact: exact)
            let tokens = Self.quotaTokens(bound, of: group)
            if let reason = Self.reason(for: group, bound, tokens) { return reason }
            days[minute.startOfDay, default: 0] += tokens - stored(of: group, at: minute)
        }
        return days.contains { crosses(group, day: $0.key, more: $0.value) } ? .day : nil
    }

    /// Whether probes say of every member what a read would say.
    func isExact(_ metric: UsageMetric, of group: ReadGroup) -> Bool {
        group.members.allSatisfy { modelID in
            probed.isExact(modelID, metric)
                || group.names[modelID].map { Set(metric.cloudWatchNames).isDisjoint(with: $0) } == true
        }
    }

    /// Each count at most this much.
    private func bound(
        of group: ReadGroup, at minute: Minute, exact: [UsageMetric]
    ) -> WatchedCounts {
        var bound = rest[minute] ?? WatchedCounts()
        for metric in exact { bound[metric] = 0 }
        for modelID in group.members { bound.add(known(modelID, minute)) }
        return bound
    }

    private static func reason(
        for group: ReadGroup, _ bound: WatchedCounts, _ tokens: Double
    ) -> ReadReason? {
        let quiet = group.rules.quietRatio
        if let limit = group.limits.tokensPerMinute, tokens >= quiet * limit { return .tokens }
        if let limit = group.limits.requestsPerMinute, bound.invocations >= quiet * limit {
            return .requests
        }
        if group.hasThrottles, bound.throttles > 0 { return .throttles }
        if group.hasClientErrors, bound.clientErrors >= group.rules.quietClientErrors {
            return .clientErrors
        }
        return group.reportsFirstRequest && bound.invocations > 0 ? .firstRequest : nil
    }

    /// A minute's use is AWS's estimate or our own weighting, model ID by model ID; of several model IDs some may have
    /// the one and some the other, so that only the sum of both is sure to be enough.
    private static func quotaTokens(_ counts: WatchedCounts, of group: ReadGroup) -> Double {
        let weighted = counts.weightedTokens(rate: group.rate)
        guard group.hasEstimates else { return weighted }
        return group.members.count == 1
            ? max(weighted, counts.estimatedQuotaTokens) : weighted + counts.estimatedQuotaTokens
    }

    /// What of a minute is in the day's known tokens already.
    private func stored(of group: ReadGroup, at minute: Minute) -> Double {
        var tokens = 0.0
        for modelID in group.members {
            let counts = recent[modelID, minute]
            tokens +=
                counts.estimatedQuotaTokens > 0
                ? counts.estimatedQuotaTokens : counts.weightedTokens(rate: group.rate)
        }
        return tokens
    }

    /// Whether a day's use may have gone past a threshold since it was last known. One that is past it already stays
    /// past it until midnight, whatever is read.
    private func crosses(_ group: ReadGroup, day: Minute, more: Double) -> Bool {
        guard let limit = group.limits.tokensPerDay, more > 0 else { return false }
        let known = group.dayTokens[day] ?? 0
        return group.rules.thresholds.contains { ratio in
            known < ratio * limit && known + more / AdaptiveRules.margin >= ratio * limit
        }
    }

    /// Takes away what a group, once looked at, is expected to turn out to have had.
    mutating func expect(_ counts: WatchedCounts, from minute: Minute) {
        for minute in minute..<max(minute, ceiling.window.upperBound) { rest[minute]?.subtract(counts) }
    }

    /// What a minute of the group is likely to hold: the mean of its last read ones.
    func expected(of group: ReadGroup) -> WatchedCounts {
        let window = group.unreadFrom.advanced(by: -Self.expectedFromMinutes)..<group.unreadFrom
        var sum = WatchedCounts()
        for modelID in group.members {
            for minute in window { sum.add(recent[modelID, minute]) }
        }
        for metric in WatchedCounts.metrics { sum[metric] /= Double(window.count) }
        return sum
    }

    private static let expectedFromMinutes = 10
}
