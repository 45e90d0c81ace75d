import QuotaModel
import SQLite

extension QueryPlan {
    /// Whether the logs must be read to tell the query's callers apart.
    var isByLogs: Bool { query.isByCaller && query.callerKind.needsLogs }

    /// The names of the callers of all places, by their IDs.
    func callerNames(in database: Database) throws(StoreError) -> [Int: String] {
        guard isByLogs else { return [:] }
        var names: [Int: String] = [LoggedUse.otherID: CallerRow.other]
        for place in Set(cells.compactMap { $0.members.first?.key.place }) {
            let found = try LoggedCallers(database, query.callerKind)
                .names(account: place.account, region: place.region)
            names.merge(found) { first, _ in first }
        }
        return names
    }
}

/// Makes the rows of a query by caller of a step's groups and their figures.
struct CallerRows {
    private let plan: QueryPlan
    private let names: [Int: String]
    /// Where the caller stands in a group's values.
    private let index: Int

    init(_ plan: QueryPlan, names: [Int: String]) {
        self.plan = plan
        self.names = names
        index = plan.query.groupBy.firstIndex(of: .caller) ?? 0
    }

    /// - Parameter groups: Those of one step, each with its row; nil where nothing is known of it yet.
    func rows(_ groups: [(QueryPlan.Group, UsageRow?)], _ figures: [StepFigures]) -> [UsageRow] {
        var rows: [UsageRow] = []
        for case (let group, var row?) in groups {
            guard plan.isByLogs else {
                row.caller = CallerFigures()
                rows.append(row)
                continue
            }
            rows += split(row, group, figures)
        }
        rows.sort { $0.group.lexicographicallyPrecedes($1.group) }
        return shared(rows)
    }

    // MARK: Splitting

    /// What one caller used of a group; all of several pools added up.
    private struct Use {
        var metrics: [Double]
        /// Nil where nothing of it is weighed.
        var quotaTokens: Double?

        init() { metrics = [Double](repeating: 0, count: SeriesSums.metricCount) }

        mutating func add(_ metrics: [Double], quotaTokens: Double?) {
            for slot in self.metrics.indices { self.metrics[slot] += metrics[slot] }
            if let quotaTokens { self.quotaTokens = (self.quotaTokens ?? 0) + quotaTokens }
        }
    }

    private func split(_ whole: UsageRow, _ group: QueryPlan.Group, _ figures: [StepFigures]) -> [UsageRow] {
        var uses: [String: Use] = [:]
        var exceeding: Double?
        var readMinutes = 0
        var expectedMinutes = 0
        for cell in group.cells {
            let one = figures[cell]
            readMinutes += one.logged.readMinutes
            expectedMinutes += one.logged.expectedMinutes
            let weigh = weight(of: plan.cells[cell])
            var logged = SeriesSums()
            for (id, sums) in one.logged.callers {
                logged.add(sums)
                uses[names[id] ?? CallerRow.other, default: Use()].add(sums.shown, quotaTokens: weigh(sums))
            }
            let read = one.logged.read
            uses[CallerRow.notInLogs, default: Use()].add(
                less(read.shown, logged.shown), quotaTokens: less(weigh(read), weigh(logged)))
            uses[CallerRow.notRead, default: Use()].add(
                less(one.sums.shown, read.shown), quotaTokens: less(weigh(one.sums), weigh(read)))
            if let more = less(weigh(logged), weigh(read)) { exceeding = (exceeding ?? 0) + more }
        }
        // A step that is read to its end lacks nothing, and one that is not read at all has nothing that the logs could lack.
        func isNothing(_ name: String) -> Bool { uses[name]?.metrics.allSatisfy { $0 == 0 } ?? true }
        if readMinutes == 0, isNothing(CallerRow.notInLogs) { uses[CallerRow.notInLogs] = nil }
        if readMinutes > 0, readMinutes == expectedMinutes, isNothing(CallerRow.notRead) {
            uses[CallerRow.notRead] = nil
        }
        var caller = CallerFigures()
        caller.logCoverage = expectedMinutes > 0 ? Double(readMinutes) / Double(expectedMinutes) : nil
        caller.logsExceedQuotaTokens = exceeding
        return uses.map { name, use in row(whole, name, use, caller) }
    }

    /// Quota tokens of a cell's sums; nil where its tokens are not weighed.
    private func weight(of cell: QueryPlan.Cell) -> (SeriesSums) -> Double? {
        guard let pool = cell.pool, pool.pool.scope.isWeighed else { return { _ in nil } }
        return { max(0, $0.tokens.quotaTokens(rate: pool.rate)) }
    }

    private func less(_ all: [Double], _ part: [Double]) -> [Double] {
        zip(all, part).map { max(0, $0 - $1) }
    }

    private func less(_ all: Double?, _ part: Double?) -> Double? {
        all.flatMap { all in part.map { max(0, all - $0) } }
    }

    private func row(_ whole: UsageRow, _ name: String, _ use: Use, _ caller: CallerFigures) -> UsageRow {
        var row = UsageRow(
            step: whole.step, group: whole.group, coverage: whole.coverage,
            minuteCoverage: whole.minuteCoverage)
        row.group[index] = name
        row.caller = caller
        // Of what CloudWatch is not known to have, nothing is left over that could be known.
        let isLeftOver = name == CallerRow.notInLogs || name == CallerRow.notRead
        guard !isLeftOver || !whole.sums.isEmpty else { return row }
        for metric in LoggedCallers.metrics where !isLeftOver || whole.sums[metric] != nil {
            row.sums[metric] = UsageTotals.metrics.firstIndex(of: metric).map { use.metrics[$0] }
        }
        row.quotaTokens = use.quotaTokens
        return row
    }

    // MARK: Shares

    /// With each row's share of those that have the same values of the other dimensions.
    private func shared(_ rows: [UsageRow]) -> [UsageRow] {
        func others(_ row: UsageRow) -> [String] {
            var values = row.group
            values.remove(at: index)
            return values
        }
        var wholes: [[String]: Double] = [:]
        for row in rows { wholes[others(row), default: 0] += row.usedTokens ?? 0 }
        return rows.map { row in
            guard let whole = wholes[others(row)], whole > 0, let used = row.usedTokens else { return row }
            var row = row
            row.caller?.share = used / whole
            return row
        }
    }
}

extension UsageRow {
    /// What shares are made of: quota tokens; input and output tokens where none are weighed.
    package var usedTokens: Double? {
        quotaTokens ?? sums[.inputTokens].map { $0 + (sums[.outputTokens] ?? 0) }
    }
}
