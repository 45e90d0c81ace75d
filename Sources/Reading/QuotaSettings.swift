import Configuration
import QuotaModel

/// What the configuration says of quotas and burndown rates, in the terms of the model.
package struct QuotaSettings: Sendable {
    package let overrides: [QuotaOverride]
    package let rates: BurndownTable

    package init(_ quotas: QuotasConfiguration) {
        overrides = quotas.overrides.map { typed in
            QuotaOverride(
                account: typed.account, region: typed.region, scope: typed.scope, model: typed.model,
                limits: typed.limits)
        }
        rates = BurndownTable(overrides: quotas.burndownRates.map { ($0.model, $0.rate) })
    }
}
