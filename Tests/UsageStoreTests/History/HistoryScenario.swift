import QuotaModel

@testable import UsageStore

/// Random events on a store and its oracle alike.
struct HistoryScenario {
    static let accounts = ["dev", "prod"]
    static let regions = ["ap-southeast-1", "us-east-1"]
    static let modelIDs = [
        "a", "global.a", "us.a", "b", "tier/reserved/reserved/a", "context/1M/us.a", "mantle/a",
    ]
    /// An application inference profile.
    static let profile = "82ey7vcct4m3"
    /// Of two model IDs the same.
    static let names = ["a": "agent", "us.a": "agent", "b": "other agent", profile: "support"]
    static let models = ["amazon.nova-pro-v1:0", "anthropic.claude-sonnet-4-6"]
    /// Minutes from the test's start, which is a midnight.
    static let horizon = 1_800

    var random: SeededGenerator
    var oracle = HistoryOracle()
    private var time = -3_000 * 60

    private let deletes: Bool
    private let modelIDs: [String]

    init(seed: UInt64, deletes: Bool = true, modelIDs: [String] = modelIDs) {
        random = SeededGenerator(seed: seed)
        self.deletes = deletes
        self.modelIDs = modelIDs
    }

    mutating func chance(_ one: Int, in all: Int) -> Bool { Int.random(in: 0..<all, using: &random) < one }

    mutating func pick<Element>(_ list: [Element]) -> Element {
        list[Int.random(in: 0..<list.count, using: &random)]
    }

    mutating func usage(of modelID: String) -> UsageMinute {
        var usage = UsageMinute()
        for metric in UsageMetric.allCases where chance(2, in: 3) {
            usage[metric] = Double(Int.random(in: 0...60, using: &random))
        }
        // Few minutes are throttled: what makes an episode is judged at every write, and shown elsewhere.
        if chance(9, in: 10) { usage.throttles = nil }
        // Sparse, as AWS's estimate is; parts have none.
        if chance(3, in: 4) || SeriesName(modelID).isPart { usage.estimatedQuotaTokens = nil }
        return usage
    }

    // MARK: Events

    mutating func step(_ store: UsageStore) async throws {
        // Most of it in one place, so that events meet each other.
        let account = chance(3, in: 4) ? "prod" : pick(Self.accounts)
        let region = chance(3, in: 4) ? "us-east-1" : pick(Self.regions)
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<9: try await recordPoll(store, account, region)
        case 9..<13: try await recordPeriods(store, account, region)
        case 13, 14: try await assign(store, account, region)
        case 15, 16: try await recordQuotas(store, account, region)
        case 17: try await recordRates(store, account, region)
        case 18: if deletes { try await delete(store) }
        default: _ = try await store.rollStep(atMost: Int.random(in: 0...60, using: &random))
        }
    }

    private mutating func minutes(_ longest: Int) -> Range<Int> {
        let first = Int.random(in: 0..<Self.horizon, using: &random)
        return first..<min(Self.horizon, first + Int.random(in: 1...longest, using: &random))
    }

    private mutating func recordPoll(_ store: UsageStore, _ account: String, _ region: String) async throws {
        let range = minutes(chance(1, in: 3) ? 900 : 150)
        var poll = PollRecord(account: account, region: region, recordedAt: 5, series: [])
        for modelID in modelIDs where chance(1, in: 2) {
            var rows: [RecordedMinute] = []
            for offset in range where chance(1, in: 3) {
                rows.append(RecordedMinute(minute: minute(offset), usage: usage(of: modelID)))
            }
            // The newest minutes of a poll are not covered yet.
            let end = chance(1, in: 2) ? range.upperBound : max(range.lowerBound, range.upperBound - 3)
            let covered = chance(5, in: 6) ? [span(range.lowerBound, end)] : []
            poll.series.append(SeriesRecord(modelID: modelID, minutes: rows, covered: covered))
        }
        try await store.record(poll)
        oracle.record(poll)
    }

    private mutating func recordPeriods(_ store: UsageStore, _ account: String, _ region: String) async throws
    {
        let resolution = pick(PeriodRecord.Resolution.allCases)
        let length = resolution.minutes
        let range = minutes(1440)
        let first = (range.lowerBound + length - 1) / length
        let periods = first..<max(first, range.upperBound / length)
        var record = PeriodRecord(
            account: account, region: region, recordedAt: 5, resolution: resolution, series: [])
        for modelID in modelIDs where chance(1, in: 3) {
            var rows: [RecordedMinute] = []
            for period in periods where chance(1, in: 2) {
                rows.append(
                    RecordedMinute(minute: minute(period * length), usage: usage(of: modelID)))
            }
            let covered = chance(3, in: 4) ? [span(range.lowerBound, range.upperBound)] : []
            record.series.append(PeriodRecord.Series(modelID: modelID, periods: rows, covered: covered))
        }
        try await store.recordPeriods(record)
        oracle.record(record)
    }

    private static let scopes: [InferenceScope] = [
        .global, .crossRegion, .mantle, .globalReserved, .globalLongContext,
    ]

    private static func scopes(of modelID: String) -> [InferenceScope] {
        switch SeriesName(modelID).source.name {
        case "mantle": [.mantle]
        case "tier": [.globalReserved]
        case "context": [.globalLongContext]
        default: [.global, .crossRegion]
        }
    }

    private mutating func assign(_ store: UsageStore, _ account: String, _ region: String) async throws {
        var pools: [String: ScopedModel?] = [:]
        for modelID in modelIDs where chance(1, in: 2) {
            let scope = pick(Self.scopes(of: modelID))
            pools[modelID] =
                chance(1, in: 5) ? .some(nil) : ScopedModel(scope: scope, model: pick(Self.models))
        }
        try await store.recordAssignments(account: account, region: region, pools, names: Self.names)
        for (modelID, name) in Self.names {
            let key = SeriesKey(account: account, region: region, modelID: modelID)
            if oracle.series.contains(key) { oracle.names[key] = name }
        }
        for (modelID, pool) in pools {
            let key = SeriesKey(account: account, region: region, modelID: modelID)
            if oracle.series.contains(key) { oracle.pools[key] = pool }
        }
    }

    private mutating func recordQuotas(_ store: UsageStore, _ account: String, _ region: String) async throws
    {
        var quotas: [PoolQuota] = []
        for scope in Self.scopes {
            for model in Self.models {
                for kind in QuotaKind.ofPools where chance(3, in: 4) {
                    let limit = Double(
                        pick([0, 40, 100, 200, 400]) * (kind == .tokensPerDay ? 200 : 1))
                    let quota = Quota(kind: kind, limit: limit, source: .applied, code: nil)
                    quotas.append(PoolQuota(scope: scope, model: model, quota: quota))
                }
            }
        }
        time += Int.random(in: -600...(90_000), using: &random)
        let seen = start.epochSeconds + time
        try await store.recordQuotas(account: account, region: region, quotas, at: seen)
        oracle.recordQuotas(account: account, region: region, quotas, at: seen)
    }

    private mutating func recordRates(_ store: UsageStore, _ account: String, _ region: String) async throws {
        let scope = pick([InferenceScope.global, .crossRegion])
        let model = pick(Self.models)
        let rate = pick([1.0, 2.5, 5, 15])
        try await store.recordRates(
            account: account, region: region,
            [(ScopedModel(scope: scope, model: model), BurndownRate(value: rate, source: .override))], at: 7)
        oracle.rates[QuotaPool(account: account, region: region, scope: scope, model: model)] = rate
    }

    private mutating func delete(_ store: UsageStore) async throws {
        let cut = minute(Int.random(in: -60...(Self.horizon / 2), using: &random))
        // Stale rollups hold retention back, which has a test of its own.
        while try await store.rollStep(atMost: 100) > 0 {}
        while try await store.deleteMinutes(before: cut, atMost: 200) > 0 {}
        oracle.delete(before: cut)
    }

    // MARK: Questions

    mutating func query() -> UsageQuery {
        let steps: [Int?] = [
            nil, 1, 5, 15, 60, 360, 1440, 10_080, Int.random(in: 2...200, using: &random), 1_441, 95, 2_000,
        ]
        let step = pick(steps)
        var first = Int.random(in: -300..<Self.horizon, using: &random)
        var count = Int.random(in: 1...(step ?? 60) * 8 + 300, using: &random)
        if chance(1, in: 3) {
            first = first / 60 * 60
            count = (count / 60 + 1) * 60
        }
        if chance(1, in: 3) {
            first = first / 1440 * 1440
            count = (step ?? 60) < 60 ? count : (count / 1440 + 1) * 1440
        }
        count = min(count, (step ?? 60) < 60 ? 400 : 6_000)
        var query = UsageQuery(range: span(first, first + count), stepMinutes: step)
        query.groupBy = UsageQuery.Dimension.allCases.shuffled(using: &random).filter {
            $0 != .caller && chance(1, in: $0 == .modelID || $0 == .profileName ? 4 : 2)
        }
        if chance(1, in: 4) { query.account = chance(1, in: 9) ? "none" : pick(Self.accounts) }
        if chance(1, in: 4) { query.region = pick(Self.regions) }
        if chance(1, in: 8) { query.scope = pick(InferenceScope.allCases) }
        if chance(1, in: 8) { query.model = pick(Self.models) }
        if chance(1, in: 8) { query.modelID = SeriesName(pick(modelIDs)).whole }
        return query
    }
}
