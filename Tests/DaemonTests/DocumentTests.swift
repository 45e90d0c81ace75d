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
        let document = try json(PoolsDocument(SampleSnapshot.snapshot, rules: rules, now: 0))
        #expect(Set(document.keys) == ["pools", "unmapped", "batch", "daily_quotas", "total", "matched"])
        let pools = try #require(document["pools"] as? [[String: Any]])
        let pool = try #require(pools.first)
        #expect(
            Set(pool.keys) == [
                "account", "region", "scope", "model", "model_ids", "profiles", "burndown_rate",
                "burndown_source",
                "warning", "critical", "quotas", "quota_state", "long_context", "lifecycle",
                "recent_throttles",
            ])
        #expect(pool["quota_state"] as? String == "listed")
        #expect(pool["long_context"] is NSNull)
        #expect(pool["model_ids"] as? [String] == ["global.anthropic.claude-sonnet-4-6"])
        let profile = try #require((pools[1]["profiles"] as? [[String: Any]])?.first)
        #expect(Set(profile.keys) == ["model_id", "profile_name", "profile_type", "tags"])
        #expect(profile["profile_name"] as? String == "agent")
        #expect(profile["tags"] as? [String: String] == ["team": "a \"b\""])
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
        let unmapped = try #require((document["unmapped"] as? [[String: Any]])?.first)
        #expect(
            unmapped.compactMapValues { $0 as? String } == [
                "account": "prod", "region": "ap-southeast-1", "model_id": SampleSnapshot.hostile,
                "reason": "unknown_model_id",
            ])
        #expect(unmapped["profile_name"] is NSNull)
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
        let document = try json(PoolsDocument(Snapshot(), rules: AlertRules(), now: 0))
        #expect((document["pools"] as? [Any])?.isEmpty == true)
        #expect((document["unmapped"] as? [Any])?.isEmpty == true)
        #expect((document["batch"] as? [Any])?.isEmpty == true)
    }

    @Test(
        "batch jobs stand beside the pools, null where nothing is known; a pool tells its model's lifecycle")
    func batchAndLifecycle() throws {
        let day = 86_400.0
        var region = SampleSnapshot.region()
        region.pools[0].lifecycle = ModelLifecycle(isLegacy: true, endOfLife: 100 * day)
        region.pools[1].lifecycle = ModelLifecycle(isLegacy: false, endOfLife: 200 * day)
        let override = QuotaOverride(scope: .batch, model: "acme.m", limits: [.batchJobs: 2])
        let records = BatchRecords(pending: 7, success: 3)
        region.batch = BatchSnapshot(
            BatchListing(
                [
                    BatchJob(modelID: "acme.m", status: .inProgress, records: records),
                    BatchJob(modelID: "acme.m", status: .partiallyCompleted),
                ], listedAt: 60), problem: nil,
            QuotaCatalog(inventory: Inventory(), overrides: [override]))
        var other = RegionSnapshot(key: RegionKey(account: "prod", region: "us-east-1"))
        other.batch.problem = "access denied"
        let document = try json(
            PoolsDocument(Snapshot(regions: [region, other]), rules: AlertRules(), now: 20 * day))
        let pools = try #require(document["pools"] as? [[String: Any]])
        let lifecycles = pools.compactMap { $0["lifecycle"] as? [String: Any] }
        #expect(lifecycles.compactMap { $0["status"] as? String } == ["legacy", "active"])
        #expect(lifecycles.compactMap { $0["is_ending"] as? Bool } == [true, false])
        #expect(lifecycles[0]["end_of_life"] as? String == "1970-04-11T00:00:00Z")
        #expect(lifecycles[0]["legacy_from"] is NSNull && lifecycles[0]["extended_access_from"] is NSNull)
        let batch = try #require(document["batch"] as? [[String: Any]])
        #expect(batch[0]["listed_at"] as? String == "1970-01-01T00:01:00Z" && batch[0]["problem"] is NSNull)
        let model = try #require((batch[0]["models"] as? [[String: Any]])?.first)
        #expect(model["model"] as? String == "acme.m" && model["jobs_in_flight"] as? Int == 1)
        #expect(model["jobs"] as? [String: Int] == ["in_progress": 1, "partially_completed": 1])
        let shown = try #require(model["records_in_flight"] as? [String: Any])
        #expect(shown["pending"] as? Int == 7 && shown["success"] as? Int == 3 && shown["error"] is NSNull)
        let quota = try #require((model["quotas"] as? [[String: Any]])?.first)
        #expect(quota["quota"] as? String == "batch_jobs" && quota["utilization_ratio"] as? Double == 0.5)
        #expect(quota["usage_source"] as? String == "jobs" && quota["coverage"] is NSNull)
        #expect(batch[1]["listed_at"] is NSNull && batch[1]["problem"] as? String == "access denied")
        #expect((batch[1]["models"] as? [Any])?.isEmpty == true)
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
        #expect(document["organization"] is NSNull)
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
