import QuotaModel
import SQLite

/// What callers used.
extension UsageStore {
    /// Records a window that was asked for: what its callers used, that it is read, what it cost. Whole or not at all; a window
    /// that is not asked for, such as one that was recorded before, changes nothing.
    package func recordCallers(_ record: CallerRecord) throws(StoreError) {
        try write("record the callers of \(record.window.account) in \(record.window.region)") {
            (database) throws(StoreError) in
            let windows = CallerWindowTable(database)
            guard try windows.close(record.window, .read, record.bytesScanned) else { return }
            try windows.spend(record.bytesScanned ?? 0, for: record.window)
            var recorder = CallerRecorder(record, database)
            try recorder.run()
            try CallerTotals(
                database, account: record.window.account, region: record.window.region
            ).count()
        }
    }
}

/// Writes the minutes of a window, the smaller callers of an hour together.
private struct CallerRecorder {
    private struct Row: Hashable, Comparable {
        let series: Int
        let minute: Minute
        let kind: String
        let caller: String

        static func < (a: Row, b: Row) -> Bool {
            (a.series, a.minute, a.kind, a.caller) < (b.series, b.minute, b.kind, b.caller)
        }
    }

    /// Within which callers compete for the names that are kept.
    private struct Contest: Hashable {
        /// Of one pool, or the one without a pool.
        let series: [Int]
        let hour: Minute
        let kind: String
    }

    private let record: CallerRecord
    private let database: Database
    private let series: SeriesTable
    private var callerIDs: [[String]: Int] = [:]

    init(_ record: CallerRecord, _ database: Database) {
        self.record = record
        self.database = database
        series = SeriesTable(database)
    }

    mutating func run() throws(StoreError) {
        var rows: [Row: CallerUse] = [:]
        let ids = try seriesIDs()
        let retained = try series.retainedFrom()
        for item in record.minutes where item.key.minute >= retained {
            guard let id = ids[item.key.model] else { continue }
            let row = Row(
                series: id, minute: item.key.minute, kind: item.key.kind,
                caller: Self.bounded(item.key.caller))
            rows[row, default: CallerUse()] += item.use
        }
        let weights = try QuotaTokenTable(database).weights(
            account: record.window.account, region: record.window.region)
        var kept: [Row: CallerUse] = [:]
        for (contest, rows) in try contests(rows) {
            let rate = contest.series.lazy.compactMap { weights[$0]?.rate }.first
            let names = try names(of: contest, rows, rate: rate ?? 1)
            for (row, use) in rows {
                let isKept = row.caller == CallerMinute.nobody || names.contains(row.caller)
                let shown = Row(
                    series: row.series, minute: row.minute, kind: row.kind,
                    caller: isKept ? row.caller : CallerMinute.others)
                kept[shown, default: CallerUse()] += use
            }
        }
        // In order, so that the same window makes the same store.
        for (row, use) in kept.sorted(by: { $0.key < $1.key }) { try write(row, use) }
    }

    /// CloudWatch's series of a model ID in whichever spelling it has been seen with; one that it has not listed yet is made.
    private func seriesIDs() throws(StoreError) -> [LoggedModelID: Int] {
        let (account, region) = (record.window.account, record.window.region)
        let known = Dictionary(
            try series.all(account: account, region: region).map { ($0.modelID, $0.id) },
            uniquingKeysWith: { first, _ in first })
        var ids: [LoggedModelID: Int] = [:]
        let models = Set(record.minutes.map(\.key.model))
        for model in models.sorted(by: { $0.spellings.lexicographicallyPrecedes($1.spellings) }) {
            if let id = model.spellings.lazy.compactMap({ known[$0] }).first {
                ids[model] = id
            } else if let modelID = model.spellings.last {
                let (entry, isNew) = try series.findOrInsert(
                    account: account, region: region, modelID: modelID, at: record.recordedAt)
                // Not on CloudWatch's list, which the newest time of all tells.
                if isNew {
                    try database.run(
                        "UPDATE series SET last_seen = 0 WHERE id = ?1", [.integer(entry.id)])
                }
                ids[model] = entry.id
            }
        }
        return ids
    }

    private func contests(_ rows: [Row: CallerUse]) throws(StoreError) -> [Contest: [Row: CallerUse]] {
        let groups = try poolMembers()
        var contests: [Contest: [Row: CallerUse]] = [:]
        for (row, use) in rows {
            let contest = Contest(
                series: groups[row.series] ?? [row.series], hour: row.minute.startOfHour, kind: row.kind)
            contests[contest, default: [:]][row] = use
        }
        return contests
    }

    /// All series of the pool of each series that has one.
    private func poolMembers() throws(StoreError) -> [Int: [Int]] {
        var pools: [[String]: [Int]] = [:]
        try database.query(
            """
            SELECT id, scope, model FROM series WHERE account = ?1 AND region = ?2 AND scope IS NOT NULL ORDER BY id
            """, [.text(record.window.account), .text(record.window.region)]
        ) { pools[[$0.text(1), $0.text(2)], default: []].append($0.integer(0)) }
        var members: [Int: [Int]] = [:]
        for ids in pools.values { for id in ids { members[id] = ids } }
        return members
    }

    /// Who has had a name in the hour keeps it; what is left of the names goes to the largest of the others.
    private func names(
        of contest: Contest, _ rows: [Row: CallerUse], rate: Double
    ) throws(StoreError) -> Set<String> {
        var names: Set<String> = []
        for id in contest.series {
            try database.query(
                """
                SELECT DISTINCT c.caller FROM caller_minutes AS m JOIN callers AS c ON c.id = m.caller_id
                WHERE m.series_id = ?1 AND m.minute >= ?2 AND m.minute < ?3 AND c.kind = ?4
                """,
                [
                    .integer(id), .integer(contest.hour.epochSeconds),
                    .integer(contest.hour.advanced(by: 60).epochSeconds), .text(contest.kind),
                ]
            ) { names.insert($0.text(0)) }
        }
        names.subtract([CallerMinute.nobody, CallerMinute.others])
        var sizes: [String: Double] = [:]
        for (row, use) in rows where row.caller != CallerMinute.nobody && !names.contains(row.caller) {
            sizes[row.caller, default: 0] += use.quotaTokens(rate: rate)
        }
        let largest = sizes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return names.union(largest.prefix(max(0, record.keep - names.count)).map(\.key))
    }

    private mutating func write(_ row: Row, _ use: CallerUse) throws(StoreError) {
        let caller = try callerID(row.kind, row.caller)
        try database.run(
            """
            INSERT INTO caller_minutes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)
            ON CONFLICT DO UPDATE SET invocations = excluded.invocations, input_tokens = excluded.input_tokens,
                output_tokens = excluded.output_tokens, cache_read_input_tokens = excluded.cache_read_input_tokens,
                cache_write_input_tokens = excluded.cache_write_input_tokens
            """,
            [.integer(row.series), .integer(row.minute.epochSeconds), .integer(caller)]
                + [
                    use.invocations, use.inputTokens, use.outputTokens, use.cacheReadInputTokens,
                    use.cacheWriteInputTokens,
                ].map { .integer($0) })
    }

    private mutating func callerID(_ kind: String, _ caller: String) throws(StoreError) -> Int {
        if let id = callerIDs[[kind, caller]] { return id }
        let id = try CallerNames(database, account: record.window.account, region: record.window.region)
            .id(kind, caller)
        callerIDs[[kind, caller]] = id
        return id
    }

    private static func bounded(_ name: String) -> String {
        guard name.utf8.count > StoreLimits.callerNameBytes else { return name }
        // Cut between characters, so that the text stays valid.
        var cut = name
        while cut.utf8.count > StoreLimits.callerNameBytes - 3 { cut.removeLast() }
        return cut + "…"
    }
}

/// Table `callers`.
struct CallerNames {
    private let database: Database
    private let account: String
    private let region: String

    init(_ database: Database, account: String, region: String) {
        self.database = database
        self.account = account
        self.region = region
    }

    /// Made when it is new.
    func id(_ kind: String, _ caller: String) throws(StoreError) -> Int {
        let values: [SQLValue] = [.text(account), .text(region), .text(kind), .text(caller)]
        let known = try database.first(
            "SELECT id FROM callers WHERE account = ?1 AND region = ?2 AND kind = ?3 AND caller = ?4", values
        ) { $0.integer(0) }
        if let known { return known }
        try database.run(
            "INSERT INTO callers (account, region, kind, caller) VALUES (?1, ?2, ?3, ?4)", values)
        return database.lastInsertedRow
    }
}
