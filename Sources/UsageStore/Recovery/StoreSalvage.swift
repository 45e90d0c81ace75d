import QuotaModel
import SQLite

/// Carries the rows of a damaged file into a new store, table by table, series and pools first, as others refer to them.
struct StoreSalvage {
    /// How far apart in minutes two rows of a table of times are, by table.
    private static let steps = [
        "minutes": 1, "coverage": 1, "five_minute_periods": 5, "five_minute_coverage": 5, "hour_periods": 60,
        "hour_coverage": 60, "series_hours": 60, "pool_hours": 60, "series_days": 1_440, "pool_days": 1_440,
    ]

    private let file: PageFile
    private let database: Database
    private let now: Int
    private let map: PointerMap
    private let pages: SchemaPages
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
    static func run(_ file: PageFile, into database: Database, now: Int) throws(StoreError) -> StoreSalvage {
        var salvage = try StoreSalvage(file, database, now)
        try database.run("BEGIN IMMEDIATE")
        for name in salvage.names { try salvage.carryOver(name) }
        try database.run("COMMIT")
        return salvage
    }

    private init(_ file: PageFile, _ database: Database, _ now: Int) throws(StoreError) {
        self.file = file
        self.database = database
        self.now = now
        map = PointerMap(pageCount: file.pageCount, page: file.page)
        pages = try SchemaPages(file, map: map, model: database)
        guard !pages.isForeign else {
            throw StoreError(
                cause: .foreignFile, attempt: "recover the store", path: file.path,
                reason: "the file is a database of another program")
        }
        try refuseNewer()
        names = try Self.tables(of: database)
    }

    /// All tables but the list of migrations, which is the new store's own.
    private static func tables(of database: Database) throws(StoreError) -> [String] {
        var names: [String] = []
        try database.query(
            """
            SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'migrations'
            ORDER BY name NOT IN ('series', 'pools'), rootpage
            """
        ) { row in names.append(row.text(0)) }
        return names
    }

    /// A single byte of the header is no proof: the list of migrations has to agree.
    private func refuseNewer() throws(StoreError) {
        guard let root = pages.root(of: "migrations") else { return }
        let sink = CollectedRows()
        try TreeWalk.run(
            StoredTree(root: root, isTable: true, keyColumns: 0), map: map, into: sink, page: file.page)
        let version = sink.rows.compactMap { row -> Int? in
            guard case .integer(let version)? = row.key.first else { return nil }
            return version
        }.max()
        guard let version, version > Schema.newestVersion else { return }
        throw StoreError(
            cause: .newerVersion, attempt: "recover the store", path: file.path,
            reason:
                "written by a newer version (schema \(version), this program knows up to \(Schema.newestVersion))"
        )
    }

    private mutating func carryOver(_ name: String) throws(StoreError) {
        guard let root = pages.root(of: name) else { return }
        let table = try SalvagedTable(name, in: database)
        let sink = TableSalvage(table, into: database, now: now)
        try TreeWalk.run(table.tree(root: root), map: map, into: sink, page: file.page)
        tables[name] = sink
        switch name {
        case "series": try checkNames(name, columns: ["account", "region", "model_id"], sink)
        case "pools": try checkNames(name, columns: ["account", "region", "scope", "model"], sink)
        case _: break
        }
    }

    // MARK: The indexes of unique names

    /// A table of names has them in its index as well: what one of the two has lost, the other gives. Rows of which the two
    /// tell different things are dropped, as all that hangs on them would go by a wrong name.
    private mutating func checkNames(
        _ name: String, columns: [String], _ sink: TableSalvage
    ) throws(StoreError) {
        guard let root = pages.root(of: "sqlite_autoindex_\(name)_1") else { return }
        let index = CollectedRows()
        try TreeWalk.run(
            StoredTree(root: root, isTable: false, keyColumns: columns.count), map: map, into: index,
            page: file.page)
        if index.isWhole { fullyNamed.insert(name) }
        for row in index.rows {
            guard row.values.count == columns.count + 1, case .integer(let id) = row.values[columns.count],
                let texts = Self.texts(row.values.dropLast()), texts.allSatisfy({ !$0.isEmpty })
            else { continue }
            let stored = try database.first(
                "SELECT \(columns.joined(separator: ", ")) FROM \(name) WHERE id = ?1", [.integer(id)]
            ) { row in columns.indices.map { row.text(Int32($0)) } }
            guard let stored else {
                if !sink.gaps.isEmpty { try add(id, texts, to: name, columns) }
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
