import QuotaModel
import TestBench
import Testing

@testable import UsageStore

@Suite("Retention")
struct RetentionTests {
    let folder: TestFolder
    let store: UsageStore

    init() throws {
        folder = try TestFolder()
        store = try UsageStore.open(path: folder.database)
    }

    private func minutesLeft() async throws -> [String] {
        try await store.rows(
            "SELECT model_id || ((minute - \(start.epochSeconds)) / 60) FROM usage ORDER BY model_id, minute")
    }

    @Test("Minutes go oldest first, series by series, at most as many as asked for, until none is left")
    func steps() async throws {
        try await store.record(poll("a", (-3..<1).map { ($0, usage(1)) }))
        try await store.record(poll("b", (-3..<1).map { ($0, usage(1)) }))
        #expect(try await store.deleteMinutes(before: minute(0), atMost: 2) == 2)
        #expect(try await minutesLeft() == ["a-1", "a0", "b-3", "b-2", "b-1", "b0"])
        #expect(try await store.deleteMinutes(before: minute(0), atMost: 2) == 2)
        #expect(try await minutesLeft() == ["a0", "b-2", "b-1", "b0"])
        #expect(try await store.deleteMinutes(before: minute(0), atMost: 100) == 2)
        #expect(try await store.deleteMinutes(before: minute(0), atMost: 100) == 0)
        #expect(try await minutesLeft() == ["a0", "b0"])
    }

    @Test("Only whole hours go, so that minutes and the rollups of deleted ones never share an hour")
    func wholeHours() async throws {
        try await store.record(poll([(-1, usage(1)), (0, usage(1)), (30, usage(1)), (200, usage(1))]))
        #expect(try await store.deleteMinutes(before: minute(59), atMost: 10) == 1)
        #expect(try await store.deleteMinutes(before: minute(60), atMost: 10) == 2)
    }

    @Test("With nothing to delete a step writes nothing")
    func idle() async throws {
        try await store.record(poll([(60, usage(1)), (61, usage(1))]))
        #expect(try await store.deleteMinutes(before: minute(60), atMost: 10) == 0)
        let before = try await store.totalChanges()
        #expect(try await store.deleteMinutes(before: minute(60), atMost: 10) == 0)
        #expect(try await store.deleteMinutes(before: minute(1), atMost: 10) == 0)
        #expect(try await store.totalChanges() == before)
    }

    @Test("A step of no rows deletes none, but closes the time before the cut", arguments: [0, -1, Int.min])
    func noRows(rows: Int) async throws {
        try await store.record(poll([(-1, usage(1)), (0, usage(1))]))
        #expect(try await store.deleteMinutes(before: minute(0), atMost: rows) == 0)
        #expect(try await minutesLeft().count == 2)
        #expect(try await store.record(poll([(-1, usage(9))])).refusedMinutes == 1)
    }

    @Test("Invariant 2: coverage never claims a minute that was deleted")
    func coverageTrimmed() async throws {
        try await store.record(
            poll([(-7, usage(1)), (2, usage(1))], covered: [span(-7, -4), span(-2, 3), span(5, 6)]))
        #expect(try await store.deleteMinutes(before: minute(0), atMost: 1) == 1)
        #expect(
            try await store.coverage(account: account, region: region)
                == [sonnet: MinuteRanges([span(0, 3), span(5, 6)])])
        // A later read of the closed time does not bring it back.
        try await store.record(poll([], covered: [span(-7, 1)]))
        #expect(
            try await store.coverage(account: account, region: region)
                == [sonnet: MinuteRanges([span(0, 3), span(5, 6)])])
        try await store.record(poll("other", [(120, usage(1))]))
        #expect(try await store.deleteMinutes(before: minute(120), atMost: 10) == 1)
        #expect(try await store.coverage(account: account, region: region)[sonnet] == MinuteRanges())
    }

    @Test("Cuts outside the store's times are harmless", arguments: [Int.min, -5, 4_223_371_680, .max])
    func extremeCuts(index: Int) async throws {
        try await store.record(poll([(0, usage(1))]))
        #expect(try await store.deleteMinutes(before: Minute(index: index), atMost: 10) == 0)
    }

    @Test("A clock years ahead never closes the time to come")
    func clockAhead() async throws {
        try await store.record(poll([(-1, usage(1)), (9, usage(1))]))
        #expect(try await store.deleteMinutes(before: minute(10_000_000), atMost: 10) == 1)
        #expect(try await store.record(poll([(9, usage(2)), (10, usage(1))])).changedMinutes == 2)
        #expect(try await store.totals(account: account, region: region)[sonnet]?.invocations == 4)
    }

    @Test("An empty store has nothing to delete")
    func empty() async throws {
        #expect(try await store.deleteMinutes(before: minute(5), atMost: 10) == 0)
        #expect(try await store.record(poll([(0, usage(1))])).changedMinutes == 1)
    }

    @Test("Freed pages go back to the file system in steps, but for a tenth of the file")
    func freePages() async throws {
        try await store.record(poll((0..<20_000).map { ($0, usage(123_456, input: 7_654_321)) }))
        while try await store.deleteMinutes(before: minute(19_000), atMost: 5_000) > 0 {}
        try await store.checkpoint()
        let before = store.sizeBytes()
        #expect(try await store.releaseFreePages(atMost: 10) == 10)
        var released = 10
        while true {
            let step = try await store.releaseFreePages(atMost: 50)
            #expect(step <= 50)
            if step == 0 { break }
            released += step
        }
        #expect(released > 50)
        let free = try await store.rows("PRAGMA freelist_count").first.flatMap { Int($0) } ?? 0
        let pages = try await store.rows("PRAGMA page_count").first.flatMap { Int($0) } ?? 0
        #expect(free > 0 && free <= pages / 10 + 1)
        try await store.close()
        #expect(store.sizeBytes() < before / 3)
        let again = try UsageStore.open(path: folder.database)
        #expect(try await again.integrity() == ["ok"])
        #expect(
            try await again.totals(account: account, region: region)[sonnet]?.invocations == 20_000 * 123_456)
    }
}
