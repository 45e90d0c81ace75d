import System

/// Plain lines for what is no terminal: a block whenever figures changed.
struct WatchPlain: Sendable {
    private static let noPools = "CloudWatch lists no Bedrock model ID with traffic in the last two weeks"

    private var shown: [WatchPool]?
    private var shownAlerts: [WatchReading.Alert]?
    private var shownTroubles: [String] = []
    private var failure: String?

    /// The lines that are new with this state; none when nothing changed.
    mutating func lines(_ state: WatchState, now: Double) -> [String] {
        news(state).map { "\(WatchFigures.clock(now)) \(VisibleText.escaped($0))" }
    }

    private mutating func news(_ state: WatchState) -> [String] {
        var news: [String] = []
        if state.failure?.reason != failure {
            failure = state.failure?.reason
            if let failure { news.append("no answer: \(failure)") }
        }
        guard failure == nil, let reading = state.reading else { return news }
        let troubles = Self.troubles(reading)
        if troubles != shownTroubles {
            shownTroubles = troubles
            news += troubles
        }
        let pools = state.rows
        if pools != shown {
            shown = pools
            news += pools.map(Self.text)
            if pools.isEmpty, reading.isReady { news.append("no pools: \(Self.noPools)") }
        }
        if reading.alerts != shownAlerts {
            shownAlerts = reading.alerts
            news += (reading.alerts ?? []).map { "alert \($0.severity) \($0.alert) \($0.subject)" }
        }
        return news
    }

    private static func troubles(_ reading: WatchReading) -> [String] {
        let waiting = reading.waiting.map { "never polled with success: \($0)" }
        return (waiting.isEmpty && !reading.isReady ? ["the exporter is not ready"] : waiting)
            + reading.troubles
    }

    private static func text(_ pool: WatchPool) -> String {
        var parts = ["\(pool.account) \(pool.region) \(pool.scope) \(pool.model)"]
        for (name, quota) in [("TPM", pool.tokens), ("RPM", pool.requests), ("TPD", pool.daily)] {
            guard let quota else { continue }
            let percent =
                quota.limit == 0 ? "not permitted" : WatchFigures.percent(quota.utilizationRatio)
            parts.append("\(name) \(percent) \(WatchTable.figures(quota))")
        }
        parts.append("throttled \(pool.history?.throttles.map(WatchFigures.compact) ?? "-")")
        return parts.joined(separator: "  ")
    }
}
