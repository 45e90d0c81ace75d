import Alerting
import QuotaModel
import Reading

/// What is decided about as a whole: a pool with all its model IDs, or a model ID without a pool.
struct ReadGroup: Equatable, Sendable {
    /// The limits that its use is set against; those that are not known, or 0, raise no alert.
    struct Limits: Equatable, Sendable {
        var tokensPerMinute: Double?
        var requestsPerMinute: Double?
        var tokensPerDay: Double?
    }

    var name: String
    /// The model IDs that CloudWatch lists, ascending.
    var members: [String]
    /// The listed names of each member's watched metrics.
    var names: [String: Set<String>] = [:]
    /// Metrics that one read of all members costs.
    var cost: Int
    /// Nobody has yet seen the final figures of minutes from here on.
    var unreadFrom: Minute
    var rate = 1.0
    var limits = Limits()
    var rules: AdaptiveRules
    /// AWS's estimates exist for at least one member: where a minute has one, it is the use.
    var hasEstimates = false
    var hasThrottles = false
    var hasClientErrors = false
    /// The account-wide series bound its use, if need be with probes beside them.
    var isBounded = true
    /// Known quota tokens of the UTC days that unread minutes lie in, by the day's first minute.
    var dayTokens: [Minute: Double] = [:]
    /// Traffic on a model ID without quota is news by itself.
    var reportsFirstRequest = false
}

/// Why a group is read now.
enum ReadReason: String, Equatable, Sendable {
    /// It is read at every poll because nothing bounds its use.
    case unbounded
    /// Its last read is long enough ago.
    case due
    /// It was close to a limit, throttled or failing a short while ago.
    case hot
    /// Minutes that nobody has read could hold such a use of the quota.
    case tokens, requests, day
    case throttles
    case clientErrors = "client_errors"
    case firstRequest = "first_request"

    /// The metrics that would tell whether it is so; none where only a read helps.
    var metrics: Set<UsageMetric> {
        switch self {
        case .tokens, .day: [.inputTokens, .outputTokens, .cacheWriteInputTokens, .estimatedQuotaTokens]
        case .requests, .firstRequest: [.invocations]
        case .throttles: [.throttles]
        case .clientErrors: [.clientErrors]
        case .unbounded, .due, .hot: []
        }
    }
}

/// From what use on a pool is looked at every poll: always below what could raise an alert or keep one.
struct AdaptiveRules: Equatable, Sendable {
    /// A bound this close to a threshold counts as reaching it, for account-wide series that lag a little.
    static let margin = 0.8

    /// The evaluator divides use by limit; here a limit is multiplied by a ratio.
    private static let rounding = 1e-9

    /// The thresholds of ratios, ascending.
    var thresholds: [Double]
    /// A pool with a minute at or above this ratio, which is not calm, stays under watch: it may have an alert to resolve.
    var hotRatio: Double
    var clientErrorFloor: Double
    /// For how long after a noteworthy minute a pool stays under watch.
    var watchMinutes: Int

    /// Rules that are switched off count all the same: Prometheus may have rules of its own on the figures.
    init(_ rules: PoolRules, settleMinutes: Int) {
        thresholds = [rules.warning, rules.critical].sorted()
        hotRatio = rules.calmBelow(min(rules.warning, rules.critical)) * (1 - Self.rounding)
        clientErrorFloor = rules.clientErrorFloor
        let minutes = (rules.resolveAfterSeconds + rules.forSeconds) / 60
        watchMinutes = Int(minutes.rounded(.up)) + rules.minutes.of + settleMinutes + Self.spareMinutes
    }

    /// For polls that fail or come late while an alert is about to resolve.
    private static let spareMinutes = 5

    /// The largest use that cannot matter, as a share of a limit.
    var quietRatio: Double { (thresholds.first ?? 1) * Self.margin }
    var quietClientErrors: Double { clientErrorFloor * Self.margin }
}

/// What the decision about a Region's pools goes by, of all that is known of its reads.
struct AdaptiveView {
    /// CloudWatch's metric names of each model ID.
    let names: [String: Set<String>]
    /// How many queries each costs.
    let costs: [String: Int]
    let reads: LastReads
    /// The first minute that CloudWatch may still change.
    let settledEdge: Minute
    let newest: Minute
    let rules: (QuotaPool) -> AdaptiveRules
    /// For model IDs without pool.
    let standardRules: AdaptiveRules

    init(_ reader: RegionReader, _ rules: AlertRules) {
        let settle = reader.plan.settleMinutes
        names = reader.discovery.known.names
        costs = reader.discovery.known.costs
        reads = reader.reads
        settledEdge = reader.settledEdge
        newest = reader.liveWindow.upperBound.advanced(by: -1)
        self.rules = { AdaptiveRules(rules.rules(for: $0), settleMinutes: settle) }
        standardRules = AdaptiveRules(rules.standard, settleMinutes: settle)
    }
}

extension RegionUsage {
    /// An unmapped model ID with a request in this time is reported already; its next one is no news.
    private static let reportedTrafficMinutes = 45

    /// Every listed model ID of bedrock-runtime is in exactly one group: nothing bounds the other series.
    func readGroups(_ view: AdaptiveView) -> [ReadGroup] {
        var groups: [ReadGroup] = []
        for usage in pools {
            let listed = usage.modelIDs.filter { activeModelIDs.contains($0) && SeriesName.isRuntime($0) }
            guard !listed.isEmpty else { continue }
            groups.append(group(of: usage, listed, view))
        }
        let pooled = Set(groups.flatMap(\.members))
        for modelID in activeModelIDs.subtracting(pooled).sorted() where SeriesName.isRuntime(modelID) {
            var group = group(modelID, [modelID], view.standardRules, view)
            let since = view.settledEdge.advanced(by: -Self.reportedTrafficMinutes)
            group.reportsFirstRequest = view.reads.lastTraffic[modelID].map { $0 < since } ?? true
            groups.append(group)
        }
        return groups
    }

    private func group(of usage: PoolUsage, _ listed: [String], _ view: AdaptiveView) -> ReadGroup {
        let pool = usage.pool
        var group = group("\(pool.scope.rawValue)/\(pool.model)", listed, view.rules(pool), view)
        group.rate = usage.rate.value
        for quota in usage.quotas where quota.limit > 0 {
            switch quota.kind.figure {
            case .tokens: group.limits.tokensPerMinute = quota.limit
            case .count: group.limits.requestsPerMinute = quota.limit
            case .day: group.limits.tokensPerDay = quota.limit
            case .jobs: break
            }
        }
        guard group.limits.tokensPerDay != nil else { return group }
        // The day that unread minutes began in, and the one in progress.
        for day in Set([group.unreadFrom.startOfDay, view.newest.startOfDay]) {
            let end = min(view.newest.advanced(by: 1), day.advanced(by: 24 * 60))
            guard day < end else { continue }
            group.dayTokens[day] = usage.history.total(in: day..<end).quotaTokens
        }
        return group
    }

    private func group(
        _ name: String, _ listed: [String], _ rules: AdaptiveRules, _ view: AdaptiveView
    ) -> ReadGroup {
        let oldest = listed.map { view.reads.through[$0] ?? Minute(index: 0) }.min()
        var group = ReadGroup(
            name: name, members: listed, cost: 0, unreadFrom: oldest ?? Minute(index: 0), rules: rules)
        for modelID in listed {
            let names = view.names[modelID] ?? []
            group.names[modelID] = names
            group.cost += view.costs[modelID] ?? 0
            for metric in names.compactMap(UsageMetric.init(cloudWatchName:)) {
                switch metric {
                case .estimatedQuotaTokens: group.hasEstimates = true
                case .throttles: group.hasThrottles = true
                case .clientErrors: group.hasClientErrors = true
                case .invocations, .inputTokens, .outputTokens, .cacheReadInputTokens,
                    .cacheWriteInputTokens, .serverErrors, .latencyMilliseconds,
                    .timeToFirstTokenMilliseconds:
                    break
                }
            }
        }
        return group
    }

    // MARK: What happened lately

    /// Whether one of the pools' last minutes could have raised an alert, or keep one from resolving.
    func isHot(_ group: ReadGroup, _ view: AdaptiveView) -> Bool {
        let start = view.settledEdge.advanced(by: -group.rules.watchMinutes)
        for modelID in group.members {
            for minute in start...view.newest {
                let counts = view.reads.recent[modelID, minute]
                if counts.throttles > 0 || counts.clientErrors >= group.rules.quietClientErrors {
                    return true
                }
            }
        }
        guard let pool = group.members.first.flatMap({ poolsByModelID[$0] }), let usage = self[pool] else {
            return false
        }
        return isHot(group, usage.history, from: start, newest: view.newest)
    }

    private func isHot(
        _ group: ReadGroup, _ history: PoolHistory, from start: Minute, newest: Minute
    ) -> Bool {
        let hot = group.rules.hotRatio
        for minute in start...max(start, newest) {
            let figures = history[minute]
            if let limit = group.limits.tokensPerMinute, figures.quotaTokens >= hot * limit { return true }
            if let limit = group.limits.requestsPerMinute, figures.requests >= hot * limit { return true }
        }
        // A day's use falls only at midnight: then an alert about the day before has to resolve.
        guard let limit = group.limits.tokensPerDay, start.startOfDay < newest.startOfDay else {
            return false
        }
        let day = start.startOfDay..<newest.startOfDay
        return history.total(in: day).quotaTokens >= hot * limit
    }

    /// Whether a day began that the figures of the pool's use since 00:00 UTC know nothing of.
    func missesNewDay(_ group: ReadGroup, _ view: AdaptiveView) -> Bool {
        group.limits.tokensPerDay != nil
            && group.unreadFrom.advanced(by: -1).startOfDay
                < view.settledEdge.advanced(by: -1).startOfDay
    }
}
