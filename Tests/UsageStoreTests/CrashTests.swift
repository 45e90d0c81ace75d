import Alerting
import QuotaModel
import Synchronization
import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

/// Copies the store's files at chosen steps: what a process killed at that instruction leaves behind.
private final class CrashCamera: Sendable {
    private let count = Atomic(0)
    private let path: String
    private let steps: Set<Int>

    init(_ path: String, steps: Set<Int>) {
        self.path = path
        self.steps = steps
    }

    var taken: Int { count.load(ordering: .relaxed) }

    /// Runs on the store's queue between two steps, so nothing is being written meanwhile.
    func shoot() {
        let step = count.add(1, ordering: .relaxed).newValue
        guard steps.contains(step) else { return }
        for suffix in ["", "-wal"] { writeBytes(readBytes(path + suffix), to: "\(path).\(step)\(suffix)") }
    }
}

@Suite("Crashes")
struct CrashTests {
    let folder: TestFolder

    init() throws {
        folder = try TestFolder()
    }

    /// The state that the store has after each poll: totals and number of minutes.
    private struct State: Equatable {
        var totals: [String: UsageTotals]
        var minutes: Int
        var coverage: [String: MinuteRanges]
    }

    private func state(_ store: UsageStore) async throws -> State {
        let window = try await store.window(account: account, region: region, span(-100, 10_000))
        return State(
            totals: try await store.totals(account: account, region: region),
            minutes: window.values.reduce(0) { $0 + $1.count },
            coverage: try await store.coverage(account: account, region: region))
    }

    private func record(_ index: Int) -> PollRecord {
        var record = poll(
            (index * 5..<(index * 5 + 12)).map { ($0, usage(Double(($0 * 7 + index) % 50), input: 1_000)) })
        record.series += poll("b\(index % 3)", [(index * 5, usage(1))]).series
        return record
    }

    private enum Operation {
        case record(Int)
        case delete(before: Int)
    }

    /// 30 polls with a retention step after every seventh; each operation is one transaction.
    private let operations: [Operation] = (0..<30).flatMap { index -> [Operation] in
        index % 7 == 6 ? [.record(index), .delete(before: index * 5 - 60)] : [.record(index)]
    }

    private func run(_ operation: Operation, on store: UsageStore) async throws {
        switch operation {
        case .record(let index): try await store.record(record(index))
        case .delete(let cut): _ = try await store.deleteMinutes(before: minute(cut), atMost: 4)
        }
    }

    @Test(
        "Invariant 3: a crash at any step loses nothing that was stored and duplicates nothing",
        arguments: 1...UInt64(2))
    func crashes(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let steps = Set((0..<40).map { _ in Int.random(in: 1...1_900, using: &random) })
        let store = try UsageStore.open(path: folder.database)
        let camera = CrashCamera(store.path, steps: steps)
        var states = [try await state(store)]
        var lastSteps = [0]
        // Checkpoints within the run: the copies then hold a database file that is itself half way.
        _ = try await store.rows("PRAGMA wal_autocheckpoint = 20")
        for operation in operations {
            try await store.setStepFault { _ in
                camera.shoot()
                return nil
            }
            try await run(operation, on: store)
            try await store.setStepFault(nil)
            states.append(try await state(store))
            lastSteps.append(camera.taken)
        }
        let reached = steps.filter { $0 <= camera.taken }
        #expect(reached.count > 20)
        for step in reached {
            // Operations before number `stored` had returned before the crash, this one was under way.
            let stored = lastSteps.lastIndex { $0 < step } ?? 0
            let copy = try UsageStore.open(path: "\(store.path).\(step)")
            #expect(try await copy.integrity() == ["ok"])
            // Pictures are taken before a step, at the latest before the COMMIT.
            #expect(try await state(copy) == states[stored], "step \(step)")
            for operation in operations[stored...] { try await run(operation, on: copy) }
            #expect(try await state(copy) == states[operations.count], "step \(step)")
            try await copy.close()
        }
    }

    @Test(
        "A crash at any step leaves alerts and notifications that belong together", arguments: 1...UInt64(3))
    func alerts(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let steps = Set((0..<40).map { _ in Int.random(in: 1...320, using: &random) })
        let store = try UsageStore.open(path: folder.database)
        let camera = CrashCamera(store.path, steps: steps)
        _ = try await store.rows("PRAGMA wal_autocheckpoint = 10")
        var states = [AlertState()]
        var lastSteps = [0]
        for id in 1...24 {
            let alerts = (max(1, id - 4)...id).map {
                AlertTests.alert("m\($0 % 5)", annotations: ["n": "\($0)"])
            }
            let waiting = max(1, id - 2)...id
            let next = AlertTests.state(
                alerts, last: id,
                ["am": NotificationOutbox.Queue(form: .batch, messages: waiting.map { [$0] })],
                waiting.map { AlertTests.transition($0) })
            try await store.setStepFault { _ in
                camera.shoot()
                return nil
            }
            try await store.updateAlerts(
                AlertChange(from: states[id - 1], to: next, differing: .anywhere))
            try await store.setStepFault(nil)
            states.append(next)
            lastSteps.append(camera.taken)
        }
        let reached = steps.filter { $0 <= camera.taken }
        #expect(reached.count > 20)
        for step in reached {
            let stored = lastSteps.lastIndex { $0 < step } ?? 0
            let copy = try UsageStore.open(path: "\(store.path).\(step)")
            #expect(try await copy.integrity() == ["ok"])
            #expect(try await copy.alertState().state == states[stored], "step \(step)")
            try await copy.close()
        }
    }

    @Test("A crash at any step of the making of a store leaves a file that opens")
    func crashWhileMaking() async throws {
        var previous = -1
        for step in 1...200 {
            let path = "\(folder.path)/new\(step).db"
            try StoreFile.createIfMissing(path)
            let database = try Database(path: path, access: .readWrite)
            let camera = CrashCamera(path, steps: [step])
            database.stepFault = { _ in
                camera.shoot()
                return nil
            }
            try database.prepareStore(migrations: Schema.migrations)
            guard camera.taken >= step else {
                #expect(step > 20)
                return
            }
            #expect(camera.taken >= previous)
            previous = camera.taken
            let copy = try UsageStore.open(path: "\(path).\(step)")
            #expect(try await copy.record(poll([(0, usage(1))])).changedMinutes == 1)
            #expect(try await copy.integrity() == ["ok"])
        }
        Issue.record("the store was never finished")
    }

    @Test("A log without its end, as after a power cut, opens with an earlier state, never a mixed one")
    func tornLog() async throws {
        let store = try UsageStore.open(path: folder.database)
        var states = [try await state(store)]
        for index in 0..<6 {
            try await store.record(record(index))
            states.append(try await state(store))
        }
        let database = readBytes(store.path)
        let log = readBytes(store.path + "-wal")
        for part in 0..<40 {
            let path = "\(folder.path)/torn\(part).db"
            writeBytes(database, to: path)
            writeBytes(Array(log[..<(log.count * part / 40)]), to: path + "-wal")
            let copy = try UsageStore.open(path: path)
            #expect(try await copy.integrity() == ["ok"])
            #expect(states.contains(try await state(copy)), "\(part) of 40")
        }
    }
}
