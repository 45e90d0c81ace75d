import QuotaModel
import UsageStore

@testable import Polling

/// A snapshot with one of everything: a known use, an unknown one, a limit of 0, a hostile model ID.
enum SampleSnapshot {
    static let key = RegionKey(account: "prod", region: "ap-southeast-1")
    static let minute = Minute(index: 29_500_000)
    static let hostile = "<script>alert(\"x\")</script>&'"

    static func region(_ key: RegionKey = key) -> RegionSnapshot {
        var history = PoolHistory()
        history[minute] = PoolMinute(
            quotaTokens: 3_500_000, requests: 100, sources: .weighted, isCovered: true)
        var region = RegionSnapshot(key: key)
        region.newestDatapoint = minute.advanced(by: 3)
        region.settledMinute = minute
        region.currentUntil = Double(minute.epochSeconds + 900)
        region.models = [
            ModelUsage(
                modelID: hostile, totals: UsageTotals(), latencyMilliseconds: 1250,
                timeToFirstTokenMilliseconds: nil)
        ]
        let rate = BurndownRate(value: 5, source: .table)
        region.pools = [
            pool(
                key, "anthropic.claude-sonnet-4-6", rate, history,
                [
                    Quota(
                        kind: .tokensPerMinute, limit: 6_000_000, source: .applied, code: "L-7BEE40FB",
                        match: .derived),
                    Quota(kind: .requestsPerMinute, limit: 0, source: .default, code: "L-F6E116D7"),
                ]),
            pool(
                key, hostile, BurndownRate(value: 2.5, source: .override), PoolHistory(),
                [
                    Quota(kind: .tokensPerDay, limit: 1_440_000_000, source: .override, code: nil)
                ]),
        ]
        region.identities = [
            "global.anthropic.claude-sonnet-4-6": ModelIdentity(
                pool: ScopedModel(scope: .global, model: "anthropic.claude-sonnet-4-6"),
                profile: InferenceProfile(
                    id: "global.anthropic.claude-sonnet-4-6", name: "Global Claude Sonnet 4.6",
                    kind: .systemDefined, modelARNs: [])),
            "global." + hostile: ModelIdentity(
                pool: ScopedModel(scope: .global, model: hostile),
                profile: InferenceProfile(
                    id: "x", name: "agent", kind: .application, modelARNs: [],
                    tags: ["team": "a \"b\"", "other": "not asked for"])),
            hostile: ModelIdentity(pool: nil, profile: nil),
        ]
        region.profileTags = [ProfileTag("team"), ProfileTag("cost-center")]
        region.quotaTokens = [ScopedModel(scope: .global, model: "anthropic.claude-sonnet-4-6"): 12_500_000]
        region.callerTokens = [
            CallerTotal(
                pool: ScopedModel(scope: .global, model: "anthropic.claude-sonnet-4-6"),
                kind: "metadata:team",
                caller: "a \"b\"", quotaTokens: 2_500.5)
        ]
        region.unmapped = [UnmappedModel(modelID: hostile, reason: .unknownModelID)]
        return region
    }

    private static func pool(
        _ key: RegionKey, _ model: String, _ rate: BurndownRate, _ history: PoolHistory, _ quotas: [Quota]
    ) -> PoolSnapshot {
        PoolSnapshot(
            pool: QuotaPool(account: key.account, region: key.region, scope: .global, model: model),
            modelIDs: ["global." + model], rate: rate,
            quotas: quotas.map { QuotaUse(of: $0, history: history, settled: minute) }, minute: minute)
    }

    static var snapshot: Snapshot { Snapshot(regions: [region()]) }
}
