import QuotaModel
import SQLite

/// What a recovery has kept, and what is missing as far as it is known.
package struct RecoveryReport: Equatable, Sendable {
    package struct Table: Equatable, Sendable {
        package let name: String
        package var keptRows: Int
        /// Rows that were read and could not be true.
        package var refusedRows: Int
        /// Places where rows are missing or may be, in words.
        package var losses: [String] = []
    }

    package var tables: [Table] = []
    /// Minutes of which it is no longer known whether there was traffic, by model ID.
    package var uncovered: [(key: SeriesKey, ranges: MinuteRanges)] = []
    /// The log cannot be read to its end, so that the last transactions are missing.
    package var isLogDamaged = false
    package var notes: [String] = []

    package init() {}

    /// Nothing is missing that was not made anew.
    package var isComplete: Bool {
        !isLogDamaged && uncovered.isEmpty && tables.allSatisfy { $0.losses.isEmpty && $0.refusedRows == 0 }
    }

    package var keptRows: Int { tables.reduce(0) { $0 + $1.keptRows } }

    /// The first minute that is no longer covered.
    package var firstUncovered: Minute? { uncovered.compactMap { $0.ranges.span?.lowerBound }.min() }

    package static func == (a: Self, b: Self) -> Bool {
        a.tables == b.tables && a.isLogDamaged == b.isLogDamaged && a.notes == b.notes
            && a.uncovered.map(\.key) == b.uncovered.map(\.key)
            && a.uncovered.map(\.ranges) == b.uncovered.map(\.ranges)
    }
}

/// Words for what is missing from a table.
struct LossText {
    /// A table whose every second page is gone would fill the screen.
    private static let mostLines = 20

    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// One line for each gap of a table that is not sorted by times.
    func lines(_ gaps: [TableSalvage.Gap]) -> [String] {
        bounded(
            gaps.map { gap in
                switch (gap.after, gap.before) {
                case (nil, nil): "all rows"
                case (let after?, nil): "rows after \(text(after))"
                case (nil, let before?): "rows before \(text(before))"
                case (let after?, let before?): "rows between \(text(after)) and \(text(before))"
                }
            })
    }

    /// One line for each stretch of time of a series or pool.
    func lines(_ lost: LostTimes, ofPools: Bool) throws(StoreError) -> [String] {
        var lines: [String] = []
        for (id, ranges) in lost.byID.sorted(by: { $0.key < $1.key }) {
            let name = try name(id, ofPool: ofPools)
            for range in ranges.ranges { lines.append("\(name) \(try text(range))") }
        }
        return bounded(lines)
    }

    func text(_ range: Range<Minute>) throws(StoreError) -> String {
        "from \(try time(range.lowerBound)) to \(try time(range.upperBound))"
    }

    private func bounded(_ lines: [String]) -> [String] {
        guard lines.count > Self.mostLines else { return lines }
        return lines.prefix(Self.mostLines) + ["and \(lines.count - Self.mostLines) more places"]
    }

    private func text(_ key: [SQLValue]) -> String {
        key.map { value in
            switch value {
            case .null: "NULL"
            case .integer(let integer): "\(integer)"
            case .real(let real): "\(real)"
            case .text(let text): text.isEmpty ? "-" : text
            }
        }.joined(separator: " ")
    }

    private func name(_ id: Int, ofPool: Bool) throws(StoreError) -> String {
        let sql =
            ofPool
            ? "SELECT account || ' ' || region || ' ' || scope || ' ' || model FROM pools WHERE id = ?1"
            : "SELECT account || ' ' || region || ' ' || model_id FROM series WHERE id = ?1"
        return try database.first(sql, [.integer(id)]) { $0.text(0) } ?? "number \(id)"
    }

    private func time(_ minute: Minute) throws(StoreError) -> String {
        guard minute > StoreLimits.times.lowerBound else { return "the beginning" }
        return try database.first(
            "SELECT strftime('%Y-%m-%dT%H:%MZ', ?1, 'unixepoch')", [.integer(minute.epochSeconds)]
        ) { $0.text(0) } ?? ""
    }
}
