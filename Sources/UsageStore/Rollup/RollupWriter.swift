import QuotaModel
import SQLite

/// Makes rollups from what is stored. Call inside a transaction.
struct RollupWriter {
    let database: Database
    let catalog: StoreCatalog
    private let stale: StaleRollups
    private var newestKnown: Minute?

    /// - Parameter place: The Region of all owners; nil where there may be others.
    init(_ database: Database, of place: RegionKey? = nil) throws(StoreError) {
        self.database = database
        catalog = try StoreCatalog(database, of: place)
        stale = StaleRollups(database)
    }

    /// Makes the owner's hours of a range of whole hours anew, and then the days that hold them.
    func roll(_ owner: RollupOwner, hours range: Range<Minute>) throws(StoreError) {
        var start = range.lowerBound
        while start < range.upperBound {
            // A day at a time bounds the memory.
            let end = min(range.upperBound, start.startOfDay.advanced(by: 1440))
            try rollHours(owner, start..<end)
            try rollDay(owner, start.startOfDay)
            start = end
        }
    }

    // MARK: Hours

    private func rollHours(_ owner: RollupOwner, _ range: Range<Minute>) throws(StoreError) {
        let pieces = Pieces(hoursOf: range)
        let table = RollupTable(database, .hour)
        var whole = MinuteValues(range)
        let pool = pool(of: owner)
        var parts: [Int: MinuteValues] = [:]
        for part in pool?.parts ?? [] {
            var scan = SeriesScan(database, series: part.id, pool: pool, pieces: pieces)
            parts[part.id] = try scan.read(range)
        }
        for series in catalog.members(of: owner) {
            var scan = SeriesScan(database, series: series.id, pool: pool, pieces: pieces)
            var values = try scan.read(range)
            whole.add(values)
            for part in catalog.parts(of: series) { if let part = parts[part.id] { values.subtract(part) } }
            // Sums are those of the series: parts are taken out of them when they are read.
            let uses = values.measure(pool, in: pieces)
            for piece in 0..<pieces.count {
                let hour = pieces[piece].lowerBound
                guard try mayReplace(series: series.id, hour) else { continue }
                try table.write(series: series.id, hour, scan.sums[piece], uses[piece])
            }
        }
        guard case .pool(let id) = owner else { return }
        for part in parts.values { whole.subtract(part) }
        let uses = whole.measure(pool, in: pieces)
        for piece in 0..<pieces.count where pieces[piece].lowerBound >= catalog.frozenBefore {
            try table.write(pool: id, pieces[piece].lowerBound, uses[piece])
        }
    }

    /// Hours whose minutes were deleted keep their rollup; one that never had minutes may still get longer periods.
    private func mayReplace(series id: Int, _ hour: Minute) throws(StoreError) -> Bool {
        guard hour < catalog.frozenBefore else { return true }
        var known = 0
        try RollupTable(database, .hour).readSums(series: id, hour..<hour.advanced(by: 1)) {
            known = $1.known
        }
        return known == 0
    }

    private func pool(of owner: RollupOwner) -> StoreCatalog.Pool? {
        switch owner {
        case .pool(let id): catalog.pools[id]
        case .series: nil
        }
    }

    // MARK: Days

    /// A day is what its hours add up to.
    func rollDay(_ owner: RollupOwner, _ day: Minute) throws(StoreError) {
        let hours = RollupTable(database, .hour)
        let days = RollupTable(database, .day)
        let range = day..<day.advanced(by: 1440)
        for series in catalog.members(of: owner) {
            var sums = SeriesSums()
            var use = MinuteUse()
            try hours.readSeries(series.id, range) {
                sums.add($1)
                use.merge($2)
            }
            try days.write(series: series.id, day, sums, use)
        }
        guard case .pool(let id) = owner else { return }
        var use = MinuteUse()
        try hours.readPool(id, range) { use.merge($1) }
        try days.write(pool: id, day, use)
    }

    // MARK: Stale hours

    /// Makes the oldest stale hours of the owner anew, at most so many; returns how many.
    mutating func rollStale(_ owner: RollupOwner, _ range: Range<Minute>, atMost hours: Int)
        throws(StoreError) -> Int
    {
        let range = max(range.lowerBound, min(catalog.frozenBefore, range.upperBound))..<range.upperBound
        let end = min(range.upperBound, range.lowerBound.advanced(by: max(0, hours) * 60))
        try rollAnew(owner, hours: range.lowerBound..<end)
        try stale.set(end..<range.upperBound, of: owner)
        return range.lowerBound.distance(to: end) / 60
    }

    /// Makes hours anew of which pools, limits or rates may have changed, and so may causes of throttling.
    private mutating func rollAnew(_ owner: RollupOwner, hours range: Range<Minute>) throws(StoreError) {
        try roll(owner, hours: range)
        try judgeAnew(owner, hours: range)
    }

    private mutating func judgeAnew(_ owner: RollupOwner, hours range: Range<Minute>) throws(StoreError) {
        guard case .pool(let id) = owner, !range.isEmpty else { return }
        // By the data's clock: of the daemon's the store knows nothing.
        if newestKnown == nil { newestKnown = try MinuteTable(database).newestKnown() }
        let newest = newestKnown ?? range.upperBound
        var recorder = EpisodeRecorder(database, catalog, at: newest.advanced(by: 1).epochSeconds)
        try recorder.judge(id, range)
    }

    /// Makes stale hours anew, of one Region, the one with the oldest, at most so many; returns how many.
    ///
    /// The hour of the store's newest minute stays marked, see `settle`.
    static func rollStep(atMost hours: Int, in database: Database) throws(StoreError) -> Int {
        var stale = try StaleRollups(database).all()
        guard !stale.isEmpty else { return 0 }
        if let newest = try MinuteTable(database).newestKnown()?.startOfHour {
            stale = stale.filter { $0.value.lowerBound < newest }
        }
        var left = stale.sorted { $0.value.lowerBound < $1.value.lowerBound }
        var made = 0
        // While the store keeps up there is nothing to make. The catalog of all Regions would take longer than the hours. A
        // Region of which only the marks had to go is not all there was to do.
        while made == 0, hours > 0, let first = left.first?.key {
            var writer = try RollupWriter(database, of: try first.place(in: database))
            let owners = writer.catalog.owners.union([first])
            for (owner, range) in left where owners.contains(owner) && made < hours {
                made += try writer.rollStale(owner, range, atMost: hours - made)
            }
            left.removeAll { owners.contains($0.key) }
        }
        return made
    }

    /// Brings the rollups in line with hours of the owner that a record has just changed.
    ///
    /// The hour of the newest minute is only marked, as it changes with every poll; it is made when the next begins.
    mutating func settle(_ owner: RollupOwner, touched: MinuteRanges) throws(StoreError) {
        let marked = try stale.range(of: owner)
        let open = try openHour(of: owner)
        var rest = touched
        if let marked { rest.subtract(marked) }
        rest.subtract(open..<open.advanced(by: 60))
        for range in rest.ranges {
            if range.count <= Self.longestRecord {
                try roll(owner, hours: range)
            } else {
                try stale.mark(range, of: owner)
            }
        }
        guard touched.contains(open) else { return }
        if let marked, marked.upperBound <= open,
            marked.lowerBound.distance(to: open) <= Self.settledHours * 60
        {
            try rollAnew(owner, hours: marked.lowerBound..<marked.upperBound)
            try stale.set(nil, of: owner)
        }
        try stale.mark(open..<open.advanced(by: 60), of: owner)
    }

    /// Longer than the 455 days that CloudWatch has; what claims to be is left to `rollStep` as well.
    private static let longestRecord = 500 * 1440

    /// Older marks than these are left to `rollStep`, so that a poll never waits for them.
    private static let settledHours = 3

    /// The hour of the owner's newest minute.
    func openHour(of owner: RollupOwner) throws(StoreError) -> Minute {
        var newest = Minute(index: 0)
        for series in catalog.members(of: owner) {
            guard let extent = try stale.extent(ofSeries: series.id) else { continue }
            newest = max(newest, extent.upperBound.advanced(by: -1))
        }
        return newest.startOfHour
    }
}

/// The hours that a record changes, by series.
struct TouchedHours {
    private var hours: [Int: MinuteRanges] = [:]

    mutating func note(_ series: Int, _ range: Range<Minute>) {
        guard !range.isEmpty else { return }
        hours[series, default: MinuteRanges()].insert(
            range.lowerBound.startOfHour..<range.upperBound.endOfHour)
    }

    /// Brings the rollups in line, in the record's own transaction.
    ///
    /// - Parameter place: Of all the series.
    func settle(in database: Database, of place: RegionKey) throws(StoreError) {
        // Mostly the open hour changes, which is marked already; then there is no reason to read the catalog.
        let unmarked = try StaleRollups(database).unmarked(hours, of: place)
        guard !unmarked.isEmpty else { return }
        var writer = try RollupWriter(database, of: place)
        var owners: [RollupOwner: MinuteRanges] = [:]
        for series in writer.catalog.series {
            guard let ranges = hours[series.id] else { continue }
            owners[RollupOwner(of: series), default: MinuteRanges()].insert(ranges)
            if let whole = writer.catalog.poolOfWhole(of: series) {
                owners[.pool(whole), default: MinuteRanges()].insert(ranges)
            }
        }
        for (owner, ranges) in owners.sorted(by: { $0.key.number < $1.key.number }) {
            try writer.settle(owner, touched: ranges)
        }
    }
}
