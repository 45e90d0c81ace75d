import UsageStore
import Web

extension WebEndpoints {
    /// Those of the running exporter.
    ///
    /// - Parameter reload: Says why the configuration was not taken, nil when it was.
    init(
        _ web: WebSettings, _ services: DaemonServices, reload: @escaping @Sendable () async -> String?
    ) {
        let now = services.clock.now
        let state = services.state
        let open: @Sendable () throws -> UsageReader = { [path = services.store.path] in
            try UsageReader.open(path: path)
        }
        self.init(
            state: state, telemetryPath: web.telemetryPath,
            usage: UsageEndpoint(open: open, now: now),
            callers: UsageEndpoint(open: open, now: now, isOfCallers: true),
            latency: LatencyEndpoint(open: open, now: now),
            trends: TrendsEndpoint(open: open, now: now),
            report: ReportEndpoint(open: open, now: now) { (state.snapshot, state.overrides) },
            headroom: HeadroomEndpoint(board: state.headroom, now: now) { state.pollSeconds },
            throttles: ThrottlesEndpoint(open: open, now: now), reload: reload)
    }
}
