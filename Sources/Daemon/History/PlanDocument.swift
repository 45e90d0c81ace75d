import QuotaModel

/// What a planned load would take, and of which quotas.
package struct PlanDocument: Encodable, Sendable {
    /// A quota of the store that the load would draw on.
    package struct PlannedQuota: Encodable, Sendable {
        let account: String
        let region: String
        let quota: String
        let limit: Double
        let ratio: Nullable<Double>

        package init(_ place: RegionKey, _ quota: Quota, use: Double) {
            account = place.account
            region = place.region
            self.quota = quota.kind.rawValue
            limit = quota.limit
            ratio = Nullable(quota.limit > 0 ? use / quota.limit : nil)
        }
    }

    let model: String
    let scope: String
    let requestsPerMinute: Double
    let burndownRate: Double
    let burndownSource: String
    let quotaTokensPerMinute: Double
    let quotas: [PlannedQuota]

    package init(_ plan: UsagePlan, rate: BurndownRate, quotaTokensPerMinute: Double, quotas: [PlannedQuota])
    {
        model = plan.model
        scope = plan.scope.rawValue
        requestsPerMinute = plan.requestsPerMinute
        burndownRate = rate.value
        burndownSource = rate.source.rawValue
        self.quotaTokensPerMinute = quotaTokensPerMinute
        self.quotas = quotas
    }

    /// The document's bytes, with a final line end.
    package func bytes() throws -> [UInt8] { try JSONDocument.bytes(self) }

    /// The same for people.
    package var markdown: String {
        var lines = [
            "\(model), \(scope): \(LandingPage.grouped(quotaTokensPerMinute)) tokens per minute,"
                + " \(LandingPage.grouped(requestsPerMinute)) requests per minute",
            "An output token counts \(UsageFamilies.plain(burndownRate)) times (\(burndownSource)).",
        ]
        for quota in quotas {
            let share =
                quota.ratio.value.map { "\(UsageFamilies.plain(($0 * 1000).rounded() / 10)) %" }
                ?? "not permitted:"
            lines.append(
                "- \(share) of \(quota.quota) \(LandingPage.grouped(quota.limit)) in \(quota.region), account \(quota.account)"
            )
        }
        if quotas.isEmpty { lines.append("No store with quotas of this model was found to compare with.") }
        return lines.joined(separator: "\n") + "\n"
    }
}
