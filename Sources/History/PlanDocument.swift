import QuotaModel
import System

/// What a planned load would take, and of which quotas.
package struct PlanDocument: Encodable, Sendable {
    /// What the store knows of the plan's pool in one account and Region.
    package struct Place: Sendable {
        let key: RegionKey
        let quotas: [Quota]
        /// Nil when none was noted.
        let rate: BurndownRate?

        package init(key: RegionKey, quotas: [Quota], rate: BurndownRate?) {
            self.key = key
            self.quotas = quotas
            self.rate = rate
        }
    }

    /// A quota of the store that the load would draw on.
    package struct PlannedQuota: Encodable, Sendable {
        let account: String
        let region: String
        let quota: String
        let limit: Double
        let ratio: Nullable<Double>

        init(_ place: RegionKey, _ quota: Quota, use: Double) {
            account = place.account
            region = place.region
            self.quota = quota.kind.rawValue
            limit = quota.limit
            ratio = Nullable(quota.limit > 0 ? use / quota.limit : nil)
        }
    }

    package let model: String
    package let scope: String
    package let requestsPerMinute: Double
    package let burndownRate: Double
    package let burndownSource: String
    package let quotaTokensPerMinute: Double
    package let quotas: [PlannedQuota]

    /// Where the table is silent, a rate counts that was measured in one place and contradicted in none.
    package init(_ plan: UsagePlan, rates: BurndownTable, places: [Place]) {
        let measured = places.compactMap(\.rate).filter { $0.source == .measured }
        let agreed = Set(measured.map(\.value)).count == 1 ? measured.first : nil
        let rate = rates.rate(ofModel: plan.model, scope: plan.scope, measured: agreed)
        model = plan.model
        scope = plan.scope.rawValue
        requestsPerMinute = plan.requestsPerMinute
        burndownRate = rate.value
        burndownSource = rate.source.rawValue
        let tokens = plan.quotaTokensPerMinute(rate: rate.value)
        quotaTokensPerMinute = tokens
        quotas = places.flatMap { place in
            place.quotas.sorted { $0.kind < $1.kind }.compactMap { quota in
                plan.use(of: quota.kind, quotaTokens: tokens).map { PlannedQuota(place.key, quota, use: $0) }
            }
        }
    }

    /// The document's bytes, with a final line end.
    package func bytes() throws -> [UInt8] { try JSONDocument.bytes(self) }

    /// The same for people.
    package var markdown: String {
        var lines = [
            "\(model), \(scope): \(Grouped.digits(quotaTokensPerMinute)) tokens per minute,"
                + " \(Grouped.digits(requestsPerMinute)) requests per minute",
            "An output token counts \(PlainNumber.shown(burndownRate)) times (\(burndownSource)).",
        ]
        for quota in quotas {
            let share =
                quota.ratio.value.map { "\(PlainNumber.shown(($0 * 1000).rounded() / 10)) %" }
                ?? "not permitted:"
            lines.append(
                "- \(share) of \(quota.quota) \(Grouped.digits(quota.limit)) in \(quota.region), account \(quota.account)"
            )
        }
        if quotas.isEmpty { lines.append("No store with quotas of this model was found to compare with.") }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension UsagePlan {
    /// What a minute of the plan takes of a quota; nil for quotas that no single minute can be set against.
    fileprivate func use(of kind: QuotaKind, quotaTokens: Double) -> Double? {
        switch kind {
        case .tokensPerMinute: quotaTokens
        case .requestsPerMinute: requestsPerMinute
        case .inputTokensPerMinute: requestsPerMinute * (inputTokens + cacheWriteTokens)
        case .outputTokensPerMinute: requestsPerMinute * outputTokens
        case .tokensPerDay: nil
        case .batchJobs, .customModelBatchJobs: nil
        }
    }
}

/// The share of a quota that peaks may use in a report.
package enum Headroom {
    package static let standard = 0.7
    /// Below it, needed quotas would be figures that no quota has.
    private static let allowed = 0.01...1.0
    package static let allowedText = "allowed: a ratio from 0.01 to 1"

    /// Nil for a text that is not allowed.
    package static func parse(_ text: String) -> Double? {
        Double(text).flatMap { allowed.contains($0) ? $0 : nil }
    }
}
