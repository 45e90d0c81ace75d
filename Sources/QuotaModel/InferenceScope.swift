/// How a request is routed, which decides the quotas that it draws on.
package enum InferenceScope: String, CaseIterable, Sendable, Comparable {
    /// The base model in the source Region itself.
    case onDemand = "on_demand"
    /// Any geographic inference profile (`us.`, `eu.`, `apac.`, …): they share one quota.
    case crossRegion = "cross_region"
    /// The `global.` inference profile.
    case global
    /// The separate bedrock-mantle endpoint, with quotas of its own.
    case mantle

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
