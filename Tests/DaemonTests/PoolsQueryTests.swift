import Foundation
import QuotaModel
import Testing

@testable import Polling
@testable import System
@testable import Web

@Suite("Which pools a document has, and in which order")
struct PoolsQueryTests {
    private static let minute = SampleSnapshot.minute

    private func query(_ parameters: (String, String)...) throws -> PoolsQuery {
        try PoolsQuery.read(parameters.map { (name: $0.0, value: $0.1) })
    }

    private func reason(_ parameters: (String, String)...) -> String? {
        do throws(InvalidValue) {
            _ = try PoolsQuery.read(parameters.map { (name: $0.0, value: $0.1) })
            return nil
        } catch {
            return error.reason
        }
    }

    /// Pools with use, without, with a limit of 0 and without quotas, many alike, in no particular order.
    private func fleet(_ seed: UInt64, regions: Int = 12, pools: Int = 15) -> Snapshot {
        var random = SeededGenerator(seed: seed)
        let scopes: [InferenceScope] = [.onDemand, .crossRegion, .global, .mantle]
        return Snapshot(
            regions: (0..<regions).map { place in
                let key = RegionKey(
                    account: "team-\(place / 3)", region: ["us-east-1", "eu-west-1", "ap-south-1"][place % 3])
                var region = RegionSnapshot(key: key)
                for index in 0..<pools {
                    let scope = scopes.randomElement(using: &random) ?? .global
                    let pool = QuotaPool(
                        account: key.account, region: key.region, scope: scope, model: "vendor.model-\(index)"
                    )
                    let id = "profile\(Int.random(in: 0..<40, using: &random))"
                    region.pools.append(self.pool(pool, [id], &random))
                    region.identities[id] = ModelIdentity(
                        pool: pool.scopedModel,
                        profile: InferenceProfile(
                            id: id, name: "Agent \(id.suffix(1))", kind: .application, modelARNs: []))
                }
                return region
            })
    }

    private func pool(_ pool: QuotaPool, _ ids: [String], _ random: inout SeededGenerator) -> PoolSnapshot {
        var history = PoolHistory()
        for back in 0..<3 where Bool.random(using: &random) {
            history[Self.minute.advanced(by: -20 * back)] = PoolMinute(
                quotaTokens: Double(Int.random(in: 0...5, using: &random)) * 1000,
                requests: Double(Int.random(in: 0...3, using: &random)), sources: .weighted, isCovered: true)
        }
        let kinds: [QuotaKind] =
            pool.scope == .mantle
            ? [.inputTokensPerMinute, .outputTokensPerMinute] : [.tokensPerMinute, .requestsPerMinute]
        let quotas = kinds.filter { _ in Int.random(in: 0..<5, using: &random) > 0 }.map { kind in
            Quota(
                kind: kind, limit: [0, 4000, 8000].randomElement(using: &random) ?? 0, source: .applied,
                code: nil)
        }
        var snapshot = PoolSnapshot(
            pool: pool, modelIDs: ids, rate: BurndownRate(value: 5, source: .table),
            quotas: quotas.map { QuotaUse(of: $0, history: history, settled: Self.minute) },
            minute: Self.minute)
        snapshot.recentThrottles = [nil, 0, 3, 8].randomElement(using: &random) ?? nil
        return snapshot
    }

    // MARK: Oracle

    /// What a reader would do by hand: weigh each pair, without keys made ahead.
    private func comesBefore(_ a: PoolSnapshot, _ b: PoolSnapshot, _ query: PoolsQuery) -> Bool? {
        func uses(_ pool: PoolSnapshot) -> [QuotaUse] {
            pool.quotas.filter {
                query.quota == nil || $0.quota.kind == query.quota
                    || query.quota == .tokensPerMinute
                        && [.inputTokensPerMinute, .outputTokensPerMinute].contains($0.quota.kind)
            }
        }
        func highest(_ pool: PoolSnapshot, _ figure: (QuotaUse) -> Double?) -> Double? {
            uses(pool).compactMap(figure).max()
        }
        let sort = query.sort ?? .account
        let isDown =
            query.order.map { $0 == .descending } ?? ![.account, .region, .scope, .model].contains(sort)
        func text(_ pool: PoolSnapshot) -> String? {
            switch sort {
            case .account: pool.pool.account
            case .region: pool.pool.region
            case .scope: pool.pool.scope.rawValue
            case .model: pool.pool.model
            case _: nil
            }
        }
        if let left = text(a), let right = text(b) { return left == right ? nil : (left < right) != isDown }
        func figure(_ pool: PoolSnapshot) -> Double? {
            switch sort {
            case .peak5m: highest(pool) { $0.peaks[.fiveMinutes] ?? $0.ratio }
            case .peak1h: highest(pool) { $0.peaks[.hour] ?? $0.ratio }
            case .peak24h: highest(pool) { $0.peaks[.day] ?? $0.ratio }
            case .throttles: pool.recentThrottles
            case .usage:
                uses(pool).filter { $0.ratio != nil }.max { ($0.ratio ?? 0) < ($1.ratio ?? 0) }?.usage
            case _: highest(pool, \.ratio)
            }
        }
        func before(_ left: Double?, _ right: Double?) -> Bool? {
            switch (left, right) {
            case (nil, nil): nil
            case (nil, _): false
            case (_, nil): true
            case (let left?, let right?): left == right ? nil : (left < right) != isDown
            }
        }
        if let answer = before(figure(a), figure(b)) { return answer }
        guard [.ratio, .peak5m, .peak1h, .peak24h].contains(sort) else { return nil }
        let off = [a, b].map { pool in
            highest(pool, \.ratio) == nil && !uses(pool).isEmpty
                && uses(pool).allSatisfy { $0.quota.limit == 0 }
        }
        if figure(a) == nil, off[0] != off[1] { return off[1] }
        return before(highest(a) { $0.peaks[.day] ?? $0.ratio }, highest(b) { $0.peaks[.day] ?? $0.ratio })
    }

    @Test(
        "every order is that of comparing pair by pair, and pages follow each other without gap",
        arguments: 1...4)
    func orders(seed: UInt64) throws {
        let snapshot = fleet(seed, regions: 4)
        let all = snapshot.regions.flatMap(\.pools)
        for sort in PoolsQuery.Sort.allCases {
            for order in PoolsQuery.Order.allCases {
                for kind in [nil, QuotaKind.tokensPerMinute, .requestsPerMinute] {
                    var query = PoolsQuery()
                    (query.sort, query.order, query.quota) = (sort, order, kind)
                    let found = query.select(from: snapshot)
                    let pools = found.pools.map(\.pool)
                    #expect(found.matched == pools.count)
                    let positions = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1.pool, $0) })
                    for (before, after) in zip(pools, pools.dropFirst()) {
                        let answer = comesBefore(before, after, query)
                        let isStored = try #require(positions[before.pool]) < #require(positions[after.pool])
                        #expect(answer ?? isStored, "\(sort) \(order): \(before.pool) before \(after.pool)")
                    }
                    query.limit = 7
                    var paged: [QuotaPool] = []
                    for offset in stride(from: 0, to: pools.count + 7, by: 7) {
                        query.offset = offset
                        paged += query.select(from: snapshot).pools.map(\.pool.pool)
                    }
                    #expect(paged == pools.map(\.pool))
                }
            }
        }
    }

    @Test("filters leave what fits all of them, each any of its values", arguments: 1...4)
    func filters(seed: UInt64) throws {
        let snapshot = fleet(seed)
        let query = try query(
            ("account", "team-1"), ("account", "team-2"), ("region", "eu-west-1"), ("scope", "global"),
            ("scope", "mantle"),
            ("model", "vendor.model-3"), ("model", "vendor.model-4"), ("model", "vendor.model-9"))
        let expected = snapshot.regions.flatMap(\.pools).map(\.pool).filter { pool in
            ["team-1", "team-2"].contains(pool.account) && pool.region == "eu-west-1"
                && [.global, .mantle].contains(pool.scope)
                && ["vendor.model-3", "vendor.model-4", "vendor.model-9"].contains(pool.model)
        }
        #expect(query.select(from: snapshot).pools.map(\.pool.pool) == expected)
        let none = try self.query(("account", "team"))
        #expect(none.select(from: snapshot).matched == 0, "a name is exact")
    }

    @Test(
        "each word of a search must occur, without regard to case, in labels, model IDs or names; nothing is a pattern"
    )
    func search() throws {
        let snapshot = Snapshot(regions: [SampleSnapshot.region()])
        func found(_ text: String) throws -> [String] {
            try query(("search", text)).select(from: snapshot).pools.map(\.pool.pool.model)
        }
        let sonnet = "anthropic.claude-sonnet-4-6"
        #expect(try found("SONNET ap-southeast") == [sonnet])
        #expect(try found("  global\tclaude  4-6 ") == [sonnet])
        #expect(try found("") == [sonnet, SampleSnapshot.hostile])
        #expect(try found("sonnet haiku").isEmpty)
        #expect(try found("<script>alert(\"x\")").count == 1)
        #expect(try found("AGENT") == [SampleSnapshot.hostile], "by the name of a profile")
        for pattern in ["%", "*", ".*", "sonnet|haiku", "son_et", "\\", "[a-z]"] {
            #expect(try found(pattern).isEmpty, "\(pattern)")
        }
        #expect(try found("Ü").isEmpty)
        #expect(try SearchWords("ÄRGER straße").fit(["ein ärger in der Straße"]))
        #expect(reason(("search", String(repeating: "ä", count: 201)))?.contains("400 at most") == true)
    }

    @Test("search agrees with a plain comparison of texts", arguments: 1...4)
    func searchOracle(seed: UInt64) throws {
        let snapshot = fleet(seed)
        for text in [
            "team-1", "eu 3", "cross-region", "on demand model-1", "profile3", "agent 7",
            "model-1 team-2 agent", "zz",
        ] {
            let words = text.split(separator: " ")
            let expected = snapshot.regions.flatMap { region in
                region.pools.filter { pool in
                    let scope = pool.pool.scope.rawValue
                    let texts =
                        [pool.pool.account, pool.pool.region, scope, pool.pool.model]
                        + [
                            scope.replacingOccurrences(of: "_", with: "-"),
                            scope.replacingOccurrences(of: "_", with: " "),
                        ]
                        + pool.modelIDs + pool.modelIDs.compactMap { region.identities[$0]?.profile?.name }
                    return words.allSatisfy { word in texts.contains { $0.lowercased().contains(word) } }
                }
            }
            let found = try query(("search", text)).select(from: snapshot).pools
            #expect(found.map(\.pool.pool) == expected.map(\.pool), "\(text)")
        }
    }

    @Test("what is not allowed is refused by name, with what is")
    func refusals() {
        #expect(
            reason(("sort", "size"))
                == "sort: \"size\" is not allowed; allowed: ratio, peak_5m, peak_1h, peak_24h, "
                + "usage, throttles, account, region, scope, model")
        #expect(reason(("order", "up"), ("sort", "ratio"))?.hasPrefix("order: \"up\" is not allowed") == true)
        #expect(reason(("order", "asc")) == "order goes with sort, which is missing")
        #expect(reason(("scope", "everywhere"))?.contains("allowed: on_demand, cross_region") == true)
        #expect(reason(("quota", "batch_jobs"))?.hasPrefix("quota: ") == true)
        for limit in ["0", "1001", "-1", "+1", "1e3", "", "99999999999999999999", "٣"] {
            #expect(reason(("limit", limit))?.contains("a whole number from 1 to 1000") == true, "\(limit)")
        }
        #expect(reason(("offset", "-1"))?.hasPrefix("offset: ") == true)
        #expect(reason(("offset", "0"), ("offset", "1")) == "offset is given twice; allowed: once")
        #expect(
            reason(("acount", "prod"))?.hasPrefix("\"acount\" is no parameter; allowed: account, ") == true)
        #expect(reason(("account", "a"), ("account", "a")) == nil)
    }

    @Test("figures that are too old order nothing: they are unknown")
    func outdated() throws {
        var old = fleet(1, regions: 1).regions[0]
        old.currentUntil = 0
        let snapshot = Snapshot(regions: [old.current(at: 1)])
        let found = try query(("sort", "ratio")).select(from: snapshot).pools
        #expect(found.count == old.pools.count && found.allSatisfy { $0.pool.mostUsed() == nil })
    }
}
