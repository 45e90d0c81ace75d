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
        guard isTracked || series.peak.map({ $0.ratio >= lowest }) == true else { return }
        for kind in levels {
            let threshold = rules.threshold(of: kind)
            let check = MinuteCheck(
                threshold: threshold, calmBelow: rules.calmBelow(threshold),
                minutes: rules.minutes, resolveAfterSeconds: rules.resolveAfterSeconds)
            let verdict = series.verdict(check)
            findings.add(ofPool(kind), verdict) {
                .utilization(pool, quota, kind, series, verdict, page: self.rules.pageURL)
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
        let forecast = Forecast(dailyPeaks: peaks)
        // A growth that people are shown as 0 % is none: a quota that is used up already has an alert of its own.
        let isGrowing = forecast.map { $0.trend.low >= AlertLimits.leastGrowth } ?? false
        let days = isGrowing ? forecast?.days(until: rules.critical) : nil
        // An alert that fired holds a little longer than it takes to raise one.
        let limit =
            Double(rules.forecastDays)
            * (findings.tracked.contains(identity) ? AlertLimits.forecastHysteresis : 1)
        let verdict: Verdict =
            days.map { Double($0) <= limit } == true
            ? .active(from: observation.now, through: observation.now)
            : .quiet(calmFrom: 0, through: observation.now)
        findings.add(identity, verdict) {
            .forecast(
                pool, observed.quota, forecast, days: days, threshold: rules.critical, verdict,
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
            .changed(pool, observed.quota, from: change, verdict, page: self.rules.pageURL)
        }
    }
}

/// How much of a quota was used at one minute.
struct UsedMinute: Equatable {
    let minute: Minute
    let ratio: Double
}

/// The share of a quota that each recent minute used.
struct UtilizationSeries {
    private let settled: Minute?
    private let edge: Minute
    private let newest: Minute
    private let reading: (Minute) -> MinuteReading
    /// The highest known of the minutes that may raise an alert; of several the newest.
    let peak: UsedMinute?
    /// The settled minute, which pages show, or a later one that is higher already; nil when none is known.
    let now: UsedMinute?

    /// Nil for quotas whose use is not polled.
    init?(_ pool: PoolObservation, _ quota: Quota, _ rules: PoolRules, _ observation: AlertObservation) {
        settled = observation.settled
        newest = observation.newestMinute
        edge = settled ?? newest.advanced(by: -AlertLimits.unsettledMinutes)
        let history = pool.history
        let limit = quota.limit
        switch quota.kind.figure {
        case .tokens:
            reading = { minute in
                let figures = history[minute]
                return MinuteReading(figures, figures.quotaTokens / limit)
            }
        case .count:
            reading = { minute in
                let figures = history[minute]
                return MinuteReading(figures, figures.requests / limit)
            }
        case .day:
            let check = MinuteCheck(
                threshold: 1, calmBelow: 1, minutes: rules.minutes,
                resolveAfterSeconds: rules.resolveAfterSeconds)
            let totals = DayTotals(history, in: check.firstMinute(settled: edge)...max(newest, edge))
            reading = { minute in
                let total = totals[minute]
                return MinuteReading(total.value / limit, total.certainty)
            }
        case .jobs: return nil
        }
        var peak: UsedMinute?
        var now: UsedMinute?
        for minute in edge.advanced(by: 1 - rules.minutes.of)...max(newest, edge) {
            let figure = reading(minute)
            guard figure.certainty != .unknown else { continue }
            let used = UsedMinute(minute: minute, ratio: figure.value)
            if peak.map({ used.ratio >= $0.ratio }) != false { peak = used }
            if minute >= edge, now.map({ used.ratio >= $0.ratio }) != false { now = used }
        }
        self.peak = peak
        self.now = now
    }

    func verdict(_ check: MinuteCheck) -> Verdict {
        let verdict = check.verdict(settled: edge, newest: newest, reading)
        guard settled == nil, case .quiet = verdict else { return verdict }
        return .undecided
    }
}
