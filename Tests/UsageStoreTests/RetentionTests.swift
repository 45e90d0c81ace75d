import QuotaModel
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
        try await store.record(poll("a", (0..<4).map { ($0, usage(1)) }))
        try await store.record(poll("b", (0..<4).map { ($0, usage(1)) }))
        #expect(try await store.deleteMinutes(before: minute(3), atMost: 2) == 2)
        #expect(try await minutesLeft() == ["a2", "a3", "b0", "b1", "b2", "b3"])
        #expect(try await store.deleteMinutes(before: minute(3), atMost: 2) == 2)
        #expect(try await minutesLeft() == ["a3", "b1", "b2", "b3"])
        #expect(try await store.deleteMinutes(before: minute(3), atMost: 100) == 2)
        #expect(try await store.deleteMinutes(before: minute(3), atMost: 100) == 0)
        #expect(try await minutesLeft() == ["a3", "b3"])
    }

    @Test("With nothing to delete a step writes nothing")
    func idle() async throws {
        try await store.record(poll([(5, usage(1)), (6, usage(1))]))
        #expect(try await store.deleteMinutes(before: minute(5), atMost: 10) == 0)
        let before = try await store.totalChanges()
        #expect(try await store.deleteMinutes(before: minute(5), atMost: 10) == 0)
        #expect(try await store.deleteMinutes(before: minute(1), atMost: 10) == 0)
        #expect(try await store.totalChanges() == before)
    }

    @Test("A step of no rows deletes none, but closes the time before the cut", arguments: [0, -1, Int.min])
    func noRows(rows: Int) async throws {
        try await store.record(poll([(5, usage(1)), (6, usage(1))]))
        #expect(try await store.deleteMinutes(before: minute(6), atMost: rows) == 0)
        #expect(try await minutesLeft().count == 2)
        #expect(try await store.record(poll([(5, usage(9))])).refusedMinutes == 1)
    }

    @Test("Invariant 2: coverage never claims a minute that was deleted")
    func coverageTrimmed() async throws {
        try await store.record(
            poll([(0, usage(1)), (9, usage(1))], covered: [span(0, 3), span(5, 10), span(12, 13)]))
        #expect(try await store.deleteMinutes(before: minute(7), atMost: 1) == 1)
        #expect(
            try await store.coverage(account: account, region: region)
                == [sonnet: MinuteRanges([span(7, 10), span(12, 13)])])
        // A later read of the closed time does not bring it back.
        try await store.record(poll([], covered: [span(0, 8)]))
        #expect(
            try await store.coverage(account: account, region: region)
                == [sonnet: MinuteRanges([span(7, 10), span(12, 13)])])
        try await store.record(poll("other", [(100, usage(1))]))
        #expect(try await store.deleteMinutes(before: minute(100), atMost: 10) == 1)
        #expect(try await store.coverage(account: account, region: region)[sonnet] == MinuteRanges())
    }

    @Test("Cuts outside the store's times are harmless", arguments: [Int.min, -5, 4_223_371_680, .max])
    func extremeCuts(index: Int) async throws {
        try await store.record(poll([(0, usage(1))]))
        #expect(try await store.deleteMinutes(before: Minute(index: index), atMost: 10) == 0)
    }

    @Test("A clock years ahead never closes the time to come")
    func clockAhead() async throws {
        try await store.record(poll([(0, usage(1)), (9, usage(1))]))
        #expect(try await store.deleteMinutes(before: minute(10_000_000), atMost: 10) == 1)
        #expect(try await store.record(poll([(9, usage(2)), (10, usage(1))])).changedMinutes == 2)
        #expect(try await store.totals(account: account, region: region)[sonnet]?.invocations == 4)
    }

    @Test("An empty store has nothing to delete")
    func empty() async throws {
        #expect(try await store.deleteMinutes(before: minute(5), atMost: 10) == 0)
        #expect(try await store.record(poll([(0, usage(1))])).changedMinutes == 1)
    }

    @Test("Freed pages go back to the file system in steps")
    func freePages() async throws {
        try await store.record(poll((0..<20_000).map { ($0, usage(123_456, input: 7_654_321)) }))
        while try await store.deleteMinutes(before: minute(19_000), atMost: 5_000) > 0 {}
        try await store.checkpoint()
        let before = store.sizeBytes()
        var free = try await store.releaseFreePages(atMost: 10)
        #expect(free > 10)
        while free > 0 {
            let left = try await store.releaseFreePages(atMost: 50)
            #expect(left < free)
            free = left
        }
        try await store.close()
        #expect(store.sizeBytes() < before / 3)
        let again = try UsageStore.open(path: folder.database)
        #expect(try await again.integrity() == ["ok"])
        #expect(
            try await again.totals(account: account, region: region)[sonnet]?.invocations == 20_000 * 123_456)
    }
}
