import QuotaModel

extension AlertEvaluator {
    /// The rules about a pool's quotas.
    func quotas(
        _ pool: PoolObservation, _ rules: PoolRules, _ observation: AlertObservation,
        _ findings: inout Findings
    ) {
        for observed in pool.quotas {
            utilization(pool, observed, rules, observation, &findings)
            if !rules.disabled.contains(.exhaustionForecast) {
                forecast(pool, observed, rules, observation, &findings)
            }
            if !rules.disabled.contains(.quotaChanged) { change(pool, observed, observation, &findings) }
        }
    }

    // MARK: Warning and critical

    private func utilization(
        _ pool: PoolObservation, _ observed: ObservedQuota, _ rules: PoolRules,
        _ observation: AlertObservation,
        _ findings: inout Findings
    ) {
        let quota = observed.quota
        let levels = [AlertKind.quotaWarning, .quotaCritical].filter { !rules.disabled.contains($0) }
        guard let lowest = levels.map(rules.threshold).min() else { return }
        let ofPool = { (kind: AlertKind) in AlertIdentity(kind, pool: pool.pool, quota: quota.kind) }
        guard quota.limit > 0 else {
            // A limit of 0 means "not permitted": there is nothing to use a share of.
            for kind in levels { findings.add(ofPool(kind), .gone) { AlertAnnotations() } }
            return
        }
        guard let series = UtilizationSeries(pool, quota, rules, observation) else { return }
        let isTracked =
            !findings.tracked.isEmpty && levels.contains { findings.tracked.contains(ofPool($0)) }
        guard isTracked || series.peak >= lowest else { return }
        for kind in levels {
            let threshold = rules.threshold(of: kind)
            let check = MinuteCheck(
                threshold: threshold, calmBelow: rules.calmBelow(threshold),
                minutes: rules.minutes, resolveAfterSeconds: rules.resolveAfterSeconds)
            let verdict = series.verdict(check)
            findings.add(ofPool(kind), verdict) {
                .utilization(pool, quota, kind, peak: series.peak, verdict, page: self.rules.pageURL)
            }
        }
    }

    // MARK: Forecast and changes

    private func forecast(
        _ pool: PoolObservation, _ observed: ObservedQuota, _ rules: PoolRules,
        _ observation: AlertObservation,
        _ findings: inout Findings
    ) {
        let identity = AlertIdentity(.exhaustionForecast, pool: pool.pool, quota: observed.quota.kind)
        guard observed.quota.limit > 0 else {
            findings.add(identity, .gone) { AlertAnnotations() }
            return
        }
        guard let peaks = observed.dailyPeaks else {
            findings.add(identity, .undecided) { AlertAnnotations() }
            return
        }
        let forecast = Forecast(dailyPeaks: Array(peaks.suffix(AlertLimits.forecastHistoryDays)))
        let days = forecast?.days(until: rules.critical)
        // An alert that fired holds a little longer than it takes to raise one.
        let limit =
            rules.forecastDays * (findings.tracked.contains(identity) ? AlertLimits.forecastHysteresis : 1)
        guard let forecast, let days, days <= limit else {
            findings.add(identity, .quiet(calmFrom: 0, through: observation.now)) { AlertAnnotations() }
            return
        }
        findings.add(identity, .active(from: observation.now, through: observation.now)) {
            .forecast(
                pool, observed.quota, forecast, days: days, threshold: rules.critical,
                page: self.rules.pageURL)
        }
    }

    private func change(
        _ pool: PoolObservation, _ observed: ObservedQuota, _ observation: AlertObservation,
        _ findings: inout Findings
    ) {
        guard let change = observed.change else { return }
        let identity = AlertIdentity(.quotaChanged, pool: pool.pool, quota: observed.quota.kind)
        let end = change.seenAt + AlertLimits.quotaChangeSeconds
        let verdict: Verdict =
            observation.now < end
            ? .active(from: change.seenAt, through: max(change.seenAt, observation.now))
            : .quiet(calmFrom: end, through: observation.now)
        findings.add(identity, verdict) {
            .changed(pool, observed.quota, from: change, page: self.rules.pageURL)
        }
    }
}

/// The share of a quota that each recent minute used.
struct UtilizationSeries {
    private let settled: Minute?
    private let edge: Minute
    private let newest: Minute
    private let reading: (Minute) -> MinuteReading
    /// The highest known ratio of the minutes that may raise an alert.
    let peak: Double

    /// Nil for quotas whose use is not polled.
    init?(_ pool: PoolObservation, _ quota: Quota, _ rules: PoolRules, _ observation: AlertObservation) {
        settled = observation.settled
        newest = observation.newestMinute
        edge = settled ?? newest.advanced(by: -AlertLimits.unsettledMinutes)
        let history = pool.history
        let limit = quota.limit
        switch quota.kind {
        case .tokensPerMinute:
            reading = { minute in
                let figures = history[minute]
                return MinuteReading(figures, figures.quotaTokens / limit)
            }
        case .requestsPerMinute:
            reading = { minute in
                let figures = history[minute]
                return MinuteReading(figures, figures.requests / limit)
            }
        case .tokensPerDay:
            let check = MinuteCheck(
                threshold: 1, calmBelow: 1, minutes: rules.minutes,
                resolveAfterSeconds: rules.resolveAfterSeconds)
            let totals = DayTotals(history, in: check.firstMinute(settled: edge)...max(newest, edge))
            reading = { minute in
                let total = totals[minute]
                return MinuteReading(total.value / limit, total.certainty)
            }
        // bedrock-mantle reports in a namespace of its own, which is not polled.
        case .inputTokensPerMinute, .outputTokensPerMinute: return nil
        }
        var peak = 0.0
        for minute in edge.advanced(by: 1 - rules.minutes.of)...max(newest, edge) {
            peak = max(peak, reading(minute).value)
        }
        self.peak = peak
    }

    func verdict(_ check: MinuteCheck) -> Verdict {
        let verdict = check.verdict(settled: edge, newest: newest, reading)
        guard settled == nil, case .quiet = verdict else { return verdict }
        return .undecided
    }
}
