import CSQLite
import QuotaModel
import SQLite

/// Carries the rows of a damaged store into a new one, table by table, series and pools first, as others refer to them.
struct StoreSalvage {
    /// How far apart in minutes two rows of a table of times are, by table.
    private static let steps = [
        "minutes": 1, "coverage": 1, "five_minute_periods": 5, "five_minute_coverage": 5, "hour_periods": 60,
        "hour_coverage": 60, "series_hours": 60, "pool_hours": 60, "series_days": 1_440, "pool_days": 1_440,
    ]

    private let source: Database
    private let database: Database
    private let now: Int
    private(set) var tables: [String: TableSalvage] = [:]
    private(set) var names: [String] = []
    /// What is to be told beside the tables.
    private(set) var notes: [String] = []
    /// Tables of names whose index is whole, so that no name is lost.
    private(set) var fullyNamed: Set<String> = []
    /// Pools, their members, limits or rates may not be what they were: rollups must not be made by them.
    var arePoolsDoubtful: Bool {
        if !seriesByIndex.isEmpty || hasDroppedNames { return true }
        return ["series", "pools", "quota_values", "burndown_rates"].contains { name in
            !fullyNamed.contains(name) && !(tables[name]?.gaps.isEmpty ?? true)
        }
    }

    private var hasDroppedNames = false
    /// Series that only the index knew.
    private(set) var seriesByIndex: [Int] = []

    /// Call outside a transaction.
    static func run(
        from source: Database, into database: Database, now: Int
    ) throws(StoreError) -> StoreSalvage {
        var salvage = StoreSalvage(source, database, now)
        salvage.names = try Self.tables(of: database)
        try database.run("BEGIN IMMEDIATE")
        for name in salvage.names { try salvage.carryOver(name) }
        try database.run("COMMIT")
        return salvage
    }

    private init(_ source: Database, _ database: Database, _ now: Int) {
        self.source = source
        self.database = database
        self.now = now
    }

    /// All tables but the list of migrations, which is the new store's own.
    private static func tables(of database: Database) throws(StoreError) -> [String] {
        var names: [String] = []
        try database.query(
            """
            SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'migrations'
            ORDER BY name NOT IN ('series', 'pools', 'callers'), rootpage
            """
        ) { row in names.append(row.text(0)) }
        return names
    }

    private mutating func carryOver(_ name: String) throws(StoreError) {
        let table = try SalvagedTable(name, in: database)
        tables[name] = try TableSalvage.run(
            table, try line(of: table), from: source, into: database, now: now)
        switch name {
        case "series": try checkNames(name, columns: ["account", "region", "model_id"])
        case "pools": try checkNames(name, columns: ["account", "region", "scope", "model"])
        case _: break
        }
    }

    /// How the table is stepped through; nil when its key begins with text.
    private func line(of table: SalvagedTable) throws(StoreError) -> KeyLine? {
        let ownsByPool = table.name.hasPrefix("pool_")
        let largest = try database.first("SELECT max(id) FROM \(ownsByPool ? "pools" : "series")") {
            $0.integer(0)
        }
        let idsEnd = (largest ?? 0) + 1
        if let step = Self.steps[table.name] {
            return KeyLine(times: try knownTimes(), stepMinutes: step, idsBelow: idsEnd)
        }
        if table.name == "caller_minutes" {
            return KeyLine(times: try knownTimes(), stepMinutes: 1, idsBelow: idsEnd)
        }
        switch table.numericKeyColumns {
        case 0: return nil
        case 1 where table.columns.first?.name == "series_id": return KeyLine(numbersBelow: idsEnd)
        case _: return KeyLine(numbersBelow: RowChecks.largestID)
        }
    }

    /// From the first minute that any series knows to the latest time that is believed.
    private func knownTimes() throws(StoreError) -> Range<Minute> {
        // A series that only the index knew has no date; one without any other was only listed.
        let first =
            seriesByIndex.isEmpty
            ? try database.first("SELECT min(first_known) FROM series") { $0.isNull(0) ? nil : $0.minute(0) }
                ?? nil
            : StoreLimits.times.lowerBound
        let end = Minute(containingEpochSeconds: RowChecks.latestTime(now: now))
        return min(first ?? end, end)..<end
    }

    // MARK: The indexes of unique names

    /// A table of names has them in its index as well: what one of the two has lost, the other gives. Rows of which the two
    /// tell different things are dropped, as all that hangs on them would go by a wrong name.
    private mutating func checkNames(_ name: String, columns: [String]) throws(StoreError) {
        let (entries, isWhole) = try readIndex(of: name, columns)
        if isWhole { fullyNamed.insert(name) }
        for (id, texts) in entries where texts.allSatisfy({ !$0.isEmpty }) {
            let stored = try database.first(
                "SELECT \(columns.joined(separator: ", ")) FROM \(name) WHERE id = ?1", [.integer(id)]
            ) { row in columns.indices.map { row.text(Int32($0)) } }
            guard let stored else {
                if tables[name]?.gaps.isEmpty == false { try add(id, texts, to: name, columns) }
                continue
            }
            guard stored != texts else { continue }
            try database.run("DELETE FROM \(name) WHERE id = ?1", [.integer(id)])
            fullyNamed.remove(name)
            hasDroppedNames = true
            notes.append(
                "\(name) \(id) is \(stored.joined(separator: " ")) in its table and \(texts.joined(separator: " ")) in its index: dropped with all its rows"
            )
        }
    }

    /// What the index alone tells, read from both ends.
    private func readIndex(
        of name: String, _ columns: [String]
    ) throws(StoreError) -> (entries: [Int: [String]], isWhole: Bool) {
        var entries: [Int: [String]] = [:]
        for direction in ["", " DESC"] {
            let order = columns.map { $0 + direction }.joined(separator: ", ")
            do {
                try source.query(
                    """
                    SELECT id, \(columns.joined(separator: ", ")) FROM \(name)
                    INDEXED BY sqlite_autoindex_\(name)_1 ORDER BY \(order)
                    """
                ) { row in
                    let values = (0...columns.count).compactMap { row.value(Int32($0)) }
                    guard values.count == columns.count + 1, case .integer(let id) = values[0],
                        let texts = Self.texts(values.dropFirst())
                    else { return }
                    entries[id] = texts
                }
                return (entries, direction.isEmpty)
            } catch {
                guard error.isDamaged || error.isOutOfMemory || error.cause == .sqlite(code: SQLITE_ERROR)
                else { throw error }
            }
        }
        return (entries, false)
    }

    private static func texts(_ values: ArraySlice<SQLValue>) -> [String]? {
        var texts: [String] = []
        for value in values {
            guard case .text(let text) = value else { return nil }
            texts.append(text)
        }
        return texts
    }

    private mutating func add(
        _ id: Int, _ texts: [String], to name: String, _ columns: [String]
    ) throws(StoreError) {
        var names = ["id"] + columns
        var values = [.integer(id)] + texts.map(SQLValue.text)
        if name == "series" {
            names += ["first_seen", "last_seen", "retained_from"]
            let retained = try SeriesTable(database).retainedFrom()
            values += [.integer(0), .integer(0), .integer(retained.epochSeconds)]
        }
        let places = Array(repeating: "?", count: names.count).joined(separator: ", ")
        do {
            try database.run(
                "INSERT INTO \(name) (\(names.joined(separator: ", "))) VALUES (\(places))", values)
        } catch {
            guard error.isConstraint else { throw error }
            return
        }
        if name == "series" { seriesByIndex.append(id) }
        notes.append("\(texts.joined(separator: " ")) was found by the index of \(name) alone")
    }

    // MARK: What is missing

    /// Times that may be missing from a table; nothing for a table of other keys.
    func lostTimes(_ name: String) throws(StoreError) -> LostTimes {
        guard let table = tables[name], let step = Self.steps[name] else { return LostTimes() }
        let gaps = table.gaps
        guard !gaps.isEmpty else { return LostTimes() }
        return LostTimes(
            gaps, stepMinutes: step, horizons: try horizons(ofPools: name.hasPrefix("pool_"), step: step))
    }

    /// From the first that was ever known of a series, or of a pool's, to now; nothing of one that was only listed.
    private func horizons(ofPools: Bool, step: Int) throws(StoreError) -> [Int: Range<Minute>] {
        let present = Minute(containingEpochSeconds: now)
        let end = max(present, try MinuteTable(database).newestKnown() ?? present).advanced(by: 1)
        var horizons: [Int: Range<Minute>] = [:]
        for series in try StoreCatalog(database).series {
            let isUndated = seriesByIndex.contains(series.id)
            guard let known = isUndated ? StoreLimits.times.lowerBound : series.firstKnown,
                let id = ofPools ? series.pool : series.id
            else { continue }
            // What holds the first minute may begin before it.
            let start = Minute(index: known.index / step * step)
            guard start < end else { continue }
            horizons[id] = horizons[id]?.hull(with: start..<end) ?? start..<end
        }
        return horizons
    }

    /// Tables whose rows are single times of series or pools.
    static func isOfTimes(_ name: String) -> Bool { steps[name] != nil }
}
