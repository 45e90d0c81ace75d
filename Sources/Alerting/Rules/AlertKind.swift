/// The rules; the raw value is the label `alertname`.
package enum AlertKind: String, CaseIterable, Sendable, Comparable {
    case quotaWarning = "BedrockQuotaWarning"
    case quotaCritical = "BedrockQuotaCritical"
    case throttling = "BedrockThrottling"
    case throttlingCritical = "BedrockThrottlingCritical"
    case exhaustionForecast = "BedrockQuotaExhaustionForecast"
    case quotaChanged = "BedrockQuotaChanged"
    case dataStale = "BedrockDataStale"
    case deliveryLag = "BedrockDeliveryLag"
    case pollFailing = "BedrockPollFailing"
    case unmappedModel = "BedrockUnmappedModel"
    case burndownMismatch = "BedrockBurndownMismatch"
    /// No rule: what `check --send-test-alert` sends.
    case testAlert = "BedrockTestAlert"

    /// The rules.
    package static let allCases: [AlertKind] = [
        .quotaWarning, .quotaCritical, .throttling, .throttlingCritical, .exhaustionForecast, .quotaChanged,
        .dataStale, .deliveryLag, .pollFailing, .unmappedModel, .burndownMismatch,
    ]

    /// The rule with a lower threshold for the same: who is told of this alert knows that one as well.
    package var included: AlertKind? {
        switch self {
        case .quotaCritical: .quotaWarning
        case .throttlingCritical: .throttling
        case .quotaWarning, .throttling, .exhaustionForecast, .quotaChanged, .dataStale, .deliveryLag,
            .pollFailing, .unmappedModel, .burndownMismatch, .testAlert:
            nil
        }
    }

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// The label `severity`.
package enum AlertSeverity: String, Sendable {
    case critical, warning, info
}

/// What the two rules about throttling saw; the label `cause`. Client errors are never critical: they are the callers'.
package enum ThrottlingCause: String, Sendable, CaseIterable {
    /// `InvocationThrottles`, from a share of the requests on.
    case throttles
    /// `InvocationClientErrors` far above the pool's own level.
    case clientErrors = "client_errors"
}
