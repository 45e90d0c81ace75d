import QuotaModel

/// Alerts about a quota pool.
extension AlertAnnotations {
    static func utilization(
        _ pool: PoolObservation, _ quota: Quota, _ kind: AlertKind, _ series: UtilizationSeries,
        _ verdict: Verdict, page: String?
    ) -> AlertAnnotations {
        guard let now = series.now ?? (verdict.isActive ? series.peak : nil) else {
            return AlertAnnotations()
        }
        let used = Figure.count(now.ratio * quota.limit)
        let limit = Figure.count(quota.limit)
        let share = Figure.percent(now.ratio)
        var annotations = AlertAnnotations(
            summary: "\(pool.pool.phrase) uses \(share) of its \(quota.kind.phrase).",
            description:
                "\(used) of \(limit) \(quota.kind.phrase) at \(Figure.time(now.minute)) (limit: "
                + "\(quota.source.rawValue)). \(meaning(of: quota.kind, pool))",
            next: kind == .quotaCritical
                ? "Shed or reroute load now, for example to another inference profile, and ask for a higher quota."
                : "See whether the load will grow; ask for a higher quota in time.",
            verdict, page: page)
        annotations.note(now: text(now), condition: series.peak.map(text), verdict)
        annotations.note("used", used)
        annotations.note("limit", limit)
        annotations.note("ratio", Figure.number(now.ratio))
        annotations.note("quota_code", quota.code)
        annotations.note(pool.shares)
        annotations.note("since", verdict.begin)
        return annotations
    }

    /// What a person must know to judge the figure.
    private static func meaning(of kind: QuotaKind, _ pool: PoolObservation) -> String {
        switch (kind, pool.pool.scope) {
        // Page quotas-mantle: generation stops when the quota is reached.
        case (.outputTokensPerMinute, .mantle):
            "When it is reached, answers are cut short without an error: no throttle will show it."
        case _ where !pool.pool.scope.isWeighed: "Input and output tokens count apart, unweighted."
        case _:
            "Weighting: an output token counts \(Figure.number(pool.rate.value)) (\(pool.rate.source.rawValue))."
        }
    }

    private static func text(_ used: UsedMinute) -> String {
        "\(Figure.percent(used.ratio)) at \(Figure.time(used.minute))"
    }

    static func throttling(
        _ pool: PoolObservation, _ kind: AlertKind, _ series: ThrottleSeries, _ verdict: Verdict,
        page: String?
    ) -> AlertAnnotations {
        guard let now = series.now ?? (verdict.isActive ? series.peak : nil) else {
            return AlertAnnotations()
        }
        let count = Figure.count(now.throttles)
        var annotations = AlertAnnotations(
            summary: "AWS throttles \(Figure.percent(now.share)) of the requests of \(pool.pool.phrase).",
            description:
                "\(count) of \(Figure.count(now.requests)) requests were refused for lack of quota at "
                + "\(Figure.time(now.minute)).",
            next: kind == .throttlingCritical
                ? "Shed or reroute load now, retry with back-off, lower max_tokens, and ask for a higher quota."
                : "Lower the load or max_tokens, retry with back-off, and ask for a higher quota.",
            verdict, page: page)
        annotations.note(now: text(now), condition: series.peak.map(text), verdict)
        annotations.note("used", count)
        annotations.note("ratio", Figure.number(now.share))
        annotations.note(pool.episode, verdict)
        annotations.note(pool.shares)
        annotations.note("since", verdict.begin)
        return annotations
    }

    private static func text(_ minute: ThrottledMinute) -> String {
        "\(Figure.percent(minute.share)) at \(Figure.time(minute.minute))"
    }

    static func clientErrors(
        _ pool: PoolObservation, _ check: ClientErrorCheck, _ verdict: Verdict, page: String?
    ) -> AlertAnnotations {
        guard let now = check.now ?? (verdict.isActive ? check.peak : nil) else { return AlertAnnotations() }
        let count = Figure.count(now)
        var annotations = AlertAnnotations(
            summary: verdict.isActive
                ? "\(pool.pool.phrase) refuses far more requests than usual, \(count) a minute."
                : "\(pool.pool.phrase) refuses \(count) requests a minute.",
            description: "Client errors a minute are set against the level of the last day.",
            next: "Look for a recent change of callers: wrong input, missing permissions, too long prompts.",
            verdict, page: page)
        annotations.note(now: count, condition: Figure.count(check.peak), verdict)
        annotations.note("used", count)
        annotations.note(pool.shares)
        annotations.note("since", verdict.begin)
        return annotations
    }

    /// - Parameter days: Until the threshold is reached; nil when that cannot be said.
    static func forecast(
        _ pool: PoolObservation, _ quota: Quota, _ forecast: Forecast?, days: Int?, threshold: Double,
        _ verdict: Verdict, page: String?
    ) -> AlertAnnotations {
        let level = Figure.percent(threshold)
        let what = "the \(quota.kind.phrase) of \(pool.pool.phrase)"
        let when = days.map { $0 < 1 ? "now" : "within \($0) \($0 == 1 ? "day" : "days")" } ?? "not in sight"
        var annotations = AlertAnnotations(
            summary: days.map {
                "\(level) of \(what) \($0 < 1 ? "is reached" : "will be reached") \(when)."
            } ?? "\(level) of \(what) is \(when).",
            description: forecast.map(text) ?? "The days that are known are too few for a forecast.",
            next: "Ask for a higher quota now: increases take days to weeks.", verdict, page: page)
        annotations.note(now: when, verdict)
        annotations.note("limit", Figure.count(quota.limit))
        annotations.note("ratio", forecast.map { Figure.number($0.level) })
        annotations.note("days", days.map(String.init))
        annotations.note("quota_code", quota.code)
        annotations.note(pool.shares)
        return annotations
    }

    private static func text(_ forecast: Forecast) -> String {
        let level = "The highest daily peak of four weeks is at \(Figure.percent(forecast.level)), and peaks"
        guard forecast.isGrowing else { return "\(level) do not surely grow." }
        return "\(level) grow by at least \(Figure.percent(forecast.trend.low)) of the quota a day, "
            + "as equal weekdays of \(forecast.knownDays) days show."
    }

    static func changed(
        _ pool: PoolObservation, _ quota: Quota, from change: LimitChange, _ verdict: Verdict, page: String?
    ) -> AlertAnnotations {
        let limit = Figure.count(quota.limit)
        let previous = Figure.count(change.previousLimit)
        let way = quota.limit >= change.previousLimit ? "raised" : "lowered"
        let what = "The \(quota.kind.phrase) of \(pool.pool.phrase)"
        var annotations = AlertAnnotations(
            summary: "\(what) were \(way) from \(previous) to \(limit).",
            description: "The limit (\(quota.source.rawValue)) was \(previous) and is \(limit).",
            next: quota.limit > 0
                ? "Check that this was asked for, and that the load fits the new limit."
                : "A limit of 0 means that the use is not permitted: check the account's access to the model.",
            verdict, page: page)
        annotations.note("previous_limit", previous)
        annotations.note("limit", limit)
        annotations.note("since", Figure.time(change.seenAt))
        annotations.note("quota_code", quota.code)
        return annotations
    }

    static func mismatch(
        _ pool: PoolObservation, measured: BurndownRate, _ verdict: Verdict, page: String?
    ) -> AlertAnnotations {
        let used = Figure.number(pool.rate.value)
        let found = Figure.number(measured.value)
        var annotations = AlertAnnotations(
            summary: "AWS weights output tokens of \(pool.pool.phrase) by \(found), "
                + (verdict.isActive ? "not by \(used)." : "as the rate in use says."),
            description:
                "The rate in use is \(used) (\(pool.rate.source.rawValue)); AWS's own weighted counts give \(found).",
            next: "Correct quotas.burndown_rates, or remove the entry for this model.", verdict, page: page)
        annotations.note(now: found, verdict)
        annotations.note("rate", used)
        annotations.note("measured_rate", found)
        return annotations
    }
}
