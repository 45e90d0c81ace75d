import QuotaModel
import TestBench
import Testing

@testable import UsageStore

@Suite("Callers against a plain model")
struct CallerQueryTests {
    private static let modelIDs = ["a", "global.a", "us.a", "b", HistoryScenario.profile]

    /// What a caller, or no caller, used; all of several pools added up.
    private struct Use: Equatable {
        var metrics = [Double](repeating: 0, count: LoggedCallers.metrics.count)
        var quotaTokens: Double?

        mutating func add(_ more: [Double], _ tokens: Double?) {
            for index in metrics.indices { metrics[index] += more[index] }
            if let tokens { quotaTokens = (quotaTokens ?? 0) + tokens }
        }
    }

    private static func metrics(_ row: UsageRow) -> [Double] {
        LoggedCallers.metrics.map { row.sums[$0] ?? 0 }
    }

    @Test(
        "What the logs tell of, lack and were not read for adds up to CloudWatch's, step by step",
        arguments: seeds(1))
    func logs(seed: UInt64) async throws {
        let folder = try TestFolder()
        var scenario = HistoryScenario(seed: seed, modelIDs: Self.modelIDs)
        var callers = CallerOracle()
        let store = try UsageStore.open(path: folder.database)
        let reader = try UsageReader.open(path: folder.database)
        var compared = 0
        for _ in 0..<8 {
            for _ in 0..<6 { try await scenario.step(store) }
            callers.forget(before: scenario.oracle.retainedFrom)
            try await callers.step(&scenario, store)
            for _ in 0..<4 {
                var query = scenario.query()
                query.callerKind = try #require(CallerKind(scenario.pick(CallerOracle.kinds)))
                query.groupBy.insert(.caller, at: scenario.pick(Array(0...query.groupBy.count)))
                compared += try await compare(reader, scenario.oracle, callers, query, seed)
            }
        }
        #expect(compared > 20)
    }

    private func compare(
        _ reader: UsageReader, _ oracle: HistoryOracle, _ callers: CallerOracle, _ query: UsageQuery,
        _ seed: UInt64
    ) async throws -> Int {
        var rows: [UsageRow] = []
        try await reader.rows(query) { rows.append($0) }
        let index = try #require(query.groupBy.firstIndex(of: .caller))
        var plain = query
        plain.groupBy.remove(at: index)
        let wholes = oracle.rows(plain)
        let comment = Comment(rawValue: "seed \(seed), \(query)")
        var left = rows
        for whole in wholes {
            let own = left.filter { row in
                var group = row.group
                group.remove(at: index)
                return row.step == whole.step && group == whole.group
            }
            left.removeAll { row in own.contains { $0 == row } }
            let expected = uses(of: whole, plain, oracle, callers, query.callerKind)
            var found: [String: Use] = [:]
            for row in own {
                #expect(found[row.group[index]] == nil, comment)
                found[row.group[index]] = Use(metrics: Self.metrics(row), quotaTokens: row.quotaTokens)
            }
            #expect(!own.isEmpty, comment)
            for name in Set(found.keys).union(expected.uses.keys) {
                let (a, b) = (found[name] ?? Use(), expected.uses[name] ?? Use())
                #expect(a.metrics == b.metrics, "\(name) of \(whole.group) in \(whole.step), \(comment)")
                #expect(
                    (a.quotaTokens ?? 0) == (b.quotaTokens ?? 0),
                    "\(name) of \(whole.group) in \(whole.step), \(comment)")
            }
            let exceeding = own.first?.caller?.logsExceedQuotaTokens ?? 0
            let sum = own.reduce(0) { $0 + ($1.quotaTokens ?? 0) }
            #expect(sum == (whole.quotaTokens ?? 0) + exceeding, comment)
            if let share = expected.read {
                #expect(own.first?.caller?.logCoverage.map { ($0 - share).magnitude < 1e-9 } == true, comment)
            }
            let shares = own.compactMap { $0.caller?.share }
            if !shares.isEmpty { #expect((shares.reduce(0, +) - 1).magnitude < 1e-9, comment) }
        }
        #expect(left.isEmpty, comment)
        return wholes.count
    }

    /// The rows of a group in a step, by name, and the share of its minutes that the logs were read for.
    private func uses(
        of whole: UsageRow, _ plain: UsageQuery, _ oracle: HistoryOracle, _ callers: CallerOracle,
        _ kind: CallerKind
    ) -> (uses: [String: Use], read: Double?) {
        var uses: [String: Use] = [:]
        var readMinutes = 0
        var expectedMinutes = 0
        for cell in cells(of: whole, plain, oracle) {
            let place = cell.keys[0].place
            let times = whole.step.clamped(to: minute(-400)..<minute(6_400))
            let read = callers.read(place, kind, in: times)
            let first = cell.keys.compactMap { oracle.firstCovered[$0] ?? oracle.firstKnown[$0] }.min()
            if let first {
                expectedMinutes += max(
                    0, max(first, whole.step.lowerBound).distance(to: whole.step.upperBound))
                readMinutes += read.count { $0 >= first }
            }
            let rate = oracle.rate(cell.pool)
            let isWeighed = cell.pool?.scope.isWeighed ?? false
            var logged = Use()
            for key in cell.keys {
                for (caller, found) in callers.callers(key, kind, in: read) {
                    for usage in found {
                        let figures = LoggedCallers.metrics.map { usage[$0] ?? 0 }
                        let tokens = isWeighed ? QuotaTokens(of: usage, rate: rate)?.value : nil
                        uses[caller, default: Use()].add(figures, tokens)
                        logged.add(figures, tokens)
                    }
                }
            }
            // CloudWatch's, of the stretches that the logs were read for; a period of several minutes counts whole or not at all.
            var known = Use()
            for range in MinuteRanges(read.map { $0..<$0.advanced(by: 1) }).ranges.flatMap(Self.cutAtMidnight)
            {
                let own = cloudWatch(cell, range, plain, oracle)
                known.add(own.metrics, own.quotaTokens)
            }
            let all = cloudWatch(cell, whole.step, plain, oracle)
            func less(_ a: Use, _ b: Use) -> ([Double], Double?) {
                (
                    zip(a.metrics, b.metrics).map { max(0, $0 - $1) },
                    isWeighed ? max(0, (a.quotaTokens ?? 0) - (b.quotaTokens ?? 0)) : nil
                )
            }
            let (unlogged, unread) = (less(known, logged), less(all, known))
            uses[CallerRow.notInLogs, default: Use()].add(unlogged.0, unlogged.1)
            uses[CallerRow.notRead, default: Use()].add(unread.0, unread.1)
        }
        return (uses, expectedMinutes > 0 ? Double(readMinutes) / Double(expectedMinutes) : nil)
    }

    private static func cutAtMidnight(_ range: Range<Minute>) -> [Range<Minute>] {
        var parts: [Range<Minute>] = []
        var next = range.lowerBound
        while next < range.upperBound {
            let end = min(range.upperBound, next.startOfDay.advanced(by: 1440))
            parts.append(next..<end)
            next = end
        }
        return parts
    }

    private struct Cell {
        let pool: QuotaPool?
        var keys: [SeriesKey]
    }

    /// Pools, or single model IDs, that a group puts together.
    private func cells(of whole: UsageRow, _ query: UsageQuery, _ oracle: HistoryOracle) -> [Cell] {
        let isByModelID =
            query.modelID != nil || query.groupBy.contains { $0 == .modelID || $0 == .profileName }
        let keys = oracle.series.sorted().filter { key in
            query.selects(key, oracle.pool(key))
                && zip(query.groupBy, whole.group).allSatisfy { dimension, value in
                    switch dimension {
                    case .account: key.account == value
                    case .region: key.region == value
                    case .scope: (oracle.pool(key)?.scope.rawValue ?? "") == value
                    case .model: (oracle.pool(key)?.model ?? "") == value
                    case .modelID: key.modelID == value
                    case .profileName: (oracle.names[key] ?? key.modelID) == value
                    case .caller: false
                    }
                }
        }
        var cells: [Cell] = []
        for key in keys {
            let pool = oracle.pool(key)
            if !isByModelID, pool != nil, let index = cells.firstIndex(where: { $0.pool == pool }) {
                cells[index].keys.append(key)
            } else {
                cells.append(Cell(pool: pool, keys: [key]))
            }
        }
        return cells
    }

    private func cloudWatch(
        _ cell: Cell, _ range: Range<Minute>, _ query: UsageQuery, _ oracle: HistoryOracle
    ) -> Use {
        var use = Use()
        for key in cell.keys {
            var question = UsageQuery(range: range, groupBy: [])
            question.account = key.account
            question.region = key.region
            question.modelID = key.modelID
            for row in oracle.rows(question) { use.add(Self.metrics(row), row.quotaTokens) }
        }
        return use
    }

    @Test("Application profiles tell callers apart without logs, in every figure", arguments: seeds(1))
    func profiles(seed: UInt64) async throws {
        let folder = try TestFolder()
        var scenario = HistoryScenario(seed: seed, modelIDs: Self.modelIDs)
        let store = try UsageStore.open(path: folder.database)
        let reader = try UsageReader.open(path: folder.database)
        for _ in 0..<12 {
            for _ in 0..<6 { try await scenario.step(store) }
            for _ in 0..<4 {
                var query = scenario.query()
                query.callerKind = .profile
                query.groupBy.insert(.caller, at: scenario.pick(Array(0...query.groupBy.count)))
                var rows: [UsageRow] = []
                try await reader.rows(query) { rows.append($0) }
                let expected = scenario.oracle.rows(query)
                let comment = Comment(rawValue: "seed \(seed), \(query)")
                #expect(rows.map(\.step) == expected.map(\.step), comment)
                #expect(rows.map(\.group) == expected.map(\.group), comment)
                #expect(rows.map(\.sums) == expected.map(\.sums), comment)
                #expect(rows.map(\.quotaTokens) == expected.map(\.quotaTokens), comment)
                #expect(
                    rows.map { $0.quotas.mapValues(\.peakRatio) }
                        == expected.map { $0.quotas.mapValues(\.peakRatio) }, comment)
                #expect(rows.allSatisfy { $0.caller != nil && $0.caller?.logCoverage == nil }, comment)
            }
        }
    }

    @Test("Pools whose tokens are not weighed share by input and output; the logs tell nothing of parts")
    func unweighed() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        let tier = "tier/reserved/reserved/\(sonnet)"
        let both = [(0, usage(2, input: 100, output: 20)), (1, usage(1, input: 60, output: 20))]
        for name in ["mantle/m", sonnet, tier] { try await store.record(poll(name, both)) }
        try await store.recordAssignments(
            account: account, region: region,
            [
                "mantle/m": ScopedModel(scope: .mantle, model: "m"),
                sonnet: ScopedModel(scope: .global, model: "s"),
                tier: ScopedModel(scope: .globalReserved, model: "s"),
            ])
        _ = try await store.rows(
            """
            INSERT INTO caller_windows VALUES ('\(account)', '\(region)', \(minute(0).epochSeconds),
            \(minute(1).epochSeconds), 'read', '["role"]', NULL, 1, NULL, NULL)
            """)
        let reader = try UsageReader.open(path: folder.database)
        var found: [[String]: UsageRow] = [:]
        try await reader.rows(UsageQuery(range: span(0, 2), groupBy: [.scope, .caller])) {
            found[$0.group] = $0
        }
        #expect(
            Set(found.keys) == [
                ["mantle", CallerRow.notInLogs], ["mantle", CallerRow.notRead],
                ["global", CallerRow.notInLogs],
                ["global", CallerRow.notRead], ["global_reserved", CallerRow.notRead],
            ])
        let mantle = try #require(found[["mantle", CallerRow.notInLogs]])
        #expect(mantle.quotaTokens == nil && mantle.caller?.share == 0.6 && mantle.caller?.logCoverage == 0.5)
        #expect(mantle.caller?.logsExceedQuotaTokens == nil && mantle.sums[.cacheWriteInputTokens] == nil)
        let reserved = try #require(found[["global_reserved", CallerRow.notRead]])
        #expect(reserved.sums[.inputTokens] == 160 && reserved.caller?.logCoverage == 0)
        #expect(found[["global", CallerRow.notRead]]?.quotaTokens == 0)
    }

    @Test("Callers beyond the bound are added up, and kinds and damaged kinds do not mix")
    func bounds() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        let model = ScopedModel(scope: .global, model: "anthropic.claude-sonnet-4-6")
        let count = LoggedUse.maximumCallers + 50
        try await store.record(
            poll([(0, usage(Double(count), input: Double(count * 10), output: 0))], covered: [span(0, 4)]))
        try await store.recordAssignments(account: account, region: region, [sonnet: model])
        let place = "'\(account)', '\(region)'"
        for (start, kinds) in [(0, "[\"role\"]"), (1, "[\"session\"]"), (2, "not JSON"), (3, "{}")] {
            _ = try await store.rows(
                """
                INSERT INTO caller_windows VALUES (\(place), \(minute(start).epochSeconds),
                \(minute(start + 1).epochSeconds), 'read', '\(kinds)', NULL, 1, NULL, NULL)
                """)
        }
        _ = try await store.rows(
            """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
            INSERT INTO callers (account, region, kind, caller) SELECT \(place), 'role', 'caller ' || i FROM n
            """)
        _ = try await store.rows(
            "INSERT INTO caller_minutes SELECT 1, \(start.epochSeconds), id, 1, 10, 0, 0, 0, 1 FROM callers")
        let reader = try UsageReader.open(path: folder.database)
        var rows: [UsageRow] = []
        try await reader.rows(UsageQuery(range: span(0, 4), groupBy: [.caller])) { rows.append($0) }
        #expect(rows.count == LoggedUse.maximumCallers + 3)
        let other = try #require(rows.first { $0.group == [CallerRow.other] })
        #expect(other.sums[.invocations] == 50 && other.quotaTokens == 500)
        #expect(rows.reduce(0) { $0 + ($1.quotaTokens ?? 0) } == Double(count * 10))
        #expect(rows[0].caller?.logCoverage == 0.25 && rows[0].caller?.logsExceedQuotaTokens == 0)
        let sources = try await reader.callerSources(UsageQuery(range: span(0, 4)))
        #expect(sources.kinds == ["role"] && sources.callerCount == count && sources.windowsRead == 4)
    }
}
