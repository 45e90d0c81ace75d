import Alerting
import Foundation
import QuotaModel
import Testing

@testable import Daemon
@testable import Polling
@testable import System
@testable import Web

struct DocumentTests {
    private func json(_ document: some Encodable) throws -> [String: Any] {
        let bytes = try JSONDocument.bytes(document)
        #expect(bytes.last == UInt8(ascii: "\n"))
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test("pools: the keys that scripts rely on, null where a figure is not known")
    func pools() throws {
        var rules = AlertRules()
        var override = AlertOverride()
        override.model = ModelPattern("anthropic.claude-sonnet-4-6")
        override.warning = 0.5
        rules.overrides = [override]
        let document = try json(PoolsDocument(SampleSnapshot.snapshot, rules: rules))
        #expect(Set(document.keys) == ["pools", "unmapped"])
        let pools = try #require(document["pools"] as? [[String: Any]])
        let pool = try #require(pools.first)
        #expect(
            Set(pool.keys) == [
                "account", "region", "scope", "model", "model_ids", "burndown_rate", "burndown_source",
                "warning", "critical", "quotas",
            ])
        #expect(pool["model_ids"] as? [String] == ["global.anthropic.claude-sonnet-4-6"])
        #expect(pool["burndown_rate"] as? Double == 5)
        #expect(pool["warning"] as? Double == 0.5 && pool["critical"] as? Double == 0.8)
        #expect(pools[1]["warning"] as? Double == 0.7)
        let quotas = try #require(pool["quotas"] as? [[String: Any]])
        let tokens = try #require(quotas.first)
        #expect(
            Set(tokens.keys) == [
                "quota", "quota_code", "limit", "limit_source", "matched_by", "usage", "usage_source",
                "utilization_ratio",
                "peak_utilization_ratio", "coverage", "minute",
            ])
        #expect(tokens["quota"] as? String == "tokens_per_minute")
        #expect(tokens["usage"] as? Double == 3_500_000)
        #expect(tokens["usage_source"] as? String == "weighted")
        #expect(tokens["limit_source"] as? String == "applied")
        #expect(tokens["matched_by"] as? String == "derived")
        #expect(tokens["coverage"] as? Double == 1)
        #expect(tokens["minute"] as? String == "2026-02-02T02:40:00Z")
        let peaks = try #require(tokens["peak_utilization_ratio"] as? [String: Any])
        #expect(Set(peaks.keys) == ["5m", "1h", "24h"])
        #expect(quotas[1]["utilization_ratio"] is NSNull)
        let unknown = try #require((pools[1]["quotas"] as? [[String: Any]])?.first)
        for name in ["quota_code", "usage", "usage_source", "utilization_ratio", "minute"] {
            #expect(unknown[name] is NSNull, "\(name)")
        }
        #expect((unknown["peak_utilization_ratio"] as? [String: Any])?["24h"] is NSNull)
        let unmapped = try #require(document["unmapped"] as? [[String: String]])
        #expect(
            unmapped == [
                [
                    "account": "prod", "region": "ap-southeast-1", "model_id": SampleSnapshot.hostile,
                    "reason": "unknown_model_id",
                ]
            ])
    }

    @Test("alerts: a warning names the critical alert of the same quota while that fires")
    func alerts() throws {
        let pool = SampleSnapshot.region().pools[0].pool
        func alert(_ kind: AlertKind, _ quota: QuotaKind, _ phase: TrackedAlert.Phase) -> TrackedAlert {
            TrackedAlert(
                identity: AlertIdentity(kind, pool: pool, quota: quota), phase: phase, since: 0,
                firedAt: phase == .firing ? 0 : nil, lastActive: 0, missingSince: nil, annotations: [:])
        }
        let document = try json(
            AlertsDocument([
                alert(.quotaCritical, .tokensPerMinute, .firing),
                alert(.quotaWarning, .tokensPerMinute, .firing),
                alert(.quotaCritical, .requestsPerMinute, .pending),
                alert(.quotaWarning, .requestsPerMinute, .firing),
            ]))
        let alerts = try #require(document["alerts"] as? [[String: Any]])
        #expect(alerts[0]["included_in"] is NSNull)
        #expect(alerts[1]["included_in"] as? String == "BedrockQuotaCritical")
        #expect(alerts[2]["included_in"] is NSNull && alerts[3]["included_in"] is NSNull)
    }

    @Test("nothing polled yet: empty lists, not missing keys")
    func empty() throws {
        let document = try json(PoolsDocument(Snapshot(), rules: AlertRules()))
        #expect((document["pools"] as? [Any])?.isEmpty == true)
        #expect((document["unmapped"] as? [Any])?.isEmpty == true)
    }

    @Test("status: each Region's health, null before its first poll")
    func status() throws {
        let state = RunningState(configuration: .defaults, now: { 1_764_000_000 })
        let other = RegionKey(account: "prod", region: "us-east-1")
        state.metrics.register(SampleSnapshot.key)
        state.metrics.register(other)
        state.metrics.pollEnded(SampleSnapshot.key, failure: nil, durationSeconds: 0.5, at: 1_764_000_000)
        state.board.publish(SampleSnapshot.region())
        let document = try json(state.status())
        #expect(document["ready"] as? Bool == false)
        #expect(document["started"] as? String == "2025-11-24T16:00:00Z")
        #expect(document["storage_size_bytes"] is NSNull)
        #expect(document["estimated_cost_dollars"] as? Double == 0)
        let regions = try #require(document["regions"] as? [[String: Any]])
        #expect(regions.map { $0["region"] as? String } == ["ap-southeast-1", "us-east-1"])
        #expect(regions[0]["up"] as? Bool == true)
        #expect(regions[0]["failure"] is NSNull)
        #expect(regions[0]["last_successful_poll"] as? String == "2025-11-24T16:00:00Z")
        #expect(regions[0]["settled_minute"] as? String == "2026-02-02T02:40:00Z")
        #expect(regions[0]["pools"] as? Int == 2)
        for name in ["last_successful_poll", "poll_duration_seconds", "newest_datapoint", "settled_minute"] {
            #expect(regions[1][name] is NSNull, "\(name)")
        }
        #expect(regions[1]["up"] as? Bool == false)
    }
}
