import Exposition
import HTTPServer
import QuotaModel
import Testing
import UsageStore

@testable import Daemon
@testable import History
@testable import Web

@Suite("Web endpoints")
struct WebEndpointsTests {
    private let state = RunningState(configuration: .defaults, now: { 1_764_000_000 })

    private func respond(
        _ method: String, _ path: String, _ query: (String, String)..., accept: String? = nil,
        tag: String? = nil,
        reload: String? = nil
    ) async -> (response: HTTPResponse, text: String) {
        var headers = HTTPHeaders()
        if let accept { headers.append(name: "Accept", value: accept) }
        if let tag { headers.append(name: "If-None-Match", value: tag) }
        let endpoints = WebEndpoints(
            state: state, telemetryPath: "/metrics",
            usage: UsageEndpoint(open: { EmptyUsageSource() }, now: { 1_764_000_000 }),
            callers: UsageEndpoint(open: { EmptyUsageSource() }, now: { 1_764_000_000 }, isOfCallers: true),
            latency: LatencyEndpoint(open: { EmptyUsageSource() }, now: { 1_764_000_000 }),
            trends: TrendsEndpoint(open: { EmptyUsageSource() }, now: { 1_764_000_000 }),
            report: ReportEndpoint(open: { throw UsageRequestError("no store") }, now: { 1_764_000_000 }),
            headroom: HeadroomEndpoint(
                board: state.headroom, now: { 1_764_000_000 }, intervalSeconds: { 60 }),
            throttles: ThrottlesEndpoint(
                open: { throw UsageRequestError("no store") }, now: { 1_764_000_000 }),
            reload: { reload })
        let response = await endpoints.router().respond(
            to: HTTPRequest(
                method: method, target: path, path: path, query: query.map { (name: $0.0, value: $0.1) },
                headers: headers))
        switch response.body {
        case .bytes(let bytes): return (response, String(decoding: bytes, as: UTF8.self))
        case .stream(let stream):
            var bytes: [UInt8] = []
            do {
                while let chunk = try await stream.next() { bytes += chunk }
            } catch {
                Issue.record(error)
            }
            stream.onFinish()
            return (response, String(decoding: bytes, as: UTF8.self))
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
                // Reports and throttles read a whole store, which this test has none of; headroom is that of a model ID.
                let isUnanswered = ["report", "headroom", "throttles"].contains {
                    endpoint.path.hasSuffix("/\($0)")
                }
                let expected = isUnanswered ? 400 : 200
                #expect(answer.response.status == expected, "\(method) \(endpoint.path)")
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

    @Test("a part of the metrics: 400 for parameters that there are not, 404 for what is not polled")
    func parts() async {
        state.metrics.register(SampleSnapshot.key)
        state.board.publish(SampleSnapshot.region())
        state.render()
        let part = await respond("GET", "/metrics", ("account", "prod"), ("region", "ap-southeast-1"))
        #expect(part.response.status == 200)
        #expect(part.response.header("content-type") == ExpositionFormat.text.contentType)
        #expect(
            part.text.contains("bedrock_quota_limit{")
                && part.text.contains("bedrock_exporter_up{account=\"prod\""))
        #expect(!part.text.contains("process_") && !part.text.contains("build_info"))
        let own = await respond("GET", "/metrics", ("self", "true"), accept: "application/openmetrics-text")
        #expect(own.text.contains("process_cpu_seconds") && own.text.hasSuffix("# EOF\n"))
        #expect(!own.text.contains("account="))
        let whole = await respond("GET", "/metrics")
        let both = await respond("GET", "/metrics", ("account", "prod"), ("self", "true"))
        #expect(both.text == whole.text)
        let unknown = await respond("GET", "/metrics", ("account", "nobody"))
        #expect(unknown.response.status == 404 && unknown.text.hasPrefix("account: \"nobody\" is not polled"))
        #expect(await respond("GET", "/metrics", ("match[]", "up")).response.status == 400)
    }

    @Test("documents take the parameters of their own, refuse others, and are not sent again to who has them")
    func parameters() async throws {
        state.metrics.register(SampleSnapshot.key)
        state.board.publish(SampleSnapshot.region())
        for path in ["pools", "fleet", "alerts", "status"] {
            let refused = await respond("GET", "/api/v1/\(path)", ("color", "red"))
            #expect(refused.response.status == 400 && refused.text.contains("color"), "\(path)")
            let answer = await respond("GET", "/api/v1/\(path)")
            #expect(answer.response.status == 200)
            let tag = try #require(answer.response.header("etag"))
            #expect(await respond("GET", "/api/v1/\(path)", tag: tag).response.status == 304, "\(path)")
            #expect(await respond("GET", "/api/v1/\(path)", tag: "\"other\"").response.status == 200)
        }
        let pools = await respond(
            "GET", "/api/v1/pools", ("sort", "model"), ("order", "desc"), ("limit", "1"))
        #expect(pools.text.contains("\"matched\":2") && pools.text.contains("\"total\":2"))
        #expect(pools.text.contains("\"scope\":\"global\""))
        let none = await respond("GET", "/api/v1/pools", ("account", "nobody"))
        #expect(none.text.contains("\"pools\":[]") && none.text.contains("\"unmapped\":[]"))
        #expect(
            await respond("GET", "/api/v1/status", ("limit", "0")).text.contains(
                "\"regions\":[],\"regions_total\":1"))
    }

    @Test("not ready before each Region's first good poll, with the reasons, and while stopping")
    func readiness() async {
        #expect(await respond("GET", "/-/ready").response.status == 503)
        #expect(await respond("GET", "/-/healthy").response.status == 200)
        state.metrics.pollEnded(SampleSnapshot.key, failure: "no credentials", durationSeconds: 1, at: 1)
        state.render()
        let not = await respond("GET", "/-/ready")
        #expect(not.response.status == 503)
        #expect(not.text.hasSuffix(".\nprod ap-southeast-1: no credentials\n"))
        state.metrics.pollEnded(SampleSnapshot.key, failure: nil, durationSeconds: 1, at: 2)
        state.render()
        #expect(await respond("GET", "/-/ready").response.status == 200)
        state.beginStop()
        #expect(await respond("GET", "/-/ready").text.contains("it is stopping"))
        #expect(await respond("GET", "/-/healthy").response.status == 200)
    }

    @Test("a reload that fails answers 500 with the reason")
    func reload() async {
        #expect(await respond("POST", "/-/reload").response.status == 200)
        let failed = await respond("POST", "/-/reload", reload: "config.yml:3:1: bad")
        #expect(failed.response.status == 500)
        #expect(failed.text == "Configuration not reloaded: config.yml:3:1: bad\n")
        #expect(await respond("GET", "/-/reload").response.status == 405)
    }

    @Test("pages come with a strict policy, and are not sent again to who has them")
    func pages() async throws {
        for path in ["/", "/pool", "/assets/overview.js", "/assets/base.css"] {
            let answer = await respond("GET", path).response
            #expect(
                answer.header("content-security-policy")?.hasPrefix("default-src 'none'; script-src 'self'; ")
                    == true)
            let tag = try #require(answer.header("etag"))
            for known in [tag, "\"other\", W/\(tag)"] {
                let again = await respond("GET", path, tag: known)
                #expect(again.response.status == 304 && again.text.isEmpty)
            }
            #expect(await respond("GET", path, tag: "\"other\"").response.status == 200)
        }
        #expect(await respond("GET", "/assets/nothing.js").response.status == 404)
        #expect(await respond("GET", "/assets/").response.status == 404)
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

/// A store in which nothing was ever recorded.
private struct EmptyUsageSource: HistorySource {
    func callerSources(_ query: UsageQuery) async throws -> CallerSources { CallerSources() }
    func series() async throws -> [StoredSeries] { [] }
    func rows(_ query: UsageQuery, _ body: (UsageRow) async throws -> Void) async throws {}
    func poolMinutes(
        _ pool: QuotaPool, _ range: Range<Minute>, _ body: (PoolUseMinute) async throws -> Void
    ) async throws {}
    func seriesMinutes(
        _ key: SeriesKey, _ range: Range<Minute>, _ body: (SeriesMinute) async throws -> Void
    ) async throws {}
}
