import CSQLite
import SQLite

/// Carries the rows of one table out of a damaged store into a new one: reads in the order of the key, steps over keys that
/// cannot be read, and notes between which ones rows may be missing.
final class TableSalvage {
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
    /// Steps over what cannot be read begin with one place and double up to this …
    private static let firstSteps = 32
    /// … and then grow with what was stepped over, so that little that can be read within it is missed.
    private static let shareOfSkipped = 16

    let table: SalvagedTable
    private(set) var keptRows = 0
    /// Rows that could be read and were not taken: values that cannot be, or that belong to nothing that is known.
    private(set) var refusedRows = 0

    private let source: Database
    private let target: Database
    private let checks: RowChecks
    private let insert: String
    /// Nil when the key begins with text: such tables are read from both ends.
    private let line: KeyLine?
    private let from: String
    private var runs: [Run] = []
    private var isLinked = true
    /// Of a table without rows.
    private var isWhole = true

    private init(
        _ table: SalvagedTable, _ line: KeyLine?, from source: Database, into target: Database, now: Int
    ) {
        self.table = table
        self.line = line
        self.source = source
        self.target = target
        checks = RowChecks(table, now: now)
        insert = table.insert
        from = table.select(from: line?.key(at: 0).count ?? 0)
    }

    /// Call with a transaction of the new store open.
    static func run(
        _ table: SalvagedTable, _ line: KeyLine?, from source: Database, into target: Database, now: Int
    ) throws(StoreError) -> TableSalvage {
        let salvage = TableSalvage(table, line, from: source, into: target, now: now)
        try salvage.readAll()
        return salvage
    }

    // MARK: Reading

    private func readAll() throws(StoreError) {
        if try read(table.select(), []) { return reachEnd() }
        isLinked = false
        guard let line else { return try readBackwards() }
        var next = runs.last.map { line.place(of: $0.last) + 1 } ?? 0
        while let place = try readable(from: next, line) {
            if try read(from, line.key(at: place)) { return reachEnd() }
            isLinked = false
            // Behind the rows that were read, and at least one place further on.
            next = max(place + 1, runs.last.map { line.place(of: $0.last) + 1 } ?? 0)
        }
        isWhole = false
    }

    /// Takes rows up to the end of the table; false when it met damage.
    private func read(_ sql: String, _ key: [SQLValue]) throws(StoreError) -> Bool {
        var last = runs.last?.last
        do {
            try source.query(sql, key) { (statement) throws(StoreError) in
                let row = table.row(statement)
                // A damaged table answers with keys that were not asked for, or in a wrong order.
                guard !KeyOrder.isBefore(row.key, key), last.map({ KeyOrder.isBefore($0, row.key) }) ?? true
                else { throw disorder }
                if try take(row) { last = row.key }
            }
            return true
        } catch {
            guard isDamage(error) else { throw error }
            return false
        }
    }

    /// The first place from here on at which the table can be read, or at which it ends; nil when there is none.
    private func readable(from first: Int, _ line: KeyLine) throws(StoreError) -> Int? {
        var damaged = first - 1
        var place = first
        var step = 1
        while place < line.end {
            if try isReadable(line.key(at: place)) { return try narrow(damaged, place, line) }
            damaged = place
            place += step
            step = max(min(step * 2, Self.firstSteps), (place - first) / Self.shareOfSkipped)
        }
        return nil
    }

    /// The first readable place between a damaged one and a readable one.
    private func narrow(_ damaged: Int, _ readable: Int, _ line: KeyLine) throws(StoreError) -> Int {
        var (damaged, readable) = (damaged, readable)
        while readable - damaged > 1 {
            let middle = damaged + (readable - damaged) / 2
            if try isReadable(line.key(at: middle)) { readable = middle } else { damaged = middle }
        }
        return readable
    }

    private func isReadable(_ key: [SQLValue]) throws(StoreError) -> Bool {
        do {
            return try source.first(from, key) { !KeyOrder.isBefore(table.row($0).key, key) } ?? true
        } catch {
            guard isDamage(error) else { throw error }
            return false
        }
    }

    /// The rows from the table's end back to the damage.
    private func readBackwards() throws(StoreError) {
        let last = runs.last?.last
        var rows: [SalvagedTable.Row] = []
        do {
            try source.query(table.selectBackwards, []) { (statement) throws(StoreError) in
                let row = table.row(statement)
                let isBetween =
                    last.map { KeyOrder.isBefore($0, row.key) } ?? true
                    && rows.last.map { KeyOrder.isBefore(row.key, $0.key) } ?? true
                guard isBetween else { throw disorder }
                rows.append(row)
            }
        } catch {
            guard isDamage(error) else { throw error }
        }
        guard !rows.isEmpty else {
            isWhole = false
            return
        }
        for row in rows.reversed() { _ = try take(row) }
        reachEnd()
    }

    private var disorder: StoreError {
        StoreError(
            cause: .damaged, attempt: StoreRecovery.attempt, path: source.path,
            reason: "the table \(table.name) answers with rows that were not asked for")
    }

    /// Of the store that is read, not of the one that is written. A table whose name was lost is not known either.
    private func isDamage(_ error: StoreError) -> Bool {
        (error.isDamaged || error.isOutOfMemory || error.cause == .sqlite(code: SQLITE_ERROR))
            && error.path == source.path
    }

    // MARK: Writing

    /// Whether the row was taken; one that was not leaves a gap.
    private func take(_ row: SalvagedTable.Row) throws(StoreError) -> Bool {
        guard let values = row.values, checks.accepts(values), try write(values) else {
            refusedRows += 1
            isLinked = false
            return false
        }
        keptRows += 1
        if keptRows % Self.rowsPerTransaction == 0 {
            try target.run("COMMIT")
            try target.run("BEGIN IMMEDIATE")
        }
        if isLinked, !runs.isEmpty {
            runs[runs.count - 1].last = row.key
        } else {
            runs.append(Run(first: row.key, last: row.key, followsStart: isLinked))
        }
        isLinked = true
        return true
    }

    /// False when the new store's own rules forbid the row.
    private func write(_ values: [SQLValue]) throws(StoreError) -> Bool {
        do {
            try target.run(insert, values)
            return true
        } catch {
            guard error.isConstraint else { throw error }
            return false
        }
    }

    // MARK: What is missing

    private func reachEnd() {
        if runs.isEmpty {
            isWhole = isLinked
        } else if isLinked {
            runs[runs.count - 1].reachesEnd = true
        }
    }

    /// Where rows may be missing, ascending.
    var gaps: [Gap] {
        guard let first = runs.first, let last = runs.last else {
            return isWhole ? [] : [Gap(after: nil, before: nil)]
        }
        var gaps: [Gap] = []
        if !first.followsStart { gaps.append(Gap(after: nil, before: first.first)) }
        for (run, next) in zip(runs, runs.dropFirst()) {
            gaps.append(Gap(after: run.last, before: next.first))
        }
        if !last.reachesEnd { gaps.append(Gap(after: last.last, before: nil)) }
        return gaps
    }
}

extension StoreError {
    /// A row breaks a rule of its table.
    var isConstraint: Bool {
        guard case .sqlite(let code) = cause else { return false }
        return code & 0xff == SQLITE_CONSTRAINT
    }
}
