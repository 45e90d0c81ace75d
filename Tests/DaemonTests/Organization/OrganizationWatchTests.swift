import AWSClient
import TestBench
import Testing
import UsageStore

@testable import Daemon
@testable import Reading
@testable import System

/// An organization as a script has it, and the watch of it on a clock that is turned by hand.
private final class Script: Sendable {
    struct World: Sendable {
        var now = 1_000_000.0
        var entries: [OrganizationList.Entry] = []
        /// Lists that are given first.
        var oddLists: [OrganizationList] = []
        var listFails = false
        var withoutRole: Set<String> = []
        var listed: Set<String> = []
        var lists = 0
        var trials: [String] = []
        /// What the fleet would have, at each change.
        var changes: [[String]] = []
        var lines: [String] = []
    }

    let world = Shared(World())
    let board = OrganizationBoard()

    struct Down: Error {}

    func set(_ names: [Int: String], inactive: Set<Int> = []) {
        world.change { world in
            world.entries = names.map { number, name in
                .init(
                    OrganizationAccount(
                        id: Self.id(number), name: name, isActive: !inactive.contains(number)))
            }
        }
    }

    static func id(_ number: Int) -> String { String(500_000_000_000 + number) }

    func watch(
        _ store: UsageStore, refresh: TimeSpan = .hours(1), shard: AccountShard = .whole,
        reservedIDs: Set<String> = []
    ) -> OrganizationWatch {
        var settings = OrganizationSettings()
        settings.refresh = refresh
        let clock = PollClock(now: { self.world.value.now }, sleep: { _ in })
        return OrganizationWatch(
            settings, shard: shard, reserved: [], reservedIDs: reservedIDs,
            source: OrganizationWatch.Source(
                list: {
                    self.world.change { $0.lists += 1 }
                    if self.world.value.listFails { throw Down() }
                    if let odd = self.world.value.oddLists.first {
                        self.world.change { $0.oddLists.removeFirst() }
                        return odd
                    }
                    return OrganizationList(self.world.value.entries)
                },
                ownID: { Self.id(0) }, listedIDs: { self.world.value.listed },
                check: { member in
                    self.world.change { $0.trials.append(member.id) }
                    if self.world.value.withoutRole.contains(member.id) { throw Down() }
                },
                keep: { _ in }),
            services: OrganizationWatch.Services(
                store: store, board: board, clock: clock,
                log: Log(write: { line in self.world.change { $0.lines.append(line) } }),
                changed: { self.world.change { $0.changes.append(self.board.report.read.map(\.label)) } },
                published: {}, storageFailed: {}))
    }

    func lines(with text: String) -> Int { world.value.lines.count { $0.contains(text) } }
    var read: [String] { board.report.read.map(\.label) }
}

@Suite("Organization watch")
struct OrganizationWatchTests {
    @Test("accounts come and go without a restart, and one without role delays nobody and is told once")
    func life() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        let script = Script()
        script.set([0: "own", 1: "a", 2: "b"])
        script.world.change { $0.withoutRole = [Script.id(2)] }
        let watch = script.watch(store)
        await watch.restore()
        #expect(!script.board.report.isSettled && script.board.report.listedAt == nil)
        try await watch.step()
        #expect(script.read == ["own", "a"])
        let report = script.board.report
        #expect(report.failing.map(\.member.label) == ["b"] && report.isSettled && report.waiting == 0)
        #expect(report.read.map(\.isOwn) == [true, false])
        // Within the hour nothing is listed, and the role is tried with growing pauses.
        for _ in 0..<100 {
            script.world.change { $0.now += 30 }
            try await watch.step()
        }
        #expect(script.world.value.lists == 1)
        let tries = script.world.value.trials.count { $0 == Script.id(2) }
        #expect((5...7).contains(tries), "\(tries)")
        #expect(script.world.value.trials.count { $0 == Script.id(1) } == 1)
        #expect(script.lines(with: "Account cannot be read") == 1)
        script.world.change {
            $0.withoutRole = []
            $0.now += 3600
        }
        script.set([0: "own", 1: "a", 2: "b", 3: "new"], inactive: [1])
        try await watch.step()
        #expect(script.read == ["own", "b", "new"])
        #expect(script.world.value.changes.last == ["own", "b", "new"])
        #expect(script.lines(with: "Account can be read now") == 1)
        try await store.close()
    }

    @Test("an outage of an hour changes nothing, is told once, and is asked through with growing pauses")
    func outage() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        let script = Script()
        script.set([1: "a", 2: "b"])
        let watch = script.watch(store)
        try await watch.step()
        let before = script.world.value
        script.world.change {
            $0.listFails = true
            $0.now += 3600
        }
        for _ in 0..<240 {
            try await watch.step()
            script.world.change { $0.now += 15 }
        }
        #expect(script.read == ["a", "b"])
        #expect(script.world.value.changes == before.changes)
        #expect(script.board.report.failure != nil)
        // 0, 30, 90, 210, 450, 930, 1890 s.
        #expect(script.world.value.lists == before.lists + 7)
        #expect(script.lines(with: "Listing the organization's accounts failed") == 1)
        script.world.change {
            $0.listFails = false
            $0.now += 3600
        }
        try await watch.step()
        #expect(script.board.report.failure == nil && script.lines(with: "are listed again") == 1)
        try await store.close()
    }

    @Test("started while AWS fails, it reads on with the stored list, labels and all")
    func restart() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        let script = Script()
        script.set([0: "own", 1: "a", 2: "b", 3: "c"])
        script.world.change {
            $0.withoutRole = [Script.id(2)]
            $0.listed = [Script.id(3)]
        }
        let first = script.watch(store)
        try await first.step()
        script.set([0: "own", 1: "renamed", 2: "b", 3: "c"])
        script.world.change { $0.now += 3600 }
        try await first.step()
        let again = Script()
        again.world.change {
            $0.now = script.world.value.now + 500
            $0.listFails = true
        }
        let second = again.watch(store)
        await second.restore()
        #expect(
            again.read == ["own", "a"],
            "what worked goes on without a trial; what is configured is not read twice")
        #expect(again.board.report.read.map(\.isOwn) == [true, false])
        #expect(again.board.report.listedAt == script.board.report.listedAt)
        #expect(again.board.report.excluded == nil && !again.board.report.isSettled)
        try await second.step()
        #expect(again.world.value.trials == [Script.id(2)])
        #expect(again.read == ["own", "a", "b"] && again.board.report.failure != nil)
        let fresh = Script()
        let third = fresh.watch(store, reservedIDs: [Script.id(1)])
        await third.restore()
        #expect(fresh.read == ["own", "b"], "a role that the configuration names now is not read twice")
        try await store.close()
    }

    @Test("somebody who moves while units are walked does not leave")
    func moving() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        let script = Script()
        script.set([1: "a", 2: "b"])
        let watch = script.watch(store)
        try await watch.step()
        script.world.change { world in
            world.now += 3600
            world.oddLists = [OrganizationList(world.entries.filter { $0.account.name == "a" })]
        }
        try await watch.step()
        #expect(script.read == ["a", "b"])
        #expect(script.world.value.lists == 3 && script.lines(with: "left") == 0)
        try await store.close()
    }

    @Test("shards read all accounts, none of them twice")
    func shards() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        let names = Dictionary(uniqueKeysWithValues: (0..<200).map { ($0, "account \($0)") })
        var all: [String] = []
        for number in 1...4 {
            let script = Script()
            script.set(names)
            try await script.watch(store, shard: AccountShard(number: number, of: 4)).step()
            #expect(script.board.report.otherShards == 200 - script.read.count)
            #expect(
                Set(script.world.value.trials).count == script.read.count, "only the own roles are assumed")
            all += script.read
        }
        #expect(all.sorted() == names.values.sorted())
        try await store.close()
    }

    @Test("a store that cannot be read or written is told, and reading goes on")
    func store() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        try await store.close()
        let script = Script()
        script.set([1: "a"])
        let watch = script.watch(store)
        await watch.restore()
        try await watch.step()
        #expect(script.read == ["a"])
        #expect(script.lines(with: "Reading the stored accounts of the organization failed") == 1)
        #expect(script.lines(with: "Storing the organization's accounts failed") == 1)
    }
}
