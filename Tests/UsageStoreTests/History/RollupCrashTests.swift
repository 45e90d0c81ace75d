import Synchronization
import TestBench
import Testing

@testable import UsageStore

@Suite("Rollups after a crash")
struct RollupCrashTests {
    /// What queries answer, once with the rollups and once with none of them trusted.
    private func compareWithRecomputation(_ path: String, _ comment: Comment) async throws {
        let store = try UsageStore.open(path: path)
        let reader = try UsageReader.open(path: path)
        let queries = [60, 1440, nil, 95].flatMap { step in
            [[], UsageQuery.defaultGroupBy, [.modelID]].map { groupBy in
                UsageQuery(range: span(-100, 4_000), stepMinutes: step, groupBy: groupBy)
            }
        }
        var answers: [[UsageRow]] = []
        for query in queries { answers.append(try await rows(reader, query)) }
        // Marked as a whole, everything is computed from the minutes, and `rollStep` makes all of it anew.
        for table in ["series_hours", "series_days", "pool_hours", "pool_days"] {
            _ = try await store.rows("DELETE FROM \(table)")
        }
        for (owner, table) in [("id", "pools"), ("-id", "series")] {
            _ = try await store.rows(
                """
                REPLACE INTO stale_rollups
                SELECT \(owner), \(minute(-120).epochSeconds), \(minute(6_000).epochSeconds) FROM \(table)
                """)
        }
        for (query, answer) in zip(queries, answers) {
            #expect(try await rows(reader, query) == answer, comment)
        }
        while try await store.rollStep(atMost: 1_000) > 0 {}
        for (query, answer) in zip(queries, answers) {
            #expect(try await rows(reader, query) == answer, comment)
        }
        #expect(try await store.integrity() == ["ok"])
        try await store.close()
    }

    private func rows(_ reader: UsageReader, _ query: UsageQuery) async throws -> [UsageRow] {
        var rows: [UsageRow] = []
        // Ratio sums may differ in their last bits with the order of addition.
        try await reader.rows(query) { row in
            var row = row
            for kind in row.quotas.keys {
                let mean = row.quotas[kind]?.meanRatio
                row.quotas[kind]?.meanRatio = mean.map { ($0 * 1e9).rounded() }
            }
            rows.append(row)
        }
        return rows
    }

    @Test("A crash at any step leaves rollups that equal a recomputation", arguments: seeds(1))
    func crash(seed: UInt64) async throws {
        let folder = try TestFolder()
        var scenario = HistoryScenario(seed: seed, deletes: false)
        let store = try UsageStore.open(path: folder.database)
        _ = try await store.rows("PRAGMA wal_autocheckpoint = 50")
        for _ in 0..<10 { try await scenario.step(store) }
        for picture in 0..<5 {
            let wanted = Int.random(in: 1...900, using: &scenario.random)
            let path = "\(folder.path)/crash\(picture).db"
            let camera = Camera()
            let source = store.path
            try await store.setStepFault { _ in
                if camera.count.add(1, ordering: .relaxed).newValue == wanted {
                    for suffix in ["", "-wal"] { writeBytes(readBytes(source + suffix), to: path + suffix) }
                }
                return nil
            }
            while camera.count.load(ordering: .relaxed) < wanted { try await scenario.step(store) }
            try await store.setStepFault(nil)
            try await compareWithRecomputation(path, "seed \(seed), picture \(picture)")
        }
    }

    private final class Camera: Sendable {
        let count = Atomic(0)
    }
}
