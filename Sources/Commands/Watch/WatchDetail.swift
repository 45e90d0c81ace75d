import QuotaModel

/// What is known of the chosen pool beyond its row.
struct WatchDetail: Sendable {
    let glyphs: WatchGlyphs

    /// As the columns come.
    private static let order = ["tokens_per_minute", "requests_per_minute", "tokens_per_day"]

    func lines(_ pool: WatchPool) -> [WatchLine] {
        var title = WatchLine("   ")
        title.append(pool.id.model, .bold)
        title.append(" \(pool.id.scope) in \(pool.id.region), account \(pool.id.account)")
        let rate = WatchFigures.compact(pool.burndownRate)
        var lines = [
            WatchLine(), title,
            WatchLine(
                "   model IDs: \(pool.modelIDs.joined(separator: ", "))\(glyphs.dot)an output token weighs \(rate)"
                    + " (\(pool.burndownSource))"),
        ]
        let place = { (quota: WatchPool.Quota) in Self.order.firstIndex(of: quota.kind) ?? Self.order.count }
        lines += pool.quotas.sorted { place($0) < place($1) }.map { line($0, pool.thresholds) }
        return lines
    }

    private func line(_ quota: WatchPool.Quota, _ thresholds: WatchThresholds) -> WatchLine {
        let name = quota.kind.replacing("_", with: " ")
        guard quota.limit > 0 else { return WatchLine("   \(name): not permitted (limit 0)") }
        var line = WatchLine("   \(name): ")
        line.append(WatchFigures.percent(quota.ratio), thresholds.style(quota.ratio))
        let code = quota.code.map { ", \($0)" } ?? ""
        line.append(" of \(WatchFigures.whole(quota.limit)) (\(quota.limitSource)\(code))")
        let peaks = quota.peaks.filter { $0.ratio != nil }.map {
            "\($0.window) \(WatchFigures.percent($0.ratio))"
        }
        if !peaks.isEmpty { line.append("\(glyphs.dot)peaks: \(peaks.joined(separator: ", "))", .dim) }
        if let source = quota.usageSource { line.append("\(glyphs.dot)usage: \(source)", .dim) }
        return line
    }
}
