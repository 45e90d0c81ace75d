import Glibc
import TestBench
import Testing

@testable import UsageStore

/// The seeds of random histories: so many as `make oracles` says in `USAGE_STORE_SEEDS`, else so many.
func seeds(_ count: Int) -> ClosedRange<UInt64> {
    1...UInt64(getenv("USAGE_STORE_SEEDS").flatMap { Int(String(cString: $0)) } ?? count)
}

@Suite("Random histories against a plain model")
struct HistoryTests {
    @Test("Every aggregate equals a brute-force computation over the same minutes", arguments: seeds(2))
    func aggregates(seed: UInt64) async throws {
        let folder = try TestFolder()
        var scenario = HistoryScenario(seed: seed)
        let store = try UsageStore.open(path: folder.database)
        let reader = try UsageReader.open(path: folder.database)
        for _ in 0..<12 {
            for _ in 0..<6 { try await scenario.step(store) }
            for _ in 0..<4 {
                let query = scenario.query()
                try await compare(reader, scenario.oracle, query, seed)
            }
        }
        #expect(try await store.integrity() == ["ok"])
    }

    private func compare(
        _ reader: UsageReader, _ oracle: HistoryOracle, _ query: UsageQuery, _ seed: UInt64
    ) async throws {
        var rows: [UsageRow] = []
        try await reader.rows(query) { rows.append($0) }
        let expected = oracle.rows(query)
        let comment = Comment(rawValue: "seed \(seed), \(query)")
        #expect(rows.map(\.step) == expected.map(\.step), comment)
        #expect(rows.map(\.group) == expected.map(\.group), comment)
        guard let (row, other) = zip(rows, expected).first(where: { !isSame($0, $1) }) else { return }
        Issue.record(Comment(rawValue: "seed \(seed)\n\(query)\nfound    \(row)\nexpected \(other)"))
    }

    private func isSame(_ a: UsageRow, _ b: UsageRow) -> Bool {
        guard a.sums == b.sums, a.quotaTokens == b.quotaTokens, a.peakQuotaTokens == b.peakQuotaTokens,
            a.peakInvocations == b.peakInvocations, isClose(a.coverage, b.coverage),
            Set(a.quotas.keys) == Set(b.quotas.keys)
        else { return false }
        return a.quotas.allSatisfy { kind, figures in
            guard let other = b.quotas[kind] else { return false }
            return figures.limit == other.limit && isClose(figures.peakRatio, other.peakRatio)
                && figures.peakMinute == other.peakMinute && isClose(figures.meanRatio, other.meanRatio)
                && figures.minutesAbove70 == other.minutesAbove70
                && figures.minutesAbove80 == other.minutesAbove80
                && figures.minutesAbove100 == other.minutesAbove100
                && figures.limitedMinutes == other.limitedMinutes
        }
    }

    private func isClose(_ a: Double?, _ b: Double?) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        return (a - b).magnitude <= 1e-9 * max(a.magnitude, b.magnitude)
    }
}
