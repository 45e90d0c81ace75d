import FoundationEssentials

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
            quota: kind, quotaCode: "L-00000001", limit: limit, limitSource: "applied", usage: usage,
            usageSource: usage == nil ? nil : "aws_estimate", utilizationRatio: ratio,
            peakUtilizationRatio: ["5m": ratio, "1h": 1.04],
            minute: usage == nil ? nil : Date(timeIntervalSince1970: minute))
    }

    static func pool(
        region: String = "ap-southeast-1", scope: String = "global",
        model: String = "anthropic.claude-sonnet-4-6",
        account: String = "prod", quotas: [WatchPool.Quota] = [quota()], throttles: Double? = 0
    ) -> WatchPool {
        WatchPool(
            account: account, region: region, scope: scope, model: model,
            modelIds: ["\(scope).\(model)"], burndownRate: 5, burndownSource: "table", quotas: quotas,
            history: WatchHistory(
                ratios: (0..<15).map { $0 == 3 ? nil : Double($0) / 14 }, throttles: throttles))
    }

    /// Four pools, one alert, one Region that fails, one unmapped model ID.
    static var reading: WatchReading {
        WatchReading(
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
                    account: "prod", region: "ap-east-2", modelId: "k3v9wq2n7xtp", reason: "unknown_profile")
            ],
            regions: [
                WatchReading.Region(
                    account: "prod", region: "ap-southeast-1", up: true,
                    lastSuccessfulPoll: Date(timeIntervalSince1970: now - 20)),
                WatchReading.Region(
                    account: "prod", region: "ap-east-2", up: false, failure: "AccessDenied",
                    lastSuccessfulPoll: Date(timeIntervalSince1970: now - 14)),
            ],
            pollIntervalSeconds: 60,
            alerts: [
                WatchReading.Alert(
                    alert: "BedrockQuotaCritical", severity: "critical", state: "firing",
                    since: Date(timeIntervalSince1970: now - 300),
                    labels: [
                        "account": "prod", "region": "ap-southeast-1", "scope": "global",
                        "model": "anthropic.claude-sonnet-4-6", "quota": "tokens_per_minute",
                    ])
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
