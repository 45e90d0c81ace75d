import QuotaModel

/// All rules with their figures. Every part has a default.
package struct AlertRules: Equatable, Sendable {
    /// For pools that no override names; `disabled` switches a rule off everywhere.
    package var standard = PoolRules()
    /// Applied in order, so a later one wins.
    package var overrides: [AlertOverride] = []
    /// The age of the newest settled minute from which data are stale.
    package var staleAfterSeconds = 900.0
    /// How far CloudWatch may be behind before that is reported.
    package var lateAfterSeconds = 600.0
    /// How long polls fail before that is reported.
    package var pollFailingAfterSeconds = 600.0
    /// Where people reach this daemon's page, without a closing slash; nil leaves links out.
    package var pageURL: String?

    package init() {}

    /// The figures for one pool.
    package func rules(for pool: QuotaPool) -> PoolRules {
        var rules = standard
        for override in overrides where override.matches(pool) { override.apply(to: &rules) }
        return rules
    }

    /// The figures for an alert: its pool's, or the standard ones for alerts of a whole Region.
    func rules(for identity: AlertIdentity) -> PoolRules {
        identity.pool.map(rules(for:)) ?? standard
    }

    /// False for a rule that is switched off, everywhere or for the alert's pool.
    package func isEnabled(_ identity: AlertIdentity) -> Bool {
        !rules(for: identity).disabled.contains(identity.kind)
    }

    /// How long a condition holds before it fires.
    func forSeconds(_ identity: AlertIdentity) -> Double {
        switch identity.kind {
        case .quotaWarning, .quotaCritical: rules(for: identity).forSeconds
        case .dataStale, .deliveryLag: AlertLimits.staleConfirmationSeconds
        case .pollFailing: pollFailingAfterSeconds
        case .throttling, .throttlingCritical, .exhaustionForecast, .quotaChanged, .unmappedModel,
            .burndownMismatch, .testAlert:
            0
        }
    }

    /// How long it is over before it resolves.
    func resolveAfterSeconds(_ identity: AlertIdentity) -> Double {
        switch identity.kind {
        case .quotaWarning, .quotaCritical, .throttling, .throttlingCritical, .exhaustionForecast, .dataStale,
            .deliveryLag, .pollFailing, .burndownMismatch:
            rules(for: identity).resolveAfterSeconds
        case .quotaChanged, .testAlert: 0
        case .unmappedModel: AlertLimits.unmappedQuietSeconds
        }
    }
}
