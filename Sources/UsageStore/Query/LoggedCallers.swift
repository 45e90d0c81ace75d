import QuotaModel
import SQLite

/// Reads what the invocation logs told of callers: tables `callers`, `caller_minutes` and `caller_windows`.
struct LoggedCallers {
    private let database: Database
    private let kind: CallerKind

    init(_ database: Database, _ kind: CallerKind) {
        self.database = database
        self.kind = kind
    }

    /// The minutes of a range that the logs were read for with this kind. Windows are disjoint.
    func read(account: String, region: String, in range: Range<Minute>) throws(StoreError) -> MinuteRanges {
        var read = MinuteRanges()
        try database.query(
            """
            SELECT start, "end" FROM caller_windows AS w
            WHERE account = ?1 AND region = ?2 AND start < ?4 AND "end" > ?3 AND start >= coalesce(
                (SELECT max(start) FROM caller_windows WHERE account = ?1 AND region = ?2 AND start <= ?3), ?3)
                AND state = 'read' AND json_valid(kinds)
                AND EXISTS (SELECT 1 FROM json_each(w.kinds) WHERE value = ?5)
            """,
            [
                .text(account), .text(region), .integer(range.lowerBound.epochSeconds),
                .integer(range.upperBound.epochSeconds), .text(kind.text),
            ]
        ) { row in
            // Whole minutes: what a window cuts is not read.
            let start = Minute(containingEpochSeconds: row.integer(0).advanced(by: 59))
            let window = start..<max(start, row.minute(1))
            let part = window.clamped(to: range)
            if !part.isEmpty { read.insert(part) }
        }
        return read
    }

    /// Calls `body` with each caller's part of each minute, ascending by minute.
    func minutes(
        series id: Int, _ range: Range<Minute>,
        _ body: (_ minute: Minute, _ caller: Int, _ usage: UsageMinute) throws(StoreError) -> Void
    ) throws(StoreError) {
        try database.query(
            """
            SELECT m.minute, m.caller_id, m.invocations, m.input_tokens, m.output_tokens, m.cache_read_input_tokens,
                m.cache_write_input_tokens
            FROM caller_minutes AS m CROSS JOIN callers AS c ON c.id = m.caller_id
            WHERE m.series_id = ?1 AND m.minute >= ?2 AND m.minute < ?3 AND c.kind = ?4 ORDER BY m.minute
            """,
            [
                .integer(id), .integer(range.lowerBound.epochSeconds),
                .integer(range.upperBound.epochSeconds), .text(kind.text),
            ]
        ) { (row) throws(StoreError) in
            let minute = row.minute(0)
            // A damaged table answers with keys that were not asked for.
            guard range.contains(minute) else { return }
            var usage = UsageMinute()
            for (column, metric) in Self.metrics.enumerated() {
                usage[metric] = row.double(Int32(column + 2))
            }
            try body(minute, row.integer(1), usage)
        }
    }

    /// What the logs tell of a caller, in the order of the columns above.
    static let metrics: [UsageMetric] = [
        .invocations, .inputTokens, .outputTokens, .cacheReadInputTokens, .cacheWriteInputTokens,
    ]

    /// The callers' names by their IDs.
    func names(account: String, region: String) throws(StoreError) -> [Int: String] {
        var names: [Int: String] = [:]
        try database.query(
            "SELECT id, caller FROM callers WHERE account = ?1 AND region = ?2 AND kind = ?3",
            [.text(account), .text(region), .text(kind.text)]
        ) { names[$0.integer(0)] = $0.text(1) }
        return names
    }

    /// The value of the kind's tag of each application profile among the series that has it.
    func tags(_ catalog: StoreCatalog) throws(StoreError) -> [SeriesKey: String] {
        guard case .tag(let key) = kind else { return [:] }
        var values: [SeriesKey: String] = [:]
        for (place, series) in Dictionary(grouping: catalog.series, by: \.key.place) {
            let archive = InventoryArchive(database, account: place.account, region: place.region)
            let profiles = try archive.profiles().reduce(into: [:]) { $0[$1.id] = $1 }
            // Only tags that the configuration names are read: of one that no profile has, nothing is known.
            let isRead = profiles.values.contains { $0.tags?[key] != nil }
            for one in series {
                guard let tags = one.applicationProfile.flatMap({ profiles[$0]?.tags }), isRead else {
                    continue
                }
                values[one.key] = tags[key] ?? CallerRow.none
            }
        }
        return values
    }

    /// What there is of callers in a query's selection.
    static func sources(_ query: UsageQuery, in database: Database) throws(StoreError) -> CallerSources {
        let catalog = try StoreCatalog(database)
        var sources = CallerSources()
        var kinds: Set<String> = []
        var newestUnknown = 0
        let selected = catalog.series.filter {
            query.selects($0.key, $0.pool.flatMap { catalog.pools[$0]?.pool })
        }
        for (place, series) in Dictionary(grouping: selected, by: \.key.place) {
            let values: [SQLValue] = [.text(place.account), .text(place.region)]
            try database.query(
                """
                SELECT kind FROM callers WHERE account = ?1 AND region = ?2 GROUP BY kind
                UNION SELECT value FROM json_each((SELECT kinds FROM caller_windows
                    WHERE account = ?1 AND region = ?2 AND json_valid(kinds) ORDER BY start DESC LIMIT 1))
                """, values
            ) { if CallerKind($0.text(0))?.needsLogs == true { kinds.insert($0.text(0)) } }
            let used = Set(series.compactMap(\.applicationProfile))
            if !used.isEmpty {
                if !query.callerKind.needsLogs { sources.callerCount = max(sources.callerCount, used.count) }
                kinds.insert(CallerKind.profile.text)
                let profiles = try InventoryArchive(database, account: place.account, region: place.region)
                    .profiles()
                for profile in profiles where used.contains(profile.id) {
                    for key in (profile.tags ?? [:]).keys {
                        kinds.insert(CallerKind.tag(key: key).text)
                    }
                }
            }
            try database.query(
                "SELECT count(*) FROM callers WHERE account = ?1 AND region = ?2 AND kind = ?3",
                values + [.text(query.callerKind.text)]
            ) { sources.callerCount = max(sources.callerCount, $0.integer(0)) }
            try database.query(
                """
                SELECT state, count(*), reason, max(start) FROM caller_windows
                WHERE account = ?1 AND region = ?2 AND start < ?4 AND "end" > ?3 GROUP BY state
                """,
                values + [
                    .integer(query.range.lowerBound.epochSeconds),
                    .integer(query.range.upperBound.epochSeconds),
                ]
            ) { row in
                switch row.text(0) {
                case "read": sources.windowsRead += row.integer(1)
                case "unknown":
                    sources.windowsUnknown += row.integer(1)
                    guard row.integer(3) >= newestUnknown else { return }
                    newestUnknown = row.integer(3)
                    sources.lastReason = row.optionalText(2)
                case _: break
                }
            }
        }
        sources.kinds = kinds.sorted()
        return sources
    }
}

/// What the logs told of one caller's use of a pool since the store began.
package struct CallerTotal: Equatable, Sendable {
    package let pool: ScopedModel
    package let kind: String
    package let caller: String
    package let quotaTokens: Double

    package init(pool: ScopedModel, kind: String, caller: String, quotaTokens: Double) {
        self.pool = pool
        self.kind = kind
        self.caller = caller
        self.quotaTokens = quotaTokens
    }

    /// By pool, kind and caller.
    static func read(account: String, region: String, in database: Database) throws(StoreError)
        -> [CallerTotal]
    {
        var totals: [CallerTotal] = []
        try database.query(
            """
            SELECT p.scope, p.model, c.kind, c.caller, t.quota_tokens
            FROM pools AS p JOIN caller_totals AS t ON t.pool_id = p.id JOIN callers AS c ON c.id = t.caller_id
            WHERE p.account = ?1 AND p.region = ?2 ORDER BY p.scope, p.model, c.kind, c.caller
            """, [.text(account), .text(region)]
        ) { row in
            guard let scope = InferenceScope(rawValue: row.text(0)) else { return }
            totals.append(
                CallerTotal(
                    pool: ScopedModel(scope: scope, model: row.text(1)), kind: row.text(2),
                    caller: row.text(3),
                    quotaTokens: row.double(4)))
        }
        return totals
    }
}

extension StoreCatalog.Series {
    /// The ID of the application inference profile that the series is of; nil for others.
    var applicationProfile: String? {
        guard case .applicationProfile(let id) = ModelID(SeriesName(key.modelID).modelID),
            source.namespace == UsageSource.runtime.namespace
        else { return nil }
        return id
    }

    /// The caller that the series as a whole is of, for kinds that need no logs.
    func caller(_ kind: CallerKind, tags: [SeriesKey: String]) -> String {
        guard let id = applicationProfile else { return CallerRow.noProfile }
        return kind == .profile ? profileName ?? id : tags[key] ?? CallerRow.unknownTags
    }
}
