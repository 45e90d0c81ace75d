import QuotaModel

/// A question about the past: which minutes, in which steps, of whom, put together how.
package struct UsageQuery: Equatable, Sendable {
    /// What rows are grouped by; the raw value is the flag's and the JSON key's spelling.
    package enum Dimension: String, CaseIterable, Sendable {
        case account
        case region
        case scope
        case model
        case modelID = "model_id"
    }

    /// Whole minutes, half-open.
    package var range: Range<Minute>
    /// Divides the range from its start; the last step may be shorter. Nil for one step over all.
    package var stepMinutes: Int?
    /// Exact values; nil means all. A filter by scope or model leaves out model IDs without a pool.
    package var account: String?
    package var region: String?
    package var scope: InferenceScope?
    package var model: String?
    package var modelID: String?
    /// Each once; empty for one row a step over everything.
    package var groupBy: [Dimension]

    /// One row a pool and step.
    package static let defaultGroupBy: [Dimension] = [.account, .region, .scope, .model]

    package init(
        range: Range<Minute>, stepMinutes: Int? = nil, account: String? = nil, region: String? = nil,
        scope: InferenceScope? = nil, model: String? = nil, modelID: String? = nil,
        groupBy: [Dimension] = defaultGroupBy
    ) {
        self.range = range
        self.stepMinutes = stepMinutes
        self.account = account
        self.region = region
        self.scope = scope
        self.model = model
        self.modelID = modelID
        self.groupBy = groupBy
    }
}
