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
        /// The name of the inference profile; the model ID where there is none.
        case profileName = "profile_name"
        /// Who made the requests, of the query's kind.
        case caller
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
    /// What callers are told apart by, in a query that groups by caller.
    package var callerKind = CallerKind.role

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

    package var isByCaller: Bool { groupBy.contains(.caller) }
}

/// Whose figures a query needs, and how they come together in groups.
struct QueryPlan {
    /// A pool with all its model IDs, or one model ID: what a limit is set against.
    struct Cell {
        /// Nil: a model ID without a pool.
        let pool: StoreCatalog.Pool?
        let members: [StoreCatalog.Series]
        /// What other pools have of the members' traffic.
        let parts: [StoreCatalog.Series]
        let isWholePool: Bool

        var owner: RollupOwner? { pool.map { .pool($0.id) } ?? members.first.map { .series($0.id) } }
        var rate: Double { pool?.rate ?? 1 }
        var tokensPerDay: LimitHistory? { pool?.limits[.tokensPerDay] }
        /// Whose rollups its figures rest on.
        var owners: [RollupOwner] { [owner].compactMap { $0 } + parts.map(RollupOwner.init(of:)) }
    }

    /// The cells of one group.
    struct Group {
        let values: [String]
        var cells: Range<Int>
        /// The counted metrics that the group's sources have, with their places in `UsageTotals.metrics`: what none of the
        /// sources has is not zero.
        let metrics: [UsageMetric: Int]
    }

    let query: UsageQuery
    /// In the order of the groups.
    private(set) var cells: [Cell] = []
    /// By their values.
    private(set) var groups: [Group] = []

    /// - Parameter tags: What callers of a kind of tags are called.
    init(_ query: UsageQuery, _ catalog: StoreCatalog, tags: [SeriesKey: String] = [:]) {
        self.query = query
        var grouped: [[String]: [Cell]] = [:]
        for cell in Self.cells(query, catalog) {
            guard let first = cell.members.first else { continue }
            let values = query.groupBy.map {
                Self.value(of: first, cell.pool?.pool, $0, query.callerKind, tags)
            }
            grouped[values, default: []].append(cell)
        }
        for (values, members) in grouped.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            groups.append(
                Group(
                    values: values, cells: cells.count..<(cells.count + members.count),
                    metrics: Self.metrics(of: members)))
            cells += members
        }
    }

    private static func metrics(of cells: [Cell]) -> [UsageMetric: Int] {
        let sources = cells.flatMap { $0.members.map(\.source) }
        var places: [UsageMetric: Int] = [:]
        for (place, metric) in UsageTotals.metrics.enumerated()
        where sources.contains(where: { $0.metricNames[metric] != nil }) {
            places[metric] = place
        }
        return places
    }

    /// The first minute that anything is known of.
    var firstKnown: Minute? { cells.flatMap(\.members).compactMap(\.firstKnown).min() }

    private static func cells(_ query: UsageQuery, _ catalog: StoreCatalog) -> [Cell] {
        let isByModelID =
            query.modelID != nil || query.groupBy.contains { $0 == .modelID || $0 == .profileName }
            || (query.isByCaller && !query.callerKind.needsLogs)
        var whole: Set<StoreCatalog.Pool.ID> = []
        return catalog.series.compactMap { series in
            let pool = series.pool.flatMap { catalog.pools[$0] }
            guard query.selects(series.key, pool?.pool) else { return nil }
            guard let pool, !isByModelID else {
                // Without a pool of its own, a part is counted with its whole.
                guard pool != nil || !series.isPart else { return nil }
                return Cell(
                    pool: pool, members: [series], parts: catalog.parts(of: series), isWholePool: false)
            }
            guard whole.insert(pool.id).inserted else { return nil }
            return Cell(pool: pool, members: pool.members, parts: pool.parts, isWholePool: true)
        }
    }

    private static func value(
        of series: StoreCatalog.Series, _ pool: QuotaPool?, _ dimension: UsageQuery.Dimension,
        _ kind: CallerKind,
        _ tags: [SeriesKey: String]
    ) -> String {
        switch dimension {
        case .account: series.key.account
        case .region: series.key.region
        case .scope: pool?.scope.rawValue ?? ""
        case .model: pool?.model ?? ""
        case .modelID: SeriesName(series.key.modelID).whole
        case .profileName: series.profileName ?? SeriesName(series.key.modelID).whole
        // What the logs tell apart is put in row by row.
        case .caller: kind.needsLogs ? "" : series.caller(kind, tags: tags)
        }
    }
}

extension UsageQuery {
    /// Whether a series, with its pool, is asked for.
    func selects(_ key: SeriesKey, _ pool: QuotaPool?) -> Bool {
        (account ?? key.account) == key.account && (region ?? key.region) == key.region
            && (modelID == nil || modelID == SeriesName(key.modelID).whole)
            && (scope == nil || scope == pool?.scope) && (model == nil || model == pool?.model)
    }
}
