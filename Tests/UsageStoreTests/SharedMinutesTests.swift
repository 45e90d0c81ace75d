import QuotaModel
import Testing

@testable import UsageStore

@Suite("Minutes of all pools of a Region")
struct SharedMinutesTests {
    private typealias Known = (model: String, minutes: [ThrottleMinute])

    private static let whole = span(0, 120)

    /// The definition: of all pools that are covered in some of an episode's minutes, the one minute, looked at anew.
    private func definition(
        _ pools: [Known], at minute: Minute, in episode: Range<Minute>
    ) -> SharedDailyQuota.State {
        var tried: [String: (throttles: Double, requests: Double)] = [:]
        for pool in pools {
            let minutes = pool.minutes.filter { episode.contains($0.minute) }
            guard minutes.contains(where: \.isCovered) else { continue }
            guard let own = minutes.first(where: { $0.minute == minute }), own.isCovered else { return .open }
            guard own.throttles + own.requests > 0 else { continue }
            for (used, limit) in [(own.quotaTokens, own.tokensLimit), (own.requests, own.requestsLimit)] {
                if let limit, limit > 0, used >= limit / 2 { return .open }
            }
            let before = tried[pool.model] ?? (0, 0)
            tried[pool.model] = (
                before.throttles + own.throttles, before.requests + own.requests + own.throttles
            )
        }
        guard !tried.isEmpty else { return .idle }
        let areThrottled = tried.values.allSatisfy { $0.throttles >= 0.5 * $0.requests }
        return tried.count > 1 && areThrottled ? .shut(models: tried.count) : .open
    }

    /// Mostly covered and throttled, with holes, ends and full minutes, as they come.
    private func pool(_ model: String, _ random: inout SeededGenerator) -> Known {
        func chance(_ share: Int) -> Bool { Int.random(in: 0..<100, using: &random) < share }
        let life = Int.random(in: -60..<120, using: &random)..<Int.random(in: 120..<180, using: &random)
        let holes = [0, 0, 2, 30][Int.random(in: 0..<4, using: &random)]
        return (
            model,
            (0..<120).compactMap { offset in
                guard life.contains(offset), !chance(holes) else { return nil }
                return ThrottleMinute(
                    minute: minute(offset), quotaTokens: chance(2) ? 900 : 10, requests: chance(10) ? 0 : 2,
                    throttles: chance(95) ? 40 : 0, isCovered: !chance(holes),
                    tokensLimit: chance(90) ? 1_000 : nil,
                    requestsLimit: chance(1) ? 4 : 100)
            }
        )
    }

    @Test("Every minute of every episode is what looking at all pools anew says")
    func oracle() {
        var random = SeededGenerator(seed: 11)
        var seen: [String: Int] = [:]
        for round in 0..<120 {
            let pools = (0..<Int.random(in: 1...6, using: &random)).map { index in
                // Two pools of a model add up.
                pool("model \(index / 2)", &random)
            }
            var shared = SharedMinutes(Self.whole)
            for pool in pools { shared.add(pool.minutes, of: pool.model) }
            for _ in 0..<20 {
                let first = Int.random(in: 0..<60, using: &random)
                let episode = span(first, first + Int.random(in: 1...60, using: &random))
                for minute in episode {
                    let state = shared.state(at: minute, in: episode)
                    #expect(state == definition(pools, at: minute, in: episode), "round \(round), \(minute)")
                    seen["\(state)".prefix(4).description, default: 0] += 1
                }
            }
        }
        // All of them came about, often.
        #expect(
            seen.keys.sorted() == ["idle", "open", "shut"] && seen.values.allSatisfy { $0 > 1_000 }, "\(seen)"
        )
    }

    @Test(
        "A pool that is never covered leaves no minute open; one with a hole leaves the hole open, and no more"
    )
    func coverage() {
        func throttled(_ offsets: [Int]) -> [ThrottleMinute] {
            offsets.map { ThrottleMinute(minute: minute($0), requests: 1, throttles: 40) }
        }
        var shared = SharedMinutes(Self.whole)
        shared.add(throttled(Array(0..<60)), of: "a")
        shared.add(throttled(Array(0..<20) + Array(21..<60)), of: "b")
        shared.add([ThrottleMinute(minute: minute(5), requests: 1, isCovered: false)], of: "gone")
        #expect(shared.state(at: minute(5), in: span(0, 60)) == .shut(models: 2))
        #expect(shared.state(at: minute(20), in: span(0, 60)) == .open)
        #expect(shared.state(at: minute(19), in: span(0, 60)) == .shut(models: 2))
        // In its own minute alone the pool is not one of those that are asked; one model alone is no sign.
        #expect(shared.state(at: minute(20), in: span(20, 21)) == .open)
        #expect(shared.state(at: minute(70), in: span(61, 80)) == .idle)
    }
}
