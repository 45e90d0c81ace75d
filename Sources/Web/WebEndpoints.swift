import Exposition
import HTTPServer
import System

/// The HTTP interface: routes to what has been rendered or is held in memory, never to AWS or the store.
package struct WebEndpoints: Sendable {
    /// Method, path and purpose of every endpoint, for dashboards/README.md and its test.
    package static let table: [(method: String, path: String, purpose: String)] = [
        ("GET", "/", "Page for people: all pools by utilization; its files are below `/assets/`"),
        ("GET", "/pool", "Page of one pool: account, region, scope, model"),
        (
            "GET", "/metrics",
            "Metrics in text format 0.0.4 or OpenMetrics 1.0, as `Accept` asks; a part of them by account, region (each may be "
                + "repeated) and self=true, the exporter's own"
        ),
        ("GET", "/-/healthy", "200 while the process runs"),
        (
            "GET", "/-/ready",
            "200 once every Region has been polled with success; until then 503 with the Regions and why; 503 while stopping"
        ),
        ("POST, PUT", "/-/reload", "Read the configuration again; 500 with the reason keeps the old one"),
        ("GET", "/config", "The running configuration, secrets hidden"),
        (
            "GET", "/api/v1/pools",
            "Quota pools with model IDs, limits, use and provenance; all of them, or by account, region, scope, model (each may "
                + "be repeated), search, quota, sort (ratio, peak_5m, peak_1h, peak_24h, usage, throttles, account, region, "
                + "scope, model), order (asc, desc), limit, offset"
        ),
        (
            "GET", "/api/v1/fleet",
            "Totals of all accounts, of each, and of each organizational unit, the ten pools nearest to their limits, failing "
                + "Regions: search, sort (ratio, account, pools, near, alerts, throttles, quota_tokens, freshness), order, limit, offset"
        ),
        (
            "GET", "/api/v1/usage",
            "History with the parameters of `query`: start, end, step, account, region, scope, model, model_id, by, "
                + "caller_kind, format (json, csv)"
        ),
        (
            "GET", "/api/v1/callers",
            "Who used the pools, with the parameters of `callers`: start, end, step, account, region, scope, model, "
                + "model_id, kind, top, format (json, csv)"
        ),
        (
            "GET", "/api/v1/latency",
            "History of latency and time to first token, the parameters as above without by"
        ),
        ("GET", "/api/v1/trends", "The last day of every pool: throttles, errors, peaks of half hours"),
        (
            "GET", "/api/v1/report",
            "The figures of `report` for a few pools: start, end, account, region, scope, model, headroom"
        ),
        (
            "GET", "/api/v1/headroom",
            "What is left of the quotas of a model ID, in any of its spellings, and the pools of its model with most room: "
                + "model_id, account, region"
        ),
        (
            "GET", "/api/v1/throttles",
            "Episodes of throttling, each with its cause, the figures it rests on and what to do: start (-7d), end, account, "
                + "region, scope, model, cause, format (json, csv)"
        ),
        (
            "GET", "/api/v1/alerts",
            "Alerts that are pending or firing, of all Regions or by account, region; with limit the most urgent"
        ),
        (
            "GET", "/api/v1/status",
            "Health of each Region's polling, store and cost; Regions by account, region, limit"
        ),
    ]

    package let state: any WebState
    package let telemetryPath: String
    package let usage: UsageEndpoint
    package let callers: UsageEndpoint
    package let latency: LatencyEndpoint
    package let trends: TrendsEndpoint
    package let report: ReportEndpoint
    package let headroom: HeadroomEndpoint
    package let throttles: ThrottlesEndpoint
    /// Returns why the configuration was not taken, nil when it was.
    package let reload: @Sendable () async -> String?

    package init(
        state: any WebState, telemetryPath: String, usage: UsageEndpoint, callers: UsageEndpoint,
        latency: LatencyEndpoint,
        trends: TrendsEndpoint, report: ReportEndpoint, headroom: HeadroomEndpoint,
        throttles: ThrottlesEndpoint,
        reload: @escaping @Sendable () async -> String?
    ) {
        self.state = state
        self.telemetryPath = telemetryPath
        self.usage = usage
        self.callers = callers
        self.latency = latency
        self.trends = trends
        self.report = report
        self.headroom = headroom
        self.throttles = throttles
        self.reload = reload
    }

    /// The routes; errors below `/api/` are JSON.
    package func router() -> HTTPRouter {
        let (state, reload, usage, latency) = (state, reload, usage, latency)
        let (trends, report, headroom, callers, throttles) = (trends, report, headroom, callers, throttles)
        var router = HTTPRouter { request, status, reason in
            request.path.hasPrefix("/api/") ? Self.error(status, reason) : .text(status, reason + "\n")
        }
        PageEndpoints.add(to: &router)
        router.add("GET", telemetryPath, isQuick: true) { request in
            guard !request.query.isEmpty else {
                let format = ExpositionFormat.negotiate(accept: request.headers["accept"])
                return Self.metrics(state.page.bytes(format), format)
            }
            // Bytes are put together, which is not for the event loop's thread.
            async let part = Self.part(of: state.page, request)
            return await part
        }
        router.add("GET", "/-/healthy", isQuick: true) { _ in
            .text(200, "bedrock-quota-exporter is healthy.\n")
        }
        router.add("GET", "/-/ready", isQuick: true) { _ in
            let readiness = state.readiness
            return .text(readiness.isReady ? 200 : 503, readiness.text)
        }
        for method in ["POST", "PUT"] {
            router.add(method, "/-/reload") { _ in
                guard let reason = await reload() else { return .text(200, "Configuration reloaded.\n") }
                return .text(500, "Configuration not reloaded: \(reason)\n")
            }
        }
        router.add("GET", "/config") { _ in
            HTTPResponse(
                status: 200, headers: [("Content-Type", "application/yaml; charset=utf-8")],
                body: .bytes(Array(state.configurationText.utf8)))
        }
        Self.add("pools", to: &router) { query throws(InvalidValue) in state.pools(try .read(query)) }
        Self.add("fleet", to: &router) { query throws(InvalidValue) in state.fleet(try .read(query)) }
        router.add("GET", "/api/v1/usage") { request in await usage.respond(to: request, error: Self.error) }
        router.add("GET", "/api/v1/callers") { await callers.respond(to: $0, error: Self.error) }
        router.add("GET", "/api/v1/latency") { await latency.respond(to: $0, error: Self.error) }
        router.add("GET", "/api/v1/trends") { _ in await trends.respond(error: Self.error) }
        router.add("GET", "/api/v1/report") { await report.respond(to: $0, error: Self.error) }
        router.add("GET", "/api/v1/headroom") { headroom.respond(to: $0, error: Self.error) }
        router.add("GET", "/api/v1/throttles") { await throttles.respond(to: $0, error: Self.error) }
        Self.add("alerts", to: &router) { query throws(InvalidValue) in
            AlertsDocument(state.currentAlerts, try .read(query))
        }
        Self.add("status", to: &router) { query throws(InvalidValue) in state.status(try .read(query)) }
        return router
    }

    private static func metrics(_ page: [UInt8], _ format: ExpositionFormat) -> HTTPResponse {
        HTTPResponse(status: 200, headers: [("Content-Type", format.contentType)], body: .bytes(page))
    }

    /// 400 for parameters that are no part's, 404 for accounts and Regions that nothing is known of.
    private static func part(of page: RenderedPage, _ request: HTTPRequest) -> HTTPResponse {
        let format = ExpositionFormat.negotiate(accept: request.headers["accept"])
        let part: MetricsPart
        do throws(InvalidValue) {
            part = try MetricsPart.read(request.query)
        } catch {
            return .text(400, error.reason + "\n")
        }
        do throws(InvalidValue) {
            return metrics(try page.bytes(part, format), format)
        } catch {
            return .text(404, error.reason + "\n")
        }
    }

    /// A document out of memory, by the parameters of the address; 400 for those that are not its own.
    private static func add<Document: Encodable & SendableMetatype>(
        _ name: String, to router: inout HTTPRouter,
        _ document:
            @escaping @Sendable ([(name: String, value: String)]) throws(InvalidValue) -> Document
    ) {
        router.add("GET", "/api/v1/\(name)") { request in
            do throws(InvalidValue) {
                return json(try document(request.query), to: request)
            } catch {
                return Self.error(400, error.reason)
            }
        }
    }

    /// A document as JSON, which whoever has it already is not sent again.
    ///
    /// - Parameter reusedSeconds: For how long an answer may be given again without asking; nil when it must be asked for.
    static func json(
        _ document: some Encodable, to request: HTTPRequest, reusedSeconds: Int? = nil
    ) -> HTTPResponse {
        let bytes: [UInt8]
        do {
            bytes = try JSONDocument.bytes(document)
        } catch {
            return Self.error(500, "the answer could not be written as JSON: \(error)")
        }
        let tag = "\"\(String(FNV1a.hash(bytes), radix: 16))\""
        let headers = [
            ("ETag", tag), ("Cache-Control", reusedSeconds.map { "max-age=\($0)" } ?? "no-cache"),
        ]
        let isKnown = request.headers.listMembers("if-none-match").contains { $0 == tag || $0 == "w/" + tag }
        guard !isKnown else { return HTTPResponse(status: 304, headers: headers) }
        return HTTPResponse(
            status: 200, headers: [("Content-Type", "application/json")] + headers, body: .bytes(bytes))
    }

    private struct ErrorDocument: Encodable {
        let error: String
    }

    /// An error as JSON.
    package static func error(_ status: Int, _ reason: String) -> HTTPResponse {
        do {
            return .json(status, try JSONDocument.bytes(ErrorDocument(error: reason)))
        } catch {
            return .text(status, reason + "\n")
        }
    }
}
