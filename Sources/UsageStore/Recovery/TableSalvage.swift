import CSQLite
import SQLite

/// Writes what a walk finds of one table into the new store, and notes between which keys rows may be missing.
final class TableSalvage: RowSink {
    /// Rows that followed one another without a gap.
    private struct Run {
        let first: [SQLValue]
        var last: [SQLValue]
        let followsStart: Bool
        var reachesEnd = false
    }

    /// Rows may be missing between two keys, both excluded; nil is the table's beginning or end.
    struct Gap {
        let after: [SQLValue]?
        let before: [SQLValue]?
    }

    /// Bounds the new store's log; the file gets its name when it is finished.
    private static let rowsPerTransaction = 20_000

    let table: SalvagedTable
    private(set) var keptRows = 0
    /// Rows that could be read and were not taken: values that cannot be, or that belong to nothing that is known.
    private(set) var refusedRows = 0

    private let database: Database
    private let checks: RowChecks
    private let insert: String
    private let find: String
    private var runs: [Run] = []
    private var isLinked = true

    init(_ table: SalvagedTable, into database: Database, now: Int) {
        self.table = table
        self.database = database
        checks = RowChecks(table, now: now)
        insert = table.insert
        find = table.find
    }

    func take(_ row: StoredRow) throws(StoreError) {
        guard let values = table.values(of: row), checks.accepts(values), try write(values) else {
            refusedRows += 1
            breakOff()
            return
        }
        keptRows += 1
        if keptRows % Self.rowsPerTransaction == 0 {
            try database.run("COMMIT")
            try database.run("BEGIN IMMEDIATE")
        }
        if isLinked, !runs.isEmpty {
            runs[runs.count - 1].last = row.key
        } else {
            runs.append(Run(first: row.key, last: row.key, followsStart: isLinked))
        }
        isLinked = true
    }

    func breakOff() { isLinked = false }

    func holds(_ key: [SQLValue]) throws(StoreError) -> Bool {
        try database.first(find, key) { _ in true } ?? false
    }

    /// The table's end has been reached, unless the walk broke off before.
    func endOfTree() {
        if runs.isEmpty {
            isWhole = isLinked
        } else if isLinked {
            runs[runs.count - 1].reachesEnd = true
        }
        isLinked = false
    }

    /// Of a table without rows.
    private var isWhole = true

    /// Where rows may be missing, ascending.
    var gaps: [Gap] {
        let sorted = runs.sorted { KeyOrder.isBefore($0.first, $1.first) }
        guard let first = sorted.first, let last = sorted.last else {
            return isWhole ? [] : [Gap(after: nil, before: nil)]
        }
        var gaps: [Gap] = []
        if !first.followsStart { gaps.append(Gap(after: nil, before: first.first)) }
        for (run, next) in zip(sorted, sorted.dropFirst()) {
            gaps.append(Gap(after: run.last, before: next.first))
        }
        if !last.reachesEnd { gaps.append(Gap(after: last.last, before: nil)) }
        return gaps
    }

    /// False when the new store's own rules forbid the row.
    private func write(_ values: [SQLValue]) throws(StoreError) -> Bool {
        do {
            try database.run(insert, values)
            return true
        } catch {
            guard error.isConstraint else { throw error }
            return false
        }
    }
}

extension StoreError {
    /// A row breaks a rule of its table.
    var isConstraint: Bool {
        guard case .sqlite(let code) = cause else { return false }
        return code & 0xff == SQLITE_CONSTRAINT
    }
}
