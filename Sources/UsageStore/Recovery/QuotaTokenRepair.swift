import QuotaModel
import SQLite

/// What `TotalsRepair` does, for quota tokens: weighed by the rates of now, as minutes that are read again will be.
struct QuotaTokenRepair {
    private let database: Database
    private let table: QuotaTokenTable
    private var weights: [Int: QuotaTokenTable.Weight] = [:]

    init(_ database: Database) throws(StoreError) {
        self.database = database
        table = QuotaTokenTable(database)
        var places: [(account: String, region: String)] = []
        try database.query("SELECT DISTINCT account, region FROM series") { row in
            places.append((row.text(0), row.text(1)))
        }
        for place in places {
            weights.merge(try table.weights(account: place.account, region: place.region)) { _, new in new }
        }
    }

    /// All that is missing will be counted again: the sum is that of what is there.
    func setToStored(series id: Int) throws(StoreError) {
        guard let weight = weights[id] else { return }
        try table.lower(
            series: id, weight.pool, to: stored(id, StoreLimits.times, weight.rate) { $0.isCounted })
    }

    /// What is missing of an hour is what its rollup counts above the minutes that are there.
    func subtract(series id: Int, hour: Minute) throws(StoreError) {
        guard let weight = weights[id] else { return }
        let whole = try database.first(
            """
            SELECT coalesce(fixed_quota_tokens, 0) + coalesce(burned_output_tokens, 0) * ?3 FROM series_hours
            WHERE series_id = ?1 AND start = ?2
            """, [.integer(id), .integer(hour.epochSeconds), .real(weight.rate)]
        ) { $0.double(0) }
        guard let whole else { return }
        let left = try stored(id, hour..<hour.advanced(by: 60), weight.rate) { _ in true }
        try table.lower(series: id, weight.pool, by: whole - left)
    }

    /// Lost sums of a series that lacks no minute.
    func makeAnew(series id: Int) throws(StoreError) {
        guard let weight = weights[id] else { return }
        try table.restore(
            series: id, weight.pool, stored(id, StoreLimits.times, weight.rate) { $0.isCounted })
    }

    private func stored(
        _ id: Int, _ range: Range<Minute>, _ rate: Double, where isWanted: (MinuteTable.Stored) -> Bool
    ) throws(StoreError) -> Double {
        var sum = 0.0
        try MinuteTable(database).read(series: id, range) { (_, row) throws(StoreError) in
            if isWanted(row) { sum += QuotaTokens(of: row.usage, rate: rate)?.value ?? 0 }
        }
        return sum
    }
}
