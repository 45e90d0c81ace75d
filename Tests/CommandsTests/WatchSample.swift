import QuotaModel
import UsageStore

@testable import Commands

/// Readings for the tests of `watch`.
enum WatchSample {
    /// 2026-11-24 14:05:37 UTC.
    static let now = 1_795_529_137.0
    static let minute = 1_795_528_920.0

    static func quota(
        _ kind: String = "tokens_per_minute", limit: Double = 4_000_000, usage: Double? = 3_280_000
    ) -> WatchPool.Quota {
        let ratio = usage.flatMap { limit > 0 ? $0 / limit : nil }
        return WatchPool.Quota(
            kind: kind, code: "L-00000001", limit: limit, limitSource: "applied", usage: usage,
            usageSource: usage == nil ? nil : "aws_estimate", ratio: ratio,
            peaks: [WatchPool.Peak(window: "5m", ratio: ratio), WatchPool.Peak(window: "1h", ratio: 1.04)],
            minute: usage == nil ? nil : minute)
    }

    static func pool(
        region: String = "ap-southeast-1", scope: String = "global",
        model: String = "anthropic.claude-sonnet-4-6",
        account: String = "prod", quotas: [WatchPool.Quota] = [quota()], throttles: Double? = 0
    ) -> WatchPool {
        WatchPool(
            id: WatchPool.ID(account: account, region: region, scope: scope, model: model),
            modelIDs: ["\(scope).\(model)"], burndownRate: 5, burndownSource: "table", quotas: quotas,
            history: WatchHistory(
                ratios: (0..<15).map { $0 == 3 ? nil : Double($0) / 14 }, throttles: throttles))
    }

    /// Four pools, one alert, one Region that fails, one unmapped model ID.
    static var reading: WatchReading {
        WatchReading(
            takenAt: now,
            pools: [
                pool(
                    region: "ap-southeast-3", model: "anthropic.claude-haiku-4-5-20251001-v1:0",
                    quotas: [
                        quota(usage: 200_000), quota("requests_per_minute", limit: 1000, usage: 720),
                        quota("tokens_per_day", limit: 7_200_000_000, usage: 3_000_000_000),
                    ]),
                pool(
                    quotas: [quota(), quota("requests_per_minute", limit: 10_000, usage: 31)], throttles: 12),
                pool(
                    scope: "on_demand", model: "amazon.nova-lite-v1:0",
                    quotas: [quota(limit: 0, usage: 5), quota("requests_per_minute", limit: 0, usage: 1)]),
                pool(region: "ap-east-2", quotas: [quota(usage: nil)], throttles: nil),
            ],
            unmapped: [
                WatchReading.Unmapped(
                    account: "prod", region: "ap-east-2", modelID: "k3v9wq2n7xtp", reason: "unknown_profile")
            ],
            regions: [
                WatchReading.Region(
                    account: "prod", region: "ap-southeast-1", isUp: true, failure: nil,
                    lastSuccessfulPoll: now - 20),
                WatchReading.Region(
                    account: "prod", region: "ap-east-2", isUp: false, failure: "AccessDenied",
                    lastSuccessfulPoll: now - 14),
            ],
            pollIntervalSeconds: 60,
            alerts: [
                WatchReading.Alert(
                    name: "BedrockQuotaCritical", severity: "critical", since: now - 300,
                    subject: "ap-southeast-1 global claude-sonnet-4-6 tokens_per_minute prod")
            ])
    }

    static func state(_ keys: String = "") -> WatchState {
        var state = WatchState()
        state.take(reading)
        for character in keys { _ = state.press(.character(character)) }
        return state
    }

    static func screen(_ width: Int, _ height: Int, _ glyphs: WatchGlyphs = .unicode) -> WatchScreen {
        WatchScreen(width: width, height: height, glyphs: glyphs, source: "http://127.0.0.1:9747", now: now)
    }
}
