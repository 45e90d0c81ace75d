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

    /// Where it is.
    package var place: RegionKey { RegionKey(account: account, region: region) }

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

/// A Region of an account, as it is labelled.
package struct RegionKey: Hashable, Comparable, Sendable {
    package let account: String
    package let region: String

    package init(account: String, region: String) {
        self.account = account
        self.region = region
    }

    package static func < (a: Self, b: Self) -> Bool { (a.account, a.region) < (b.account, b.region) }
}

/// Whose metrics: one value of CloudWatch's `ModelId` dimension in one account and source Region.
package struct SeriesKey: Hashable, Sendable, Comparable {
    /// The configured account name, or the 12-digit account ID.
    package let account: String
    /// The source Region, such as `ap-southeast-1`.
    package let region: String
    /// The dimension's value, exactly as CloudWatch spells it.
    package let modelID: String

    package init(account: String, region: String, modelID: String) {
        self.account = account
        self.region = region
        self.modelID = modelID
    }

    /// Where it is.
    package var place: RegionKey { RegionKey(account: account, region: region) }

    package static func < (a: Self, b: Self) -> Bool {
        (a.account, a.region, a.modelID) < (b.account, b.region, b.modelID)
    }
}

/// Why a model ID with traffic is not divided by any quota; the raw value is the metric label `reason`.
package enum UnmappedReason: String, CaseIterable, Sendable {
    /// The pool is known, but neither Service Quotas nor the configuration has a limit for it.
    case noQuota = "no_quota"
    /// Quotas exist that might be its own, but the names or values do not say which.
    case ambiguous
    /// An inference profile that is not listed, or whose models do not tell its scope.
    case unknownProfile = "unknown_profile"
    /// A custom model deployment that is not listed, or whose base model AWS does not tell.
    case unknownDeployment = "unknown_deployment"
    /// An imported model: AWS has no quota of tokens or requests for it.
    case importedModel = "imported_model"
    /// Provisioned throughput, custom models on it, prompt routers, marketplace endpoints.
    case notOnDemand = "not_on_demand"
    /// Not a form of model ID that is known.
    case unknownModelID = "unknown_model_id"
}

/// The quota pool of a model ID, or why there is none.
package enum ModelAssignment: Equatable, Sendable {
    case pool(scope: InferenceScope, model: String)
    case unmapped(UnmappedReason)
}

/// An assignment with what is worth showing beside it.
package struct ModelResolution: Equatable, Sendable {
    /// The value of CloudWatch's dimension.
    package let modelID: String
    package let assignment: ModelAssignment
    /// The pool that the model ID would belong to; also set for `no_quota` and `ambiguous`.
    package let candidate: ScopedModel?
    /// One sentence for people; nil when the model ID has a pool with quotas.
    package let explanation: String?
}
