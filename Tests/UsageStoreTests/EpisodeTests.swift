import QuotaModel
import TestBench
import Testing

@testable import UsageStore

@Suite("Episodes of throttling in the store")
struct EpisodeTests {
    private static let pool = ScopedModel(scope: .global, model: "anthropic.claude-sonnet-4-6")
    private let folder: TestFolder
    private var store: UsageStore

    init() async throws {
        folder = try TestFolder()
        store = try UsageStore.open(path: folder.database)
        try await map(sonnet, to: Self.pool)
        try await limit(1_000_000)
    }

    private func map(_ modelID: String, to pool: ScopedModel) async throws {
        try await store.rememberSeries(account: account, region: region, [modelID: []], at: 1)
        try await store.recordAssignments(account: account, region: region, [modelID: pool])
    }

    private func limit(_ limit: Double, at time: Int = 2) async throws {
        try await store.recordQuotas(
            account: account, region: region,
            [
                PoolQuota(
                    scope: Self.pool.scope, model: Self.pool.model,
                    quota: Quota(
                        kind: .tokensPerMinute, limit: limit, source: .applied, code: "L-7BEE40FB"))
            ], at: time)
    }

    private func throttled(
        _ count: Double, tokens: Double = 1_100_000, requests: Double = 100
    ) -> UsageMinute {
        var minute = usage(requests, input: tokens, latency: 6_000)
        minute.throttles = count
        return minute
    }

    private func calm() -> UsageMinute { usage(10, input: 50_000, latency: 2_000) }

    /// Calm minutes from 0 to before 40, but for those given, all of them covered.
    private func stretch(_ minutes: [Int: UsageMinute], covered: [Range<Minute>]? = nil) -> PollRecord {
        poll((0..<40).map { ($0, minutes[$0] ?? calm()) }, covered: covered)
    }

    private func episodes() async throws -> [String] {
        try await store.rows(
            """
            SELECT (start - \(start.epochSeconds)) / 60, ("end" - \(start.epochSeconds)) / 60, throttles, cause, settled
            FROM throttle_episodes ORDER BY start
            """)
    }

    private func all() async throws -> [String] {
        try await store.rows("SELECT * FROM throttle_episodes ORDER BY start")
    }

    @Test("Throttled minutes are stored with their cause, in the record that brought them")
    func stored() async throws {
        try await store.record(stretch([10: throttled(50), 11: throttled(30), 14: throttled(5)]))
        #expect(try await episodes() == ["10|15|85|tokens_per_minute|1"])
        let rows = try await store.rows("SELECT minutes, cause, evidence FROM throttling")
        #expect(rows.first?.hasPrefix("5|tokens_per_minute|{") == true)
        #expect(rows.first?.contains(#""tokens_per_minute_limit_source":"applied""#) == true)
    }

    @Test("Nothing is stored where nothing throttled, nor for a model ID without a pool")
    func nothing() async throws {
        try await store.record(stretch([:]))
        try await store.record(poll("acme.unmapped", [(10, throttled(50))]))
        #expect(try await episodes() == [])
    }

    @Test(
        "Invariant 3: read again, and after a restart, every row is what it was, the time of the judgement too"
    )
    mutating func reread() async throws {
        try await store.record(stretch([10: throttled(50), 20: throttled(4, tokens: 100_000)]))
        let before = try await all()
        #expect(before.count == 2)
        for offset in [0, 3_600] {
            var again = stretch([10: throttled(50), 20: throttled(4, tokens: 100_000)])
            again.recordedAt += offset
            try await store.record(again)
            #expect(try await all() == before)
        }
        try await store.close()
        store = try UsageStore.open(path: folder.database)
        var again = stretch([10: throttled(50), 20: throttled(4, tokens: 100_000)])
        again.recordedAt += 7_200
        try await store.record(again)
        _ = try await store.rollStep(atMost: 1_000)
        #expect(try await all() == before)
    }

    @Test("A late minute that fills the gap makes one episode of two, a revision splits it again")
    func merging() async throws {
        try await store.record(stretch([10: throttled(50), 18: throttled(30)]))
        #expect(try await episodes().count == 2)
        try await store.record(poll([(14, throttled(7))]))
        #expect(try await episodes() == ["10|19|87|tokens_per_minute|1"])
        try await store.record(poll([(14, throttled(0))]))
        #expect(
            try await episodes() == ["10|11|50|tokens_per_minute|1", "18|19|30|tokens_per_minute|1"])
        try await store.record(poll([(10, throttled(0)), (18, throttled(0))]))
        #expect(try await episodes() == [])
    }

    @Test("Minutes that are not covered leave an episode unsettled; when they come it is judged again")
    func settling() async throws {
        let low = throttled(20, tokens: 100_000)
        try await store.record(poll([(9, calm()), (10, low)], covered: [span(0, 10)]))
        #expect(try await episodes() == ["10|11|20|unknown|0"])
        try await store.record(poll([(10, low), (11, calm())], covered: [span(10, 12)]))
        #expect(try await episodes() == ["10|11|20|reservation|0"])
        try await store.record(poll((12..<20).map { ($0, calm()) }))
        #expect(try await episodes() == ["10|11|20|reservation|1"])
    }

    @Test("A limit that becomes known, or is another, judges again what it changes")
    func limits() async throws {
        try await store.record(stretch([10: throttled(50, tokens: 600_000)]))
        #expect(try await episodes().first?.contains("unknown") == true)
        // Before the first sighting the first limit holds; this is a later one.
        try await limit(500_000, at: minute(5).epochSeconds)
        try await store.record(poll([(90, calm())]))
        _ = try await store.rollStep(atMost: 1_000)
        #expect(try await episodes() == ["10|11|50|tokens_per_minute|1"])
    }

    @Test("A limit of 0 is no full minute: the use is not permitted")
    func noLimit() async throws {
        try await limit(0, at: 3)
        try await store.record(stretch([10: throttled(50)]))
        #expect(try await episodes() == ["10|11|50|unknown|1"])
        #expect(try await store.rows("SELECT evidence FROM throttling")[0].contains("not_permitted"))
    }

    @Test("A model ID that finds its pool brings its past episodes")
    func mapping() async throws {
        let other = "us.anthropic.claude-sonnet-4-6"
        try await store.record(poll(other, (0..<40).map { ($0, $0 == 10 ? throttled(9) : calm()) }))
        #expect(try await episodes() == [])
        try await map(other, to: Self.pool)
        try await store.record(poll([(90, calm())]))
        _ = try await store.rollStep(atMost: 1_000)
        #expect(try await episodes().count == 1)
    }

    @Test("All models throttled at once, each far below its limit, is the quota of the day that they share")
    func sharedDay() async throws {
        let other = "global.anthropic.claude-haiku-4-5"
        try await map(other, to: ScopedModel(scope: .global, model: "anthropic.claude-haiku-4-5"))
        let refused = throttled(40, tokens: 1_000, requests: 1)
        let minutes = (0..<40).map { ($0, (10..<20).contains($0) ? refused : calm()) }
        try await store.record(poll(minutes))
        #expect(try await episodes().first?.contains("unknown") == true)
        // The other model's minutes judge this one's again.
        try await store.record(poll(other, minutes))
        #expect(
            try await episodes() == ["10|20|400|daily_quota|1", "10|20|400|daily_quota|1"])
    }

    @Test("Episodes outlive their minutes, and go with the rollups")
    func retention() async throws {
        try await store.record(stretch([10: throttled(50)]))
        try await store.record(poll([(60 * 24 * 40, calm())]))
        let before = try await all()
        while try await store.deleteMinutes(before: minute(60 * 24), atMost: 100) > 0 {}
        _ = try await store.rollStep(atMost: 1_000)
        try await limit(500_000, at: minute(60 * 24 * 30).epochSeconds)
        _ = try await store.rollStep(atMost: 1_000)
        #expect(try await all() == before)
        while try await store.deleteRollups(before: minute(60 * 24 * 2), atMost: 100) > 0 {}
        #expect(try await all() == [])
    }

    @Test("In whatever pieces and order minutes come, the episodes are those of all at once")
    func order() async throws {
        var random = SeededGenerator(seed: 9)
        for round in 0..<10 {
            let folder = try TestFolder()
            let whole = try await fresh(folder.database + ".whole")
            let pieces = try await fresh(folder.database)
            var minutes: [(Int, UsageMinute)] = []
            for offset in 0..<150 {
                let isThrottled = Int.random(in: 0..<9, using: &random) == 0
                let tokens = [100_000.0, 700_000, 1_200_000][Int.random(in: 0..<3, using: &random)]
                minutes.append((offset, isThrottled ? throttled(12, tokens: tokens) : calm()))
            }
            try await whole.record(poll(minutes))
            var parts = stride(from: 0, to: 150, by: 10).map { Array(minutes[$0..<($0 + 10)]) }
            parts.shuffle(using: &random)
            for part in parts {
                // First without coverage, as a minute comes that has not settled.
                try await pieces.record(poll(part, covered: []))
                try await pieces.record(poll(part))
            }
            let columns = "start, \"end\", throttles, cause, evidence, settled"
            let sql = "SELECT \(columns) FROM throttle_episodes ORDER BY start"
            #expect(try await pieces.rows(sql) == whole.rows(sql), "round \(round)")
            try await whole.close()
            try await pieces.close()
        }
    }

    private func fresh(_ path: String) async throws -> UsageStore {
        let store = try UsageStore.open(path: path)
        try await store.rememberSeries(account: account, region: region, [sonnet: []], at: 1)
        try await store.recordAssignments(account: account, region: region, [sonnet: Self.pool])
        try await store.recordQuotas(
            account: account, region: region,
            [
                PoolQuota(
                    scope: Self.pool.scope, model: Self.pool.model,
                    quota: Quota(kind: .tokensPerMinute, limit: 1_000_000, source: .applied, code: nil))
            ], at: 2)
        return store
    }

    @Test("The reader tells the newest first, by filter, and how many are left out")
    func reading() async throws {
        try await store.record(
            stretch([2: throttled(5), 12: throttled(50, tokens: 800_000), 25: throttled(8)]))
        let reader = try UsageReader.open(path: folder.database)
        let query = UsageQuery(range: span(0, 40))
        let (newest, leftOut) = try await reader.episodes(query, cause: nil, atMost: 2)
        #expect(newest.map(\.minutes.lowerBound) == [minute(25), minute(12)] && leftOut == 1)
        let bursts = try await reader.episodes(query, cause: .burstWithinMinute, atMost: 10)
        #expect(bursts.episodes.map(\.throttles) == [50] && bursts.leftOut == 0)
        #expect(bursts.episodes[0].evidence.tokensPerMinuteRatio == 0.8)
        let early = try await reader.episodes(UsageQuery(range: span(0, 3)), cause: nil, atMost: 10)
        #expect(early.episodes.map(\.minutes) == [span(2, 3)])
        let elsewhere = UsageQuery(range: span(0, 40), account: "other")
        #expect(try await reader.episodes(elsewhere, cause: nil, atMost: 10).episodes.isEmpty)
    }
}
