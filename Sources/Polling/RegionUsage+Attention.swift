import QuotaModel
import Reading

/// What a Region's pools look like to the decision which of them are read now.
struct AttentionView {
    /// CloudWatch's metric names of each model ID.
    let names: [String: Set<String>]
    let ledger: ReadLedger
    /// The first minute that CloudWatch may still change.
    let settledEdge: Minute
    let newest: Minute
    let rules: (QuotaPool) -> AttentionRules
    /// For model IDs without pool.
    let standardRules: AttentionRules
}

extension RegionUsage {
    /// An unmapped model ID with a request in this time is reported already; its next one is no news.
    private static let reportedTrafficMinutes = 45

    /// Every listed model ID is in exactly one subject.
    func attentionSubjects(_ view: AttentionView) -> [AttentionSubject] {
        var subjects: [AttentionSubject] = []
        for (pool, modelIDs) in members.sorted(by: { $0.key < $1.key }) {
            let listed = modelIDs.filter(activeModelIDs.contains)
            guard !listed.isEmpty else { continue }
            subjects.append(subject(of: pool, listed, view))
        }
        let pooled = Set(subjects.flatMap(\.members))
        for modelID in activeModelIDs.subtracting(pooled).sorted() {
            var subject = subject(modelID, [modelID], view.standardRules, view)
            let since = view.settledEdge.advanced(by: -Self.reportedTrafficMinutes)
            subject.reportsFirstRequest = view.ledger.lastTraffic[modelID].map { $0 < since } ?? true
            subjects.append(subject)
        }
        return subjects
    }

    private func subject(of pool: QuotaPool, _ listed: [String], _ view: AttentionView) -> AttentionSubject {
        var subject = subject("\(pool.scope.rawValue)/\(pool.model)", listed, view.rules(pool), view)
        subject.rate = rate(of: pool).value
        for quota in catalog.quotas(scope: pool.scope, model: pool.model) where quota.limit > 0 {
            switch quota.kind {
            case .tokensPerMinute: subject.limits.tokensPerMinute = quota.limit
            case .requestsPerMinute: subject.limits.requestsPerMinute = quota.limit
            case .tokensPerDay: subject.limits.tokensPerDay = quota.limit
            // bedrock-mantle reports in a namespace of its own, which is not polled.
            case .inputTokensPerMinute, .outputTokensPerMinute: break
            }
        }
        guard subject.limits.tokensPerDay != nil, let history = histories[pool] else { return subject }
        // The day that unread minutes began in, and the one in progress.
        for day in Set([subject.unreadFrom.startOfDay, view.newest.startOfDay]) {
            let end = min(view.newest.advanced(by: 1), day.advanced(by: 24 * 60))
            guard day < end else { continue }
            subject.dayTokens[day] = history.total(in: day..<end).quotaTokens
        }
        return subject
    }

    private func subject(
        _ name: String, _ listed: [String], _ rules: AttentionRules, _ view: AttentionView
    ) -> AttentionSubject {
        let oldest = listed.map { view.ledger.through[$0] ?? Minute(index: 0) }.min()
        var subject = AttentionSubject(
            name: name, members: listed, cost: 0, unreadFrom: oldest ?? Minute(index: 0), rules: rules)
        for modelID in listed {
            let names = view.names[modelID] ?? []
            subject.names[modelID] = names
            subject.cost += MetricQueries.count(names: names)
            for metric in names.compactMap(UsageMetric.init(cloudWatchName:)) {
                switch metric {
                case .estimatedQuotaTokens: subject.hasEstimates = true
                case .throttles: subject.hasThrottles = true
                case .clientErrors: subject.hasClientErrors = true
                case .invocations, .inputTokens, .outputTokens, .cacheReadInputTokens,
                    .cacheWriteInputTokens, .serverErrors, .latencyMilliseconds,
                    .timeToFirstTokenMilliseconds:
                    break
                }
            }
        }
        return subject
    }

    // MARK: What happened lately

    /// Whether one of the pools' last minutes could have raised an alert, or keep one from resolving.
    func isHot(_ subject: AttentionSubject, _ view: AttentionView) -> Bool {
        let start = view.settledEdge.advanced(by: -subject.rules.watchMinutes)
        for modelID in subject.members {
            for minute in start...view.newest {
                let counts = view.ledger.recent[modelID, minute]
                if counts.throttles > 0 || counts.clientErrors >= subject.rules.quietClientErrors {
                    return true
                }
            }
        }
        guard let pool = subject.members.first.flatMap({ pools[$0] }), let history = histories[pool] else {
            return false
        }
        return isHot(subject, history, from: start, newest: view.newest)
    }

    private func isHot(
        _ subject: AttentionSubject, _ history: PoolHistory, from start: Minute, newest: Minute
    ) -> Bool {
        let hot = subject.rules.hotRatio
        for minute in start...max(start, newest) {
            let figures = history[minute]
            if let limit = subject.limits.tokensPerMinute, figures.quotaTokens >= hot * limit { return true }
            if let limit = subject.limits.requestsPerMinute, figures.requests >= hot * limit { return true }
        }
        // A day's use falls only at midnight: then an alert about the day before has to resolve.
        guard let limit = subject.limits.tokensPerDay, start.startOfDay < newest.startOfDay else {
            return false
        }
        let day = start.startOfDay..<newest.startOfDay
        return history.total(in: day).quotaTokens >= hot * limit
    }

    /// Whether a day began that the figures of the pool's use since 00:00 UTC know nothing of.
    func missesNewDay(_ subject: AttentionSubject, _ view: AttentionView) -> Bool {
        subject.limits.tokensPerDay != nil
            && subject.unreadFrom.advanced(by: -1).startOfDay
                < view.settledEdge.advanced(by: -1).startOfDay
    }
}
