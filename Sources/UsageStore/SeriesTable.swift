import QuotaModel
import SQLite

/// Tables `series` and `discovered_metrics`: the model IDs of an account and Region, once seen never forgotten.
struct SeriesTable {
    struct Entry {
        let id: Int
        let modelID: String
        /// Minutes before were deleted by retention.
        let retainedFrom: Minute
        /// First minute covered at any resolution.
        var firstCovered: Minute?
        /// First minute with coverage or a datapoint at any resolution.
        var firstKnown: Minute?
    }

    /// What recording minutes has to know of a series.
    struct Known {
        let entry: Entry
        let pool: ScopedModel?
        /// Is mapped, to whatever.
        let isMapped: Bool
        /// The end of the newest longer period that is stored.
        let periodsEnd: Minute
    }

    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// Every series of the account and Region, by model ID.
    func known(account: String, region: String) throws(StoreError) -> [String: Known] {
        var known: [String: Known] = [:]
        try database.query(
            """
            SELECT id, model_id, retained_from, first_covered, first_known, scope, model, max(
                coalesce((SELECT max(start) + 300 FROM five_minute_periods WHERE series_id = s.id), 0),
                coalesce((SELECT max(start) + 3600 FROM hour_periods WHERE series_id = s.id), 0))
            FROM series AS s WHERE account = ?1 AND region = ?2
            """, [.text(account), .text(region)]
        ) { row in
            let entry = Entry(
                id: row.integer(0), modelID: row.text(1), retainedFrom: row.minute(2),
                firstCovered: row.isNull(3) ? nil : row.minute(3),
                firstKnown: row.isNull(4) ? nil : row.minute(4))
            let scope = row.optionalText(5)
            known[entry.modelID] = Known(
                entry: entry,
                pool: scope.flatMap(InferenceScope.init(rawValue:)).map {
                    ScopedModel(scope: $0, model: row.text(6))
                }, isMapped: scope != nil, periodsEnd: row.minute(7))
        }
        return known
    }

    private func find(account: String, region: String, modelID: String) throws(StoreError) -> Entry? {
        try database.first(
            """
            SELECT id, retained_from, first_covered, first_known FROM series
            WHERE account = ?1 AND region = ?2 AND model_id = ?3
            """, [.text(account), .text(region), .text(modelID)]
        ) { row in
            Entry(
                id: row.integer(0), modelID: modelID, retainedFrom: row.minute(1),
                firstCovered: row.isNull(2) ? nil : row.minute(2),
                firstKnown: row.isNull(3) ? nil : row.minute(3))
        }
    }

    /// The series, made when it is new: `first_seen` is then `time`.
    func findOrInsert(
        account: String, region: String, modelID: String, at time: Int
    ) throws(StoreError) -> (entry: Entry, isNew: Bool) {
        if let known = try find(account: account, region: region, modelID: modelID) { return (known, false) }
        // What retention has closed is closed for a newcomer, too: its pool's rollups are not made anew.
        let retainedFrom = try retainedFrom()
        try database.run(
            """
            INSERT INTO series (account, region, model_id, first_seen, last_seen, retained_from)
            VALUES (?1, ?2, ?3, ?4, ?4, ?5)
            """,
            [
                .text(account), .text(region), .text(modelID), .integer(time),
                .integer(retainedFrom.epochSeconds),
            ])
        return (Entry(id: database.lastInsertedRow, modelID: modelID, retainedFrom: retainedFrom), true)
    }

    /// Minutes before were deleted by retention, whatever the series.
    func retainedFrom() throws(StoreError) -> Minute {
        try database.first("SELECT max(retained_from) FROM series") { $0.minute(0) } ?? Minute(index: 0)
    }

    /// Moves the series' first minutes back where these are earlier.
    func note(known: Minute?, covered: Minute?, of entry: Entry) throws(StoreError) {
        for (column, new, old) in [
            ("first_known", known, entry.firstKnown), ("first_covered", covered, entry.firstCovered),
        ] {
            guard let new, new < old ?? StoreLimits.times.upperBound else { continue }
            try database.run(
                """
                UPDATE series SET \(column) = ?2 WHERE id = ?1 AND (\(column) IS NULL OR \(column) > ?2)
                """, [.integer(entry.id), .integer(new.epochSeconds)])
        }
    }

    /// Whether a model ID can be kept: not empty, not of hostile length.
    static func accepts(_ modelID: String) -> Bool {
        (1...StoreLimits.modelIDBytes).contains(modelID.utf8.count)
    }

    /// Every series of the account and Region, by model ID.
    func all(account: String, region: String) throws(StoreError) -> [Entry] {
        var entries: [Entry] = []
        try database.query(
            "SELECT id, model_id, retained_from FROM series WHERE account = ?1 AND region = ?2 ORDER BY model_id",
            [.text(account), .text(region)]
        ) { row in
            entries.append(
                Entry(id: row.integer(0), modelID: row.text(1), retainedFrom: row.minute(2)))
        }
        return entries
    }

    /// The IDs of all series of all accounts.
    func allIDs() throws(StoreError) -> [Int] {
        var ids: [Int] = []
        try database.query("SELECT id FROM series ORDER BY id") { row in
            ids.append(row.integer(0))
        }
        return ids
    }

    // MARK: Discovery

    func noteSeen(_ entry: Entry, metrics: Set<String>, at time: Int) throws(StoreError) {
        try database.run(
            "UPDATE series SET last_seen = ?2 WHERE id = ?1 AND last_seen < ?2",
            [.integer(entry.id), .integer(time)])
        for name in metrics.sorted() {
            try database.run(
                """
                INSERT INTO discovered_metrics VALUES (?1, ?2, ?3)
                ON CONFLICT DO UPDATE SET seen_at = excluded.seen_at WHERE seen_at < excluded.seen_at
                """, [.integer(entry.id), .text(name), .integer(time)])
        }
    }

    /// CloudWatch's names of the metrics that were listed for the series.
    func metrics(of entry: Entry) throws(StoreError) -> Set<String> {
        var names: Set<String> = []
        try database.query(
            "SELECT cloudwatch_name FROM discovered_metrics WHERE series_id = ?1", [.integer(entry.id)]
        ) { row in names.insert(row.text(0)) }
        return names
    }

    // MARK: Columns of a series

    /// Writes the pool that the model ID draws on, nil when it is not known; no effect on an unknown series. Returns
    /// whether that changed anything.
    func assign(
        _ pool: ScopedModel?, account: String, region: String, modelID: String
    ) throws(StoreError) -> Bool {
        if let pool {
            try database.run(
                """
                INSERT INTO pools (account, region, scope, model) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (
                    SELECT 1 FROM pools WHERE account = ?1 AND region = ?2 AND scope = ?3 AND model = ?4)
                """, [.text(account), .text(region), .text(pool.scope.rawValue), .text(pool.model)])
        }
        return try database.run(
            """
            UPDATE series SET scope = ?4, model = ?5
            WHERE account = ?1 AND region = ?2 AND model_id = ?3 AND (scope IS NOT ?4 OR model IS NOT ?5)
            """,
            [
                .text(account), .text(region), .text(modelID), SQLValue(text: pool?.scope.rawValue),
                SQLValue(text: pool?.model),
            ]) > 0
    }

    /// Writes the name of the inference profile that the model ID is; no effect on an unknown series.
    func name(_ name: String, account: String, region: String, modelID: String) throws(StoreError) {
        try database.run(
            """
            UPDATE series SET profile_name = ?4
            WHERE account = ?1 AND region = ?2 AND model_id = ?3 AND profile_name IS NOT ?4
            """, [.text(account), .text(region), .text(modelID), .text(name)])
    }

    /// Remembers that retention deletes what lies before the minute; the mark only moves forward.
    func retain(from minute: Minute) throws(StoreError) {
        try database.run(
            "UPDATE series SET retained_from = ?1 WHERE retained_from < ?1", [.integer(minute.epochSeconds)])
    }
}
