/// Plain lines for what is no terminal: a block whenever figures changed.
struct WatchPlain: Sendable {
    private var shown: [WatchPool]?
    private var shownAlerts: [WatchReading.Alert]?
    private var shownTroubles: [String] = []
    private var failure: String?

    /// The lines that are new with this state; none when nothing changed.
    mutating func lines(_ state: WatchState, now: Double) -> [String] {
        let clock = WatchFigures.clock(now)
        var lines: [String] = []
        if state.failure?.reason != failure {
            failure = state.failure?.reason
            if let failure { lines.append("\(clock) no answer: \(failure)") }
        }
        guard failure == nil, let reading = state.reading else { return lines }
        let troubles = Self.troubles(reading)
        if troubles != shownTroubles {
            shownTroubles = troubles
            lines += troubles.map { "\(clock) \($0)" }
        }
        let pools = state.rows
        if pools != shown {
            shown = pools
            lines += pools.map { "\(clock) \(Self.text($0))" }
            if pools.isEmpty, reading.isReady { lines.append("\(clock) no pools: \(Self.noPools)") }
        }
        if reading.alerts != shownAlerts {
            shownAlerts = reading.alerts
            lines += (reading.alerts ?? []).map { "\(clock) alert \($0.severity) \($0.name) \($0.subject)" }
        }
        return lines
    }

    private static let noPools = "CloudWatch lists no Bedrock model ID with traffic in the last two weeks"

    private static func troubles(_ reading: WatchReading) -> [String] {
        let waiting = reading.waiting.map { "never polled with success: \($0)" }
        return (waiting.isEmpty && !reading.isReady ? ["the exporter is not ready"] : waiting)
            + reading.troubles
    }

    private static func text(_ pool: WatchPool) -> String {
        let id = pool.id
        var parts = ["\(id.account) \(id.region) \(id.scope) \(id.model)"]
        for (name, quota) in [("TPM", pool.tokens), ("RPM", pool.requests), ("TPD", pool.daily)] {
            guard let quota else { continue }
            let percent = quota.limit == 0 ? "not permitted" : WatchFigures.percent(quota.ratio)
            parts.append("\(name) \(percent) \(WatchTable.figures(quota))")
        }
        parts.append("throttled \(pool.history?.throttles.map(WatchFigures.compact) ?? "-")")
        return parts.joined(separator: "  ")
    }
}
