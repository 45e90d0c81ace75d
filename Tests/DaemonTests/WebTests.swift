import Configuration
import Exposition
import Foundation
import HTTPServer
import QuotaModel
import Synchronization
import Testing
import UsageStore

@testable import Daemon

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
                    Quota(kind: .tokensPerMinute, limit: 6_000_000, source: .applied, code: "L-7BEE40FB"),
                    Quota(kind: .requestsPerMinute, limit: 0, source: .default, code: "L-F6E116D7"),
                ]),
            pool(
                key, hostile, BurndownRate(value: 2.5, source: .override), PoolHistory(),
                [
                    Quota(kind: .tokensPerDay, limit: 1_440_000_000, source: .override, code: nil)
                ]),
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

struct UsageFamiliesTests {
    private func page(_ snapshot: Snapshot) -> String {
        String(
            decoding: PageEncoder.section(UsageFamilies.families(of: snapshot), format: .text), as: UTF8.self)
    }

    @Test("Invariant 5: limits and rates tell where they come from; a limit of 0 has no ratio")
    func provenance() {
        let text = page(SampleSnapshot.snapshot)
        let pool =
            #"account="prod",region="ap-southeast-1",scope="global",model="anthropic.claude-sonnet-4-6""#
        for line in [
            #"bedrock_quota_limit{\#(pool),quota="tokens_per_minute"} 6000000"#,
            #"bedrock_quota_usage{\#(pool),quota="tokens_per_minute"} 3500000"#,
            #"bedrock_quota_utilization_ratio{\#(pool),quota="tokens_per_minute"} 0.5833333333333334"#,
            #"bedrock_quota_peak_utilization_ratio{\#(pool),quota="tokens_per_minute",window="24h"} 0.5833333333333334"#,
            #"bedrock_quota_info{\#(pool),quota="tokens_per_minute",quota_code="L-7BEE40FB",limit_source="applied","#
                + #"burndown_rate="5",burndown_source="table"} 1"#,
            #"bedrock_quota_limit{\#(pool),quota="requests_per_minute"} 0"#,
            #"bedrock_quota_usage{\#(pool),quota="requests_per_minute"} 100"#,
            #"quota="tokens_per_day",quota_code="",limit_source="override",burndown_rate="2.5",burndown_source="override"} 1"#,
            #"reason="unknown_model_id"} 1"#,
            #"bedrock_newest_datapoint_timestamp_seconds{account="prod",region="ap-southeast-1"} 1770000180"#,
        ] { #expect(text.contains(line + "\n"), "\(line)") }
        #expect(!text.contains(#"utilization_ratio{\#(pool),quota="requests_per_minute""#))
        #expect(
            !text.contains(
                #"bedrock_quota_usage{account="prod",region="ap-southeast-1",scope="global",model="<"#))
    }

    @Test("every family comes once and no series twice, over several Regions and accounts")
    func noDuplicates() {
        let keys = ["prod", "dev"].flatMap { account in
            ["r1", "r2"].map { RegionKey(account: account, region: $0) }
        }
        let text = page(Snapshot(regions: keys.map { SampleSnapshot.region($0) }))
        let lines = text.split(separator: "\n")
        let series = lines.filter { !$0.hasPrefix("#") }.map {
            $0.split(separator: " ").dropLast().joined(separator: " ")
        }
        #expect(Set(series).count == series.count)
        let types = lines.filter { $0.hasPrefix("# TYPE") }
        #expect(Set(types).count == types.count)
        var current: Substring = ""
        for line in lines {
            if line.hasPrefix("# TYPE") { current = line.split(separator: " ")[2] }
            if !line.hasPrefix("#") { #expect(line.hasPrefix(current + "{")) }
        }
        let accounts = series.filter { $0.hasPrefix("bedrock_quota_limit") }.map {
            $0.contains(#"account="dev""#)
        }
        #expect(accounts == [true, true, true, true, true, true, false, false, false, false, false, false])
    }

    @Test("an empty snapshot makes an empty page")
    func empty() {
        #expect(page(Snapshot()).isEmpty)
    }

    @Test("a rate is written as people write it")
    func plain() {
        #expect(UsageFamilies.plain(5) == "5")
        #expect(UsageFamilies.plain(2.5) == "2.5")
        #expect(UsageFamilies.plain(1e300) == "1e+300")
    }
}

struct SnapshotBoardTests {
    @Test("Invariant 6: a Region keeps its last snapshot whatever others do; a reload takes Regions away")
    func keep() {
        let board = SnapshotBoard()
        let keys = ["b", "a", "c"].map { RegionKey(account: "prod", region: $0) }
        for key in keys { board.publish(SampleSnapshot.region(key)) }
        board.publish(RegionSnapshot(key: keys[0]))
        #expect(board.snapshot(at: 0).regions.map(\.key.region) == ["a", "b", "c"])
        #expect(board.snapshot(at: 0).regions.map(\.pools.count) == [2, 0, 2])
        board.keep { $0.region != "a" }
        #expect(board.snapshot(at: 0).regions.map(\.key.region) == ["b", "c"])
    }

    @Test("Invariant 2: outdated figures of use are absent, limits and counters stay")
    func outdated() throws {
        let board = SnapshotBoard()
        board.publish(SampleSnapshot.region())
        let until = try #require(SampleSnapshot.region().currentUntil)
        #expect(board.outdated(at: until).isEmpty)
        #expect(board.snapshot(at: until).regions[0].settledMinute == SampleSnapshot.minute)
        let region = board.snapshot(at: until + 1).regions[0]
        #expect(board.outdated(at: until + 1) == [SampleSnapshot.key])
        #expect(region.settledMinute == nil)
        #expect(region.newestDatapoint != nil)
        #expect(region.models.map(\.latencyMilliseconds) == [nil])
        #expect(
            region.pools.flatMap(\.quotas).allSatisfy {
                $0.usage == nil && $0.ratio == nil && $0.peaks.isEmpty
            })
        #expect(region.pools.flatMap(\.quotas).map(\.quota.limit) == [6_000_000, 0, 1_440_000_000])
        #expect(region.unmapped.count == 1)
    }
}

struct RenderedPageTests {
    @Test("a page is whole in both formats before anything was polled, and after each part changed")
    func sections() {
        let page = RenderedPage()
        #expect(page.bytes(.text).isEmpty)
        #expect(String(decoding: page.bytes(.openMetrics), as: UTF8.self) == "# EOF\n")
        page.update(usageFamilies: UsageFamilies.families(of: SampleSnapshot.snapshot))
        page.update(selfFamilies: [BuildInfo.family])
        for format in ExpositionFormat.allCases {
            let text = String(decoding: page.bytes(format), as: UTF8.self)
            #expect(text.contains("bedrock_quota_limit{"))
            #expect(text.contains("bedrock_exporter_build_info{"))
            #expect(text.hasSuffix("# EOF\n") == (format == .openMetrics))
        }
        page.update(usageFamilies: [])
        page.update(selfFamilies: [BuildInfo.family])
        #expect(!String(decoding: page.bytes(.text), as: UTF8.self).contains("bedrock_quota_limit{"))
    }
}

struct RunningStateTests {
    @Test("Invariant 4: concurrent renders never put an older page over a newer one", .timeLimit(.minutes(1)))
    func concurrentRenders() async {
        let state = RunningState(configuration: .defaults, now: { 0 })
        // Enough of them to make a render take its time.
        let models = (0..<100).map {
            ModelUsage(
                modelID: "m\($0)", totals: UsageTotals(), latencyMilliseconds: nil,
                timeToFirstTokenMilliseconds: nil)
        }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    for round in 1...10 {
                        var region = RegionSnapshot(key: RegionKey(account: "prod", region: "r\(number)"))
                        region.newestDatapoint = Minute(index: round)
                        region.models = models
                        state.board.publish(region)
                        state.render()
                        let text = String(decoding: state.page.bytes(.text), as: UTF8.self)
                        let line =
                            #"bedrock_newest_datapoint_timestamp_seconds{account="prod",region="r\#(number)"} \#(round * 60)"#
                        #expect(text.contains(line + "\n"))
                    }
                }
            }
        }
    }

    @Test("figures that became too old leave the page without a poll")
    func outdated() throws {
        let clock = ManualClock(Double(SampleSnapshot.minute.epochSeconds))
        let state = RunningState(configuration: .defaults, now: { clock.now })
        state.board.publish(SampleSnapshot.region())
        state.render()
        func text() -> String { String(decoding: state.page.bytes(.text), as: UTF8.self) }
        state.renderSelf()
        #expect(text().contains("bedrock_quota_usage{"))
        clock.advance(901)
        state.renderSelf()
        #expect(!text().contains("bedrock_quota_usage{"))
        #expect(text().contains("bedrock_quota_limit{"))
    }

    @Test("ready once every Region was polled, also after a reload added one, until the stop")
    func readiness() {
        let state = RunningState(configuration: .defaults, now: { 0 })
        let keys = ["a", "b", "c"].map { RegionKey(account: "prod", region: $0) }
        for key in keys.prefix(2) { state.metrics.register(key) }
        state.metrics.pollEnded(keys[0], failure: nil, durationSeconds: 1, at: 1)
        state.render()
        #expect(!state.isReady)
        state.metrics.pollEnded(keys[1], failure: "down", durationSeconds: 1, at: 1)
        #expect(!state.isReady, "it is not on the page yet")
        state.render()
        #expect(state.isReady)
        state.metrics.register(keys[2])
        #expect(state.isReady)
        state.beginStop()
        #expect(!state.isReady)
    }
}

struct DocumentTests {
    private func json(_ document: some Encodable) throws -> [String: Any] {
        let bytes = try JSONDocument.bytes(document)
        #expect(bytes.last == UInt8(ascii: "\n"))
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test("pools: the keys that scripts rely on, null where a figure is not known")
    func pools() throws {
        let document = try json(PoolsDocument(SampleSnapshot.snapshot))
        #expect(Set(document.keys) == ["pools", "unmapped"])
        let pools = try #require(document["pools"] as? [[String: Any]])
        let pool = try #require(pools.first)
        #expect(
            Set(pool.keys) == [
                "account", "region", "scope", "model", "model_ids", "burndown_rate", "burndown_source",
                "quotas",
            ])
        #expect(pool["model_ids"] as? [String] == ["global.anthropic.claude-sonnet-4-6"])
        #expect(pool["burndown_rate"] as? Double == 5)
        let quotas = try #require(pool["quotas"] as? [[String: Any]])
        let tokens = try #require(quotas.first)
        #expect(
            Set(tokens.keys) == [
                "quota", "quota_code", "limit", "limit_source", "usage", "usage_source", "utilization_ratio",
                "peak_utilization_ratio", "coverage", "minute",
            ])
        #expect(tokens["quota"] as? String == "tokens_per_minute")
        #expect(tokens["usage"] as? Double == 3_500_000)
        #expect(tokens["usage_source"] as? String == "weighted")
        #expect(tokens["limit_source"] as? String == "applied")
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

    @Test("nothing polled yet: empty lists, not missing keys")
    func empty() throws {
        let document = try json(PoolsDocument(Snapshot()))
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

struct LandingPageTests {
    @Test("names out of AWS are escaped, unknown and not permitted are words")
    func escaping() {
        let response = LandingPage(telemetryPath: "/metrics").response(SampleSnapshot.snapshot)
        guard case .bytes(let bytes) = response.body else { return #expect(Bool(false), "no bytes") }
        let html = String(decoding: bytes, as: UTF8.self)
        #expect(!html.contains("<script"))
        #expect(html.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;"))
        #expect(html.contains("3,500,000"))
        #expect(html.contains("58.3 %"))
        #expect(html.contains("not permitted"))
        #expect(html.contains(">unknown<"))
        #expect(response.header("content-security-policy")?.contains("default-src 'none'") == true)
    }

    @Test(
        "digits are grouped by three",
        arguments: [
            (0.0, "0"), (999, "999"), (1000, "1,000"), (3_500_000, "3,500,000"), (-1234, "-1,234"),
            (-123, "-123"),
            (1e20, "1e+20"),
        ])
    func grouped(value: Double, text: String) {
        #expect(LandingPage.grouped(value) == text)
    }

    @Test("an empty page says so")
    func empty() {
        guard case .bytes(let bytes) = LandingPage(telemetryPath: "/m").response(Snapshot()).body else {
            return #expect(Bool(false), "no bytes")
        }
        #expect(String(decoding: bytes, as: UTF8.self).contains("No usage has been read yet."))
    }
}

@Suite("Web endpoints")
struct WebEndpointsTests {
    private let state = RunningState(configuration: .defaults, now: { 1_764_000_000 })

    private func respond(
        _ method: String, _ path: String, accept: String? = nil, reload: String? = nil
    ) async -> (response: HTTPResponse, text: String) {
        var headers = HTTPHeaders()
        if let accept { headers.append(name: "Accept", value: accept) }
        let endpoints = WebEndpoints(
            state: state, telemetryPath: "/metrics",
            usage: UsageEndpoint(open: { FakeHistory() }, now: { 1_789_043_696 }), reload: { reload })
        let response = await endpoints.router().respond(
            to: HTTPRequest(method: method, target: path, path: path, headers: headers))
        switch response.body {
        case .bytes(let bytes): return (response, String(decoding: bytes, as: UTF8.self))
        case .stream(let stream):
            let first = (try? await stream.next()) ?? []
            stream.onFinish()
            return (response, String(decoding: first, as: UTF8.self))
        }
    }

    @Test("every endpoint of the table answers its methods")
    func table() async {
        state.metrics.register(SampleSnapshot.key)
        state.metrics.pollEnded(SampleSnapshot.key, failure: nil, durationSeconds: 1, at: 1)
        state.render()
        for endpoint in WebEndpoints.table {
            for method in endpoint.method.split(separator: ", ") {
                let answer = await respond(String(method), endpoint.path)
                #expect(answer.response.status == 200, "\(method) \(endpoint.path)")
                #expect(!answer.text.isEmpty)
            }
        }
        #expect(await respond("GET", "/config").text.contains("polling:"))
    }

    @Test("the metrics page comes in the format that Accept asks for")
    func formats() async {
        state.render()
        let text = await respond("GET", "/metrics")
        #expect(text.response.header("content-type") == ExpositionFormat.text.contentType)
        #expect(text.text.contains("bedrock_exporter_build_info"))
        let open = await respond("GET", "/metrics", accept: "application/openmetrics-text;version=1.0.0")
        #expect(open.response.header("content-type") == ExpositionFormat.openMetrics.contentType)
        #expect(open.text.hasSuffix("# EOF\n"))
    }

    @Test("not ready before the first poll and while stopping")
    func readiness() async {
        #expect(await respond("GET", "/-/ready").response.status == 503)
        #expect(await respond("GET", "/-/healthy").response.status == 200)
        state.metrics.pollEnded(SampleSnapshot.key, failure: "down", durationSeconds: 1, at: 1)
        state.render()
        #expect(await respond("GET", "/-/ready").response.status == 200)
        state.beginStop()
        #expect(await respond("GET", "/-/ready").text.contains("it is stopping"))
    }

    @Test("a reload that fails answers 500 with the reason")
    func reload() async {
        #expect(await respond("POST", "/-/reload").response.status == 200)
        let failed = await respond("POST", "/-/reload", reload: "config.yml:3:1: bad")
        #expect(failed.response.status == 500)
        #expect(failed.text == "Configuration not reloaded: config.yml:3:1: bad\n")
        #expect(await respond("GET", "/-/reload").response.status == 405)
    }

    @Test("errors below /api/ are JSON")
    func errors() async {
        let api = await respond("GET", "/api/v1/nothing")
        #expect(api.response.status == 404)
        #expect(api.text == "{\"error\":\"not found\"}\n")
        #expect(await respond("POST", "/api/v1/pools").response.status == 405)
        #expect(await respond("GET", "/nothing").text == "not found\n")
    }
}
