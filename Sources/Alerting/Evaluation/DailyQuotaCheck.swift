import QuotaModel

/// Whether the daily quota that all models of a Region share is used up, as `SharedDailyQuota` tells it.
struct DailyQuotaCheck {
    /// The first and the last of the day's newest minutes with requests in which all models were throttled, in a row; nil
    /// when the newest such minute was not like that.
    let shut: ClosedRange<Minute>?
    /// How many they are.
    let count: Int
    /// The newest settled minute of which all is known.
    let newest: Minute?

    init(_ observation: AlertObservation) {
        var first: Minute?
        var last: Minute?
        var count = 0
        newest = observation.settled
        let pools = observation.pools.filter {
            $0.pool.scope.route == $0.pool.scope && $0.pool.scope.isWeighed
                && Self.isAsked($0, observation.settled)
        }
        if let settled = observation.settled, pools.contains(where: { !$0.errors.isEmpty }) {
            for minute in (settled.startOfDay...settled).reversed() {
                let state = SharedDailyQuota.state(of: pools.lazy.map { $0.tried(at: minute) })
                guard state != .idle else { continue }
                guard case .shut = state else { break }
                last = last ?? minute
                first = minute
                count += 1
            }
        }
        self.count = count
        shut = first.flatMap { first in last.map { first...$0 } }
    }

    /// Pools whose model IDs CloudWatch lists no more are never covered.
    private static func isAsked(_ pool: PoolObservation, _ settled: Minute?) -> Bool {
        guard let settled else { return false }
        return (settled.advanced(by: -59)...settled).contains { pool.history[$0].isCovered }
    }
}

extension PoolObservation {
    fileprivate func tried(at minute: Minute) -> SharedDailyQuota.Pool {
        let figures = history[minute]
        return SharedDailyQuota.Pool(
            model: pool.model, requests: figures.requests, throttles: errors[minute].throttles,
            isCovered: figures.isCovered, isLow: isLow(figures))
    }

    private func isLow(_ figures: PoolMinute) -> Bool {
        quotas.allSatisfy { observed in
            let limit = observed.quota.limit
            guard limit > 0 else { return true }
            return switch observed.quota.kind.figure {
            case .tokens: figures.quotaTokens < SharedDailyQuota.lowUse * limit
            case .count: figures.requests < SharedDailyQuota.lowUse * limit
            case .day, .jobs: true
            }
        }
    }
}

extension AlertEvaluator {
    /// Only where the quota is listed; until 00:00 UTC, or until a request comes through.
    func dailyQuota(_ observation: AlertObservation, _ findings: inout Findings) {
        let identity = AlertIdentity(
            .dailyQuotaExhausted, account: observation.account, region: observation.region)
        guard !rules.standard.disabled.contains(.dailyQuotaExhausted), let quota = observation.dailyQuota
        else {
            return
        }
        let check = DailyQuotaCheck(observation)
        let verdict: Verdict
        if let shut = check.shut, check.count >= SharedDailyQuota.leastMinutes {
            // While nothing is asked for, it stays used up.
            verdict = .active(
                from: Double(shut.lowerBound.epochSeconds),
                through: Double((check.newest ?? shut.upperBound).advanced(by: 1).epochSeconds))
        } else {
            verdict = check.newest == nil ? .undecided : .quiet(calmFrom: 0, through: observation.now)
        }
        findings.add(identity, verdict) {
            .dailyQuota(quota, check, observation, verdict, page: rules.pageURL)
        }
    }
}

extension AlertAnnotations {
    fileprivate static func dailyQuota(
        _ quota: Quota, _ check: DailyQuotaCheck, _ observation: AlertObservation, _ verdict: Verdict,
        page: String?
    ) -> AlertAnnotations {
        let place = "\(observation.region) of account \(observation.account)"
        var annotations = AlertAnnotations(
            summary: verdict.isActive
                ? "The daily quota that all models share in \(place) seems used up."
                : "Models in \(place) are served again.",
            description: verdict.isActive
                ? "Every model that was called was throttled in \(check.count) minutes, while none was near a quota of its "
                    + "minutes. The quota of \(Figure.count(quota.limit)) tokens a day begins anew at 00:00 UTC; how AWS "
                    + "counts its use is not documented."
                : "The quota of a day begins anew at 00:00 UTC.",
            next:
                "Move what cannot wait to another Region or account, and ask AWS Support for a higher quota "
                + "(\(quota.code ?? "no code known")).",
            verdict, page: page)
        annotations.note("limit", Figure.count(quota.limit))
        annotations.note("quota_code", quota.code)
        annotations.note("since", verdict.begin)
        return annotations
    }
}
