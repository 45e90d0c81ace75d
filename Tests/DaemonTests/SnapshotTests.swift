import QuotaModel
import Testing

@testable import Polling

struct SnapshotBoardTests {
    @Test("Invariant 6: a Region keeps its last snapshot whatever others do; a reload takes Regions away")
    func keep() {
        let board = SnapshotBoard()
        let keys = ["b", "a", "c"].map { RegionKey(account: "prod", region: $0) }
        for key in keys { board.publish(SampleSnapshot.region(key)) }
        board.publish(RegionSnapshot(key: keys[0]))
        #expect(board.snapshot(at: 0).regions.map(\.key.region) == ["a", "b", "c"])
        #expect(board.snapshot(at: 0).regions.map(\.pools.count) == [2, 0, 2])
        board.keep { $0.region != "a" }
        #expect(board.snapshot(at: 0).regions.map(\.key.region) == ["b", "c"])
    }

    @Test("Invariant 2: outdated figures of use are absent, limits and counters stay")
    func outdated() throws {
        let board = SnapshotBoard()
        board.publish(SampleSnapshot.region())
        let until = try #require(SampleSnapshot.region().currentUntil)
        #expect(!SampleSnapshot.region().isOutdated(at: until))
        #expect(board.snapshot(at: until).regions[0].settledMinute == SampleSnapshot.minute)
        let region = board.snapshot(at: until + 1).regions[0]
        #expect(SampleSnapshot.region().isOutdated(at: until + 1))
        #expect(region.settledMinute == nil)
        #expect(region.newestDatapoint != nil)
        #expect(region.models.map(\.latencyMilliseconds) == [nil])
        #expect(
            region.pools.flatMap(\.quotas).allSatisfy {
                $0.usage == nil && $0.ratio == nil && $0.peaks.isEmpty
            })
        #expect(region.pools.flatMap(\.quotas).map(\.quota.limit) == [6_000_000, 0, 1_440_000_000])
        #expect(region.unmapped.count == 1)
    }
}
