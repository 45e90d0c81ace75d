/// How a request is routed and served, which decides the quotas that it draws on.
package enum InferenceScope: String, CaseIterable, Sendable, Comparable {
    /// The base model in the source Region itself.
    case onDemand = "on_demand"
    /// Any geographic inference profile (`us.`, `eu.`, `apac.`, …): they share one quota.
    case crossRegion = "cross_region"
    /// The `global.` inference profile.
    case global
    /// All deployments of models that were customised from one base model.
    case customModel = "custom_model"
    /// The separate bedrock-mantle endpoint, with quotas of its own.
    case mantle
    /// Batch inference jobs, which draw on no quota of requests; no model ID with metrics is of this scope.
    case batch
    /// What reserved capacity serves of each route; the reservation is its quota.
    case onDemandReserved = "on_demand_reserved"
    case crossRegionReserved = "cross_region_reserved"
    case globalReserved = "global_reserved"
    /// Calls with a long context of each route, where CloudWatch tells them apart and quotas of their own exist.
    case onDemandLongContext = "on_demand_long_context"
    case crossRegionLongContext = "cross_region_long_context"
    case globalLongContext = "global_long_context"

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// The scope of the same calls in all, whatever serves them.
    package var route: InferenceScope {
        switch self {
        case .onDemand, .onDemandReserved, .onDemandLongContext: .onDemand
        case .crossRegion, .crossRegionReserved, .crossRegionLongContext: .crossRegion
        case .global, .globalReserved, .globalLongContext: .global
        case .mantle, .customModel, .batch: self
        }
    }

    /// The scope of a part of a route's traffic; nil where the route has no such part.
    package func scope(of part: UsageSource.Part) -> InferenceScope? {
        switch (part, self) {
        case (.whole, _): self
        case (.reserved, .onDemand): .onDemandReserved
        case (.reserved, .crossRegion): .crossRegionReserved
        case (.reserved, .global): .globalReserved
        case (.longContext, .onDemand): .onDemandLongContext
        case (.longContext, .crossRegion): .crossRegionLongContext
        case (.longContext, .global): .globalLongContext
        case _: nil
        }
    }
}
