/// The thing that is throttled: all model IDs of one account, source Region, scope and model add up in it.
package struct QuotaPool: Hashable, Sendable, Comparable {
    package let account: String
    package let region: String
    package let scope: InferenceScope
    /// The base model ID, such as `anthropic.claude-sonnet-4-6`.
    package let model: String

    package init(account: String, region: String, scope: InferenceScope, model: String) {
        self.account = account
        self.region = region
        self.scope = scope
        self.model = model
    }

    /// The pool without its account and Region.
    package var scopedModel: ScopedModel { ScopedModel(scope: scope, model: model) }

    package static func < (a: Self, b: Self) -> Bool {
        (a.account, a.region, a.scope, a.model) < (b.account, b.region, b.scope, b.model)
    }
}

/// A quota pool within one account and Region: what a model ID draws on.
package struct ScopedModel: Hashable, Comparable, Sendable {
    package let scope: InferenceScope
    /// The base model ID.
    package let model: String

    package init(scope: InferenceScope, model: String) {
        self.scope = scope
        self.model = model
    }

    package static func < (a: Self, b: Self) -> Bool { (a.scope, a.model) < (b.scope, b.model) }
}
