import QuotaModel
import UsageStore

/// A model ID of the store, with what people filter by.
package struct UsageSeries: Equatable, Sendable {
    package let key: SeriesKey
    /// Nil for a model ID without a quota.
    package let scope: InferenceScope?
    package let model: String?

    package init(key: SeriesKey, scope: InferenceScope?, model: String?) {
        self.key = key
        self.scope = scope
        self.model = model
    }

    /// The value that rows grouped by the dimension carry; empty for "no pool".
    func value(_ dimension: UsageQuery.Dimension) -> String {
        switch dimension {
        case .account: key.account
        case .region: key.region
        case .scope: scope?.rawValue ?? ""
        case .model: model ?? ""
        case .modelID: key.modelID
        }
    }
}

/// Where history is read: one look at the store, on a connection of its own.
package protocol UsageSource: Sendable {
    /// Every model ID that the store knows, ascending.
    func series() async throws -> [UsageSeries]

    /// Calls `body` for each row and never on Swift's own threads, because it waits there for a slow reader. Rows of one
    /// group come in the order of time. An error of `body` ends the work and is thrown.
    func rows(_ query: UsageQuery, _ body: @escaping @Sendable (UsageRow) throws -> Void) async throws
}
