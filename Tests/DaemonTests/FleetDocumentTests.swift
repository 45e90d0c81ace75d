import Alerting
import Foundation
import QuotaModel
import Testing

@testable import Polling
@testable import Reading
@testable import System
@testable import Web

@Suite("Totals of a fleet")
struct FleetDocumentTests {
    private let minute = SampleSnapshot.minute
    private var now: Double { Double(minute.epochSeconds + 300) }

    /// A Region whose pools have used these shares of a million tokens a minute; nil for a pool with unknown use.
    private func region(_ account: String, _ name: String, _ shares: [Double?], throttles: Double? = nil)
        -> RegionSnapshot
    {
        var region = RegionSnapshot(key: RegionKey(account: account, region: name))
        region.settledMinute = minute
        region.newestDatapoint = minute
        for (index, share) in shares.enumerated() {
            var history = PoolHistory()
            if let share {
                history[minute] = PoolMinute(
                    quotaTokens: share * 1e6, requests: 1, sources: .weighted, isCovered: true)
            }
            var pool = PoolSnapshot(
                pool: QuotaPool(account: account, region: name, scope: .global, model: "m\(index)"),
                modelIDs: ["global.m\(index)"], rate: BurndownRate(value: 5, source: .table),
                quotas: [
                    QuotaUse(
                        of: Quota(kind: .tokensPerMinute, limit: 1e6, source: .applied, code: nil),
                        history: history,
                        settled: minute)
                ], minute: minute)
            pool.recentThrottles = throttles
            region.pools.append(pool)
        }
        return region
    }

    private func poll(isUp: Bool = true, failure: String? = nil) -> SelfMetrics.Poll {
        var poll = SelfMetrics.Poll()
        poll.isUp = isUp
        poll.failure = failure
        poll.lastSuccess = isUp ? now : nil
        return poll
    }

    private func document(
        _ regions: [RegionSnapshot], polls: [RegionKey: SelfMetrics.Poll] = [:], alerts: [TrackedAlert] = [],
        units: [String: FleetUnit] = [:], _ parameters: (String, String)...
    ) throws -> [String: Any] {
        let query = try FleetQuery.read(parameters.map { (name: $0.0, value: $0.1) })
        let known = Dictionary(regions.map { ($0.key, poll()) }, uniquingKeysWith: { $1 })
        let document = FleetDocument(
            Snapshot(regions: regions), query, units: units, polls: known.merging(polls) { $1 },
            alerts: alerts,
            rules: AlertRules(),
            now: now, staleAfterSeconds: 900)
        let bytes = try JSONDocument.bytes(document)
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    private func accounts(_ document: [String: Any]) -> [[String: Any]] {
        document["accounts"] as? [[String: Any]] ?? []
    }

    private func names(_ document: [String: Any]) -> [String] {
        accounts(document).compactMap { $0["account"] as? String }
    }

    @Test("an account's figures are those of its Regions, and unknown is not zero")
    func totals() throws {
        let document = try document([
            region("prod", "us-east-1", [0.75, 0.2], throttles: 3),
            region("prod", "eu-west-1", [0.5, nil], throttles: 4),
            region("dev", "us-east-1", [nil]),
        ])
        let total = try #require(document["total"] as? [String: Any])
        #expect(
            total["pools"] as? Int == 5 && total["pools_known"] as? Int == 3
                && total["pools_near"] as? Int == 1)
        #expect(total["regions"] as? Int == 3 && total["regions_current"] as? Int == 3)
        #expect(total["account"] is NSNull)
        let prod = try #require(accounts(document).first)
        #expect(prod["account"] as? String == "prod" && prod["regions"] as? Int == 2)
        #expect(prod["region_names"] as? [String] == ["eu-west-1", "us-east-1"])
        #expect(prod["quota_tokens_per_minute"] as? Double == 1_450_000)
        #expect(prod["recent_throttles"] as? Double == 14)
        let highest = try #require(prod["highest"] as? [String: Any])
        #expect(highest["model"] as? String == "m0" && highest["utilization_ratio"] as? Double == 0.75)
        let dev = try #require(accounts(document).last)
        for key in ["highest", "recent_throttles", "quota_tokens_per_minute"] {
            #expect(dev[key] is NSNull, "\(key)")
        }
        #expect(document["accounts_total"] as? Int == 2 && document["accounts_matched"] as? Int == 2)
        #expect(
            (document["nearest"] as? [[String: Any]])?.compactMap { $0["utilization_ratio"] as? Double } == [
                0.75, 0.5, 0.2,
            ])
    }

    @Test("a Region that was never polled counts as one of its account's, with its reason")
    func waiting() throws {
        let failing = RegionKey(account: "new", region: "us-east-1")
        let waiting = RegionKey(account: "new", region: "us-west-2")
        let document = try document(
            [region("prod", "us-east-1", [0.1])],
            polls: [failing: poll(isUp: false, failure: "AccessDenied"), waiting: poll(isUp: false)])
        let account = try #require(accounts(document).last)
        #expect(account["account"] as? String == "new" && account["regions"] as? Int == 2)
        #expect(account["regions_up"] as? Int == 0 && account["regions_current"] as? Int == 0)
        #expect(account["oldest_settled_minute"] is NSNull)
        let named = try #require(document["failing"] as? [[String: Any]])
        #expect(named.count == 1 && document["failing_total"] as? Int == 1)
        #expect(
            named[0]["failure"] as? String == "AccessDenied" && named[0]["last_successful_poll"] is NSNull)
    }

    @Test("a Region without traffic is not out of date; one with old figures is")
    func freshness() throws {
        var old = region("prod", "eu-west-1", [0.1])
        old.settledMinute = minute.advanced(by: -60)
        let quiet = RegionSnapshot(key: RegionKey(account: "prod", region: "us-west-2"))
        let document = try document([region("prod", "us-east-1", [0.1]), old, quiet])
        let account = try #require(accounts(document).first)
        #expect(account["regions"] as? Int == 3 && account["regions_current"] as? Int == 2)
        #expect(
            account["oldest_settled_minute"] as? String
                == JSONDocument.time(Double(minute.epochSeconds - 3600)))
        #expect(account["newest_settled_minute"] as? String == JSONDocument.time(Double(minute.epochSeconds)))
    }

    @Test("alerts are counted once, by account; a pending one is none")
    func alerts() throws {
        let pool = QuotaPool(account: "prod", region: "us-east-1", scope: .global, model: "m0")
        func alert(_ kind: AlertKind, _ phase: TrackedAlert.Phase) -> TrackedAlert {
            TrackedAlert(
                identity: AlertIdentity(kind, pool: pool, quota: .tokensPerMinute), phase: phase, since: now,
                firedAt: phase == .firing ? now : nil, lastActive: now, missingSince: nil, annotations: [:])
        }
        let document = try document(
            [region("prod", "us-east-1", [0.9]), region("dev", "us-east-1", [0.1])],
            alerts: [
                alert(.quotaCritical, .firing), alert(.quotaWarning, .firing),
                alert(.exhaustionForecast, .pending),
            ])
        let firing = accounts(document).map { $0["alerts_firing"] as? [String: Int] }
        #expect(
            firing == [["critical": 1, "warning": 0, "info": 0], ["critical": 0, "warning": 0, "info": 0]])
    }

    @Test("every order, both ways, with unknown last, names breaking ties, and pages that follow each other")
    func orders() throws {
        let shares: [(String, Double?)] = [
            ("c", 0.5), ("a", nil), ("e", 0.5), ("b", 0.9), ("d", 0.1), ("f", nil),
        ]
        let regions = shares.map { region($0.0, "us-east-1", [$0.1]) }
        #expect(names(try document(regions)) == ["b", "c", "e", "d", "a", "f"])
        #expect(names(try document(regions, ("order", "asc"))) == ["d", "c", "e", "b", "a", "f"])
        #expect(names(try document(regions, ("sort", "account"))) == ["a", "b", "c", "d", "e", "f"])
        #expect(
            names(try document(regions, ("sort", "account"), ("order", "desc"))) == [
                "f", "e", "d", "c", "b", "a",
            ])
        #expect(names(try document(regions, ("sort", "quota_tokens"))) == ["b", "c", "e", "d", "a", "f"])
        let pages = try ["0", "2", "4", "6"].map {
            names(try document(regions, ("limit", "2"), ("offset", $0)))
        }
        #expect(pages == [["b", "c"], ["e", "d"], ["a", "f"], []])
        let found = try document(regions, ("search", "US-EAST b"), ("limit", "0"))
        #expect(found["accounts_matched"] as? Int == 1 && accounts(found).isEmpty)
    }

    @Test(
        "a unit's figures are those of its accounts; who is in no known unit is in none; a search finds by unit"
    )
    func units() throws {
        let production = FleetUnit(id: "ou-ab12-prod0000", name: "Production")
        let units = ["a": production, "b": production, "c": FleetUnit(id: "r-ab12")]
        let regions = [
            region("a", "us-east-1", [0.2], throttles: 1),
            region("b", "us-east-1", [0.4, nil], throttles: 2),
            region("b", "eu-west-1", [0.1]), region("c", "us-east-1", [0.3]), region("d", "us-east-1", [0.9]),
        ]
        let pool = QuotaPool(account: "b", region: "us-east-1", scope: .global, model: "m0")
        let alert = TrackedAlert(
            identity: AlertIdentity(.quotaWarning, pool: pool, quota: .tokensPerMinute), phase: .firing,
            since: now, firedAt: now, lastActive: now, missingSince: nil, annotations: [:])
        let document = try document(regions, alerts: [alert], units: units)
        let found = try #require(document["units"] as? [[String: Any]])
        #expect(document["units_total"] as? Int == 2)
        #expect(found.map { $0["unit"] as? String } == ["ou-ab12-prod0000", "r-ab12"])
        #expect(found[0]["unit_name"] as? String == "Production" && found[1]["unit_name"] is NSNull)
        #expect(found.map { $0["accounts"] as? Int } == [2, 1] && found[0]["account"] is NSNull)
        #expect(found[0]["regions"] as? Int == 3 && found[0]["pools"] as? Int == 4)
        #expect(found[0]["quota_tokens_per_minute"] as? Double == 700_000)
        #expect(found[0]["recent_throttles"] as? Double == 5)
        #expect((found[0]["alerts_firing"] as? [String: Int])?["warning"] == 1)
        #expect((found[1]["alerts_firing"] as? [String: Int])?["warning"] == 0)
        for word in ["production", "ou-ab12-prod0000"] {
            #expect(names(try self.document(regions, units: units, ("search", word))) == ["b", "a"])
        }
        #expect((try self.document(regions)["units"] as? [Any])?.isEmpty == true)
    }

    @Test("bounded: ten nearest, ten failing, fifty accounts where no limit is named")
    func bounds() throws {
        let regions = (0..<120).map { region("account-\($0)", "us-east-1", [0.5]) }
        let failing = Dictionary(
            uniqueKeysWithValues: (0..<30).map {
                (
                    RegionKey(account: "account-\($0)", region: "eu-west-1"),
                    poll(isUp: false, failure: "throttled")
                )
            })
        let document = try document(regions, polls: failing)
        #expect(accounts(document).count == 50 && document["accounts_total"] as? Int == 120)
        #expect((document["nearest"] as? [Any])?.count == 10)
        #expect((document["failing"] as? [Any])?.count == 10 && document["failing_total"] as? Int == 30)
    }
}
