/// Why a model ID with traffic is not divided by any quota; the raw value is the metric label `reason`.
package enum UnmappedReason: String, CaseIterable, Sendable {
    /// The pool is known, but neither Service Quotas nor the configuration has a limit for it.
    case noQuota = "no_quota"
    /// Quotas exist that might be its own, but the names or values do not say which.
    case ambiguous
    /// An inference profile that is not listed, or whose models do not tell its scope.
    case unknownProfile = "unknown_profile"
    /// Provisioned throughput, custom and imported models, prompt routers, marketplace endpoints.
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
