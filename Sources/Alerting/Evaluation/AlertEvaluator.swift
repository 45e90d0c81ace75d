/// Sets what is known of a Region against the rules. Pure: the same observation gives the same findings.
package struct AlertEvaluator: Sendable {
    package let rules: AlertRules

    package init(rules: AlertRules) {
        self.rules = rules
    }

    /// Every active condition, and the state of each tracked alert that still has a subject. `tracked` are the
    /// alerts that are pending or firing in this Region: of others it matters only whether they are raised.
    package func findings(of observation: AlertObservation, tracked: Set<AlertIdentity>) -> [AlertFinding] {
        var findings = Findings(tracked: tracked, rules: rules)
        region(observation, &findings)
        for pool in observation.pools {
            let rules = rules.rules(for: pool.pool)
            quotas(pool, rules, observation, &findings)
            throttling(pool, rules, observation, &findings)
            clientErrors(pool, rules, observation, &findings)
            mismatch(pool, rules, observation, &findings)
            endOfLife(pool, rules, observation, &findings)
        }
        batch(observation, &findings)
        dailyQuota(observation, &findings)
        return findings.all
    }

    /// Collects what matters and drops the rest.
    struct Findings {
        let tracked: Set<AlertIdentity>
        private let rules: AlertRules
        private(set) var all: [AlertFinding] = []

        init(tracked: Set<AlertIdentity>, rules: AlertRules) {
            self.tracked = tracked
            self.rules = rules
        }

        mutating func add(
            _ identity: AlertIdentity, _ verdict: Verdict, _ annotations: () -> AlertAnnotations
        ) {
            guard verdict.isActive || tracked.contains(identity) else { return }
            var annotations = annotations()
            // Nothing new is told of an alert without annotations, so what it had stays.
            if !annotations.values.isEmpty {
                annotations.note("runbook_url", rules.runbookURL(of: identity.kind))
            }
            all.append(AlertFinding(identity, verdict, annotations.values))
        }
    }

    // MARK: A whole Region

    private func region(_ observation: AlertObservation, _ findings: inout Findings) {
        let off = rules.standard.disabled
        if !off.contains(.pollFailing) {
            let identity = AlertIdentity(
                .pollFailing, account: observation.account, region: observation.region)
            // What no other poll can mend need not last.
            let from = observation.now - (observation.isStoreLost ? rules.pollFailingAfterSeconds : 0)
            let verdict: Verdict =
                observation.pollFailure == nil
                ? .quiet(calmFrom: 0, through: observation.now)
                : .active(from: from, through: observation.now)
            findings.add(identity, verdict) {
                .pollFailing(observation, verdict, page: rules.pageURL)
            }
        }
        if !off.contains(.dataStale) { stale(observation, &findings) }
        if !off.contains(.deliveryLag) { late(observation, &findings) }
        if !off.contains(.unmappedModel) { unmapped(observation, &findings) }
    }

    /// Only a Region that answers can be stale: one that fails is `BedrockPollFailing`.
    private func stale(_ observation: AlertObservation, _ findings: inout Findings) {
        let identity = AlertIdentity(.dataStale, account: observation.account, region: observation.region)
        guard let upSince = observation.upSince else {
            findings.add(identity, .undecided) { AlertAnnotations() }
            return
        }
        let newest = observation.readThrough.map { Double($0.advanced(by: 1).epochSeconds) } ?? upSince
        let age = observation.now - newest
        let verdict: Verdict =
            age > max(rules.staleAfterSeconds, observation.freshSeconds)
            ? .active(from: observation.now, through: observation.now)
            : .quiet(calmFrom: 0, through: observation.now)
        findings.add(identity, verdict) {
            .stale(observation, newest: newest, verdict, page: rules.pageURL)
        }
    }

    /// Only what is read can be late: a Region that fails is `BedrockPollFailing`.
    private func late(_ observation: AlertObservation, _ findings: inout Findings) {
        let identity = AlertIdentity(.deliveryLag, account: observation.account, region: observation.region)
        guard observation.upSince != nil else {
            findings.add(identity, .undecided) { AlertAnnotations() }
            return
        }
        let lag = observation.deliveryLagSeconds ?? 0
        let verdict: Verdict =
            lag > rules.lateAfterSeconds
            ? .active(from: observation.now, through: observation.now)
            : .quiet(calmFrom: 0, through: observation.now)
        findings.add(identity, verdict) { .late(observation, lag: lag, verdict, page: rules.pageURL) }
    }

    private func unmapped(_ observation: AlertObservation, _ findings: inout Findings) {
        for model in observation.unmapped.prefix(AlertLimits.unmappedModelsPerRegion) {
            let identity = AlertIdentity(
                .unmappedModel, account: observation.account, region: observation.region,
                modelID: model.modelID)
            let from = Double(model.lastMinute.epochSeconds)
            let through = from + AlertLimits.minuteSeconds
            let verdict: Verdict =
                observation.now - through < AlertLimits.unmappedTrafficSeconds
                ? .active(from: from, through: through)
                : .quiet(calmFrom: through, through: observation.now)
            findings.add(identity, verdict) {
                .unmapped(model, in: observation, verdict, page: rules.pageURL)
            }
        }
    }

    // MARK: A pool

    private func mismatch(
        _ pool: PoolObservation, _ rules: PoolRules, _ observation: AlertObservation,
        _ findings: inout Findings
    ) {
        guard !rules.disabled.contains(.burndownMismatch) else { return }
        let identity = AlertIdentity(.burndownMismatch, pool: pool.pool)
        guard let measured = pool.measuredRate else {
            findings.add(identity, .undecided) { AlertAnnotations() }
            return
        }
        let difference = (measured.value - pool.rate.value).magnitude
        let verdict: Verdict =
            difference > AlertLimits.rateTolerance * pool.rate.value
            ? .active(from: observation.now, through: observation.now)
            : .quiet(calmFrom: 0, through: observation.now)
        findings.add(identity, verdict) {
            .mismatch(pool, measured: measured, verdict, page: self.rules.pageURL)
        }
    }

    private func throttling(
        _ pool: PoolObservation, _ rules: PoolRules, _ observation: AlertObservation,
        _ findings: inout Findings
    ) {
        let kinds = [AlertKind.throttling, .throttlingCritical].filter { !rules.disabled.contains($0) }
        let identities = kinds.map { AlertIdentity($0, pool: pool.pool, cause: .throttles) }
        let isTracked = identities.contains(where: findings.tracked.contains)
        guard !identities.isEmpty, !pool.errors.isEmpty || isTracked else { return }
        let series = ThrottleSeries(pool, rules, observation)
        guard series.isNoteworthy || isTracked else { return }
        for identity in identities {
            let verdict = series.verdict(of: identity.kind)
            findings.add(identity, verdict) {
                .throttling(pool, identity.kind, series, verdict, page: self.rules.pageURL)
            }
        }
    }

    private func clientErrors(
        _ pool: PoolObservation, _ rules: PoolRules, _ observation: AlertObservation,
        _ findings: inout Findings
    ) {
        let identity = AlertIdentity(.throttling, pool: pool.pool, cause: .clientErrors)
        guard !rules.disabled.contains(.throttling),
            !pool.errors.isEmpty || findings.tracked.contains(identity)
        else { return }
        let check = ClientErrorCheck(pool, rules, observation)
        let verdict = check.verdict()
        findings.add(identity, verdict) {
            .clientErrors(pool, check, verdict, page: self.rules.pageURL)
        }
    }
}
