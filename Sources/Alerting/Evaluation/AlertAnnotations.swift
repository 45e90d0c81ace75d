import QuotaModel

/// The changing part of an alert: figures, what they mean and what to do next.
struct AlertAnnotations {
    private(set) var values: [String: String] = [:]

    init() {}

    private init(summary: String, description: String, next: String, page: String?) {
        values["summary"] = summary
        values["description"] = description
        values["next_step"] = next
        values["dashboard_url"] = page.map { $0 + "/" }
    }

    static func utilization(
        _ pool: PoolObservation, _ quota: Quota, _ kind: AlertKind, peak: Double, _ verdict: Verdict,
        page: String?
    ) -> AlertAnnotations {
        let subject = subject(pool.pool)
        let share = Figure.percent(peak)
        let used = Figure.count(peak * quota.limit)
        let limit = Figure.count(quota.limit)
        var annotations = AlertAnnotations(
            summary: "\(subject) uses \(share) of its \(quota.kind.phrase).",
            description:
                "\(used) of \(limit) \(quota.kind.phrase) (limit: \(quota.source.rawValue)). Weighting: "
                + "an output token counts \(Figure.number(pool.rate.value)) (\(pool.rate.source.rawValue)).",
            next: kind == .quotaCritical
                ? "Shed or reroute load now, for example to another inference profile, and ask for a higher quota."
                : "See whether the load will grow; ask for a higher quota in time.",
            page: page)
        annotations.values["used"] = used
        annotations.values["limit"] = limit
        annotations.values["ratio"] = Figure.number(peak)
        annotations.values["quota_code"] = quota.code
        annotations.note(pool.shares)
        annotations.note(verdict)
        return annotations
    }

    static func throttling(
        _ pool: PoolObservation, _ kind: AlertKind, peak: ThrottledMinute, _ verdict: Verdict, page: String?
    ) -> AlertAnnotations {
        let share = Figure.percent(peak.share)
        let count = Figure.count(peak.throttles)
        var annotations = AlertAnnotations(
            summary: "AWS throttles \(share) of the requests of \(subject(pool.pool)).",
            description:
                "\(count) of \(Figure.count(peak.requests)) requests a minute were refused for lack of quota.",
            next: kind == .throttlingCritical
                ? "Shed or reroute load now, retry with back-off, lower max_tokens, and ask for a higher quota."
                : "Lower the load or max_tokens, retry with back-off, and ask for a higher quota.",
            page: page)
        annotations.values["used"] = count
        annotations.values["ratio"] = Figure.number(peak.share)
        annotations.note(pool.shares)
        annotations.note(verdict)
        return annotations
    }

    static func clientErrors(
        _ pool: PoolObservation, peak: Double, _ verdict: Verdict, page: String?
    ) -> AlertAnnotations {
        let count = Figure.count(peak)
        var annotations = AlertAnnotations(
            summary: "\(subject(pool.pool)) refuses far more requests than usual.",
            description: "Up to \(count) client errors a minute, far above the level of the last day.",
            next: "Look for a recent change of callers: wrong input, missing permissions, too long prompts.",
            page: page)
        annotations.values["used"] = count
        annotations.note(pool.shares)
        annotations.note(verdict)
        return annotations
    }

    static func forecast(
        _ pool: PoolObservation, _ quota: Quota, _ forecast: Forecast, days: Double, threshold: Double,
        page: String?
    ) -> AlertAnnotations {
        let subject = subject(pool.pool)
        let level = Figure.percent(threshold)
        let when = days < 1 ? "is reached now" : "will be reached in about \(Figure.count(days)) days"
        var annotations = AlertAnnotations(
            summary: "\(level) of the \(quota.kind.phrase) of \(subject) \(when).",
            description:
                "Daily peaks are at \(Figure.percent(forecast.level)) and grow by "
                + "\(Figure.percent(forecast.trend.slope)) of the quota a day.",
            next: "Ask for a higher quota now: increases take days to weeks.", page: page)
        annotations.values["limit"] = Figure.count(quota.limit)
        annotations.values["ratio"] = Figure.number(forecast.level)
        annotations.values["days"] = Figure.number((days * 10).rounded() / 10)
        annotations.values["quota_code"] = quota.code
        annotations.note(pool.shares)
        return annotations
    }

    static func changed(
        _ pool: PoolObservation, _ quota: Quota, from change: LimitChange, page: String?
    ) -> AlertAnnotations {
        let limit = Figure.count(quota.limit)
        let previous = Figure.count(change.previousLimit)
        let way = quota.limit >= change.previousLimit ? "raised" : "lowered"
        var annotations = AlertAnnotations(
            summary:
                "The \(quota.kind.phrase) of \(subject(pool.pool)) were \(way) from \(previous) to \(limit).",
            description: "The limit (\(quota.source.rawValue)) was \(previous) and is \(limit).",
            next: quota.limit > 0
                ? "Check that this was asked for, and that the load fits the new limit."
                : "A limit of 0 means that the use is not permitted: check the account's access to the model.",
            page: page)
        annotations.values["previous_limit"] = previous
        annotations.values["limit"] = limit
        annotations.values["since"] = Figure.time(change.seenAt)
        annotations.values["quota_code"] = quota.code
        return annotations
    }

    static func mismatch(
        _ pool: PoolObservation, measured: BurndownRate, page: String?
    ) -> AlertAnnotations {
        let used = Figure.number(pool.rate.value)
        let found = Figure.number(measured.value)
        var annotations = AlertAnnotations(
            summary: "AWS weights output tokens of \(subject(pool.pool)) by \(found), not by \(used).",
            description:
                "The rate in use is \(used) (\(pool.rate.source.rawValue)); AWS's own weighted counts give \(found).",
            next: "Correct quotas.burndown_rates, or remove the entry for this model.", page: page)
        annotations.values["rate"] = used
        annotations.values["measured_rate"] = found
        return annotations
    }

    static func pollFailing(_ observation: AlertObservation, page: String?) -> AlertAnnotations {
        AlertAnnotations(
            summary: "\(place(observation)) cannot be polled.",
            description: "The last poll failed: \(observation.pollFailure ?? "no reason known").",
            next: "Check credentials, permissions and the network of this daemon; see its log.", page: page)
    }

    static func stale(_ observation: AlertObservation, newest: Double, page: String?) -> AlertAnnotations {
        let age = Figure.span(observation.now - newest)
        var annotations = AlertAnnotations(
            summary: "\(place(observation)) has had no settled minute for \(age).",
            description: "Polls succeed, but the newest settled minute ended at \(Figure.time(newest)).",
            next: "See whether CloudWatch is late and whether polls are throttled.", page: page)
        annotations.values["since"] = Figure.time(newest)
        return annotations
    }

    static func late(_ observation: AlertObservation, lag: Double, page: String?) -> AlertAnnotations {
        let newest = Figure.time(observation.now - lag)
        var annotations = AlertAnnotations(
            summary: "CloudWatch delivers \(place(observation)) \(Figure.span(lag)) late.",
            description:
                "The newest data are of \(newest). Minutes since then are unknown; alerts that fire hold.",
            next: "See the AWS Health Dashboard for CloudWatch. Nothing is lost: what comes late is read.",
            page: page)
        annotations.values["since"] = newest
        return annotations
    }

    static func unmapped(_ model: UnmappedTraffic, page: String?) -> AlertAnnotations {
        var annotations = AlertAnnotations(
            summary: "\(model.modelID) has traffic but no quota that is known.",
            description: "Its use is counted for no quota. Reason: \(model.reason).",
            next: "Set its quota in quotas.overrides, or check the permission to list quotas and profiles.",
            page: page)
        annotations.values["since"] = Figure.time(Double(model.lastMinute.epochSeconds))
        return annotations
    }

    // MARK: Parts

    private static func subject(_ pool: QuotaPool) -> String {
        "\(pool.model) (\(pool.scope.rawValue)) in \(pool.region) of account \(pool.account)"
    }

    private static func place(_ observation: AlertObservation) -> String {
        "\(observation.region) of account \(observation.account)"
    }

    private mutating func note(_ shares: [ModelShare]) {
        guard !shares.isEmpty else { return }
        let sorted = shares.sorted { ($1.share, $0.modelID) < ($0.share, $1.modelID) }
        var names = sorted.prefix(AlertLimits.namedModelIDs).map {
            "\($0.modelID) (\(Figure.percent($0.share)))"
        }
        if sorted.count > names.count { names.append("\(sorted.count - names.count) more") }
        values["model_ids"] = names.joined(separator: ", ")
    }

    private mutating func note(_ verdict: Verdict) {
        guard case .active(let from, _) = verdict else { return }
        values["since"] = Figure.time(from)
    }
}

extension QuotaKind {
    /// The name within a sentence.
    var phrase: String { rawValue.replacing("_", with: " ") }
}
