import QuotaModel

/// The rules about what is no minute of a pool: how long a model stays, and batch jobs.
extension AlertEvaluator {
    // MARK: End of life

    /// Of models with traffic alone: others end without anybody noticing.
    func endOfLife(
        _ pool: PoolObservation, _ rules: PoolRules, _ observation: AlertObservation,
        _ findings: inout Findings
    ) {
        let identity = AlertIdentity(.modelEndOfLife, pool: pool.pool)
        guard !rules.disabled.contains(.modelEndOfLife) else { return }
        // Nil when what AWS says cannot be read: no reason to raise an alert, nor to end one.
        let isEnding: Bool? =
            if let lifecycle = pool.lifecycle {
                lifecycle.isEnding(within: rules.endOfLifeDays, now: observation.now)
            } else { false }
        guard isEnding == true || findings.tracked.contains(identity) else { return }
        let verdict: Verdict =
            switch isEnding {
            case true?: verdict(ofTrafficIn: pool, observation)
            case false?: .quiet(calmFrom: 0, through: observation.now)
            case nil: .undecided
            }
        findings.add(identity, verdict) {
            isEnding == nil
                ? AlertAnnotations()
                : .endOfLife(pool, verdict, now: observation.now, page: self.rules.pageURL)
        }
    }

    /// A model that nobody has called for a day is used no more, if all of the day is known.
    private func verdict(ofTrafficIn pool: PoolObservation, _ observation: AlertObservation) -> Verdict {
        let newest = observation.newestMinute
        let day = newest.advanced(by: -Int(AlertLimits.endingTrafficSeconds) / 60)...newest
        if let last = day.reversed().first(where: { pool.history[$0].requests > 0 }) {
            let from = Double(last.epochSeconds)
            return .active(from: from, through: from + AlertLimits.minuteSeconds)
        }
        guard let settled = observation.settled, day.contains(settled),
            (day.lowerBound...settled).allSatisfy({ pool.history[$0].isCovered })
        else { return .undecided }
        return .quiet(calmFrom: 0, through: observation.now)
    }

    // MARK: Batch jobs

    /// At its limit a quota of batch jobs lets further ones wait, without an error.
    func batch(_ observation: AlertObservation, _ findings: inout Findings) {
        guard !rules.standard.disabled.contains(.batchQuotaReached) else { return }
        var missing = findings.tracked.filter { $0.kind == .batchQuotaReached }
        for use in observation.batch ?? [] {
            let pool = QuotaPool(
                account: observation.account, region: observation.region, scope: .batch, model: use.model)
            guard !rules.rules(for: pool).disabled.contains(.batchQuotaReached) else { continue }
            for quota in use.quotas {
                let identity = AlertIdentity(.batchQuotaReached, pool: pool, quota: quota.quota.kind)
                missing.remove(identity)
                let verdict = verdict(of: quota, now: observation.now)
                findings.add(identity, verdict) {
                    .batch(pool, quota, verdict, page: rules.pageURL)
                }
            }
        }
        // A model that is no longer listed has no jobs; while jobs cannot be listed nothing is known of them.
        let verdict: Verdict =
            observation.batch == nil ? .undecided : .quiet(calmFrom: 0, through: observation.now)
        for identity in missing { findings.add(identity, verdict) { AlertAnnotations() } }
    }

    private func verdict(of use: QuotaUse, now: Double) -> Verdict {
        guard let ratio = use.ratio else { return use.quota.limit == 0 ? .gone : .undecided }
        return ratio >= 1 ? .active(from: now, through: now) : .quiet(calmFrom: 0, through: now)
    }
}

extension AlertAnnotations {
    static func endOfLife(
        _ pool: PoolObservation, _ verdict: Verdict, now: Double, page: String?
    ) -> AlertAnnotations {
        guard let lifecycle = pool.lifecycle else { return AlertAnnotations() }
        let phrase = lifecycle.phrase { Figure.time($0).prefix(10) }
        let hasEnded = lifecycle.endOfLife.map { $0 <= now } == true
        let subject = "The model of \(pool.pool.phrase)"
        var annotations = AlertAnnotations(
            summary: verdict.isActive
                ? "\(subject) is used and \(hasEnded ? "has reached its end" : "nears its end"): \(phrase)."
                : "\(subject) is used no more, or its end is far off.",
            description: lifecycle.isLegacy == true
                ? "AWS refuses higher quotas for legacy models."
                : "From its end of life on requests fail.",
            next: "Move its callers to a newer model, and ask for that one's quotas in time.", verdict,
            page: page)
        annotations.note("end_of_life", lifecycle.endOfLife.map { Figure.time($0) })
        annotations.note(pool.shares)
        return annotations
    }

    static func batch(
        _ pool: QuotaPool, _ use: QuotaUse, _ verdict: Verdict, page: String?
    ) -> AlertAnnotations {
        guard let usage = use.usage else { return AlertAnnotations() }
        let used = Figure.count(usage)
        let limit = Figure.count(use.quota.limit)
        let place = "\(pool.model) in \(pool.region) of account \(pool.account)"
        var annotations = AlertAnnotations(
            summary: "\(used) of \(limit) \(use.quota.kind.phrase) of \(place) are in flight.",
            description:
                "One more waits, without an error. Counted are jobs submitted, validating, scheduled and in progress; "
                + "which of these AWS counts is not documented.",
            next: "Wait for jobs to end, or ask for a higher quota (\(use.quota.code ?? "no code known")).",
            verdict, page: page)
        annotations.note(now: "\(used) of \(limit)", verdict)
        annotations.note("used", used)
        annotations.note("limit", limit)
        annotations.note("ratio", use.ratio.map { Figure.number($0) })
        annotations.note("quota_code", use.quota.code)
        return annotations
    }
}
