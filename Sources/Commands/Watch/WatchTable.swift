import QuotaModel

/// The table of pools: a heading and a row for each.
struct WatchTable: Sendable {
    let names: WatchNames
    let columns: WatchColumns
    let glyphs: WatchGlyphs

    /// In few cells; the lines about the chosen pool have them in full.
    private static let scopes = ["on_demand": "demand", "cross_region": "cross"]

    /// The table of these rows in a terminal so wide.
    init(rows: [WatchPool], width: Int, glyphs: WatchGlyphs) {
        names = WatchNames(rows.map(\.id.model))
        columns = WatchColumns(rows: rows, names: names, width: width)
        self.glyphs = glyphs
    }

    var heading: WatchLine {
        var text = String(repeating: " ", count: WatchColumns.mark)
        for (name, width) in [
            ("ACCOUNT", columns.account), ("REGION", columns.region), ("SCOPE", columns.scope),
        ] {
            text += fitted(name, width)
        }
        text += fitted("MODEL", columns.model)
        text += heading("TOKENS/MIN", short: "TPM", bar: columns.tokensBar)
        text += fitted("", columns.tokensFigures)
        if columns.hasRequests {
            text += " " + heading("REQUESTS/MIN", short: "RPM", bar: columns.requestsBar)
            text += fitted("", columns.requestsFigures)
        }
        if columns.hasDaily { text += " " + right("DAY", WatchColumns.percent) }
        if columns.hasThrottles { text += right("THROTT", WatchColumns.throttles) }
        if columns.history > 0 {
            text += "  " + fitted("LAST \(WatchHistory.minutes) MIN", columns.history - 2)
        }
        return WatchLine(text, .dim)
    }

    /// Over a bar and its percentage, or over the percentage alone.
    private func heading(_ text: String, short: String, bar: Int) -> String {
        guard bar > 0 else { return right(short, WatchColumns.percent) }
        return Cells.fitted(text, to: bar + 1 + WatchColumns.percent, mark: glyphs.ellipsis)
    }

    func row(_ pool: WatchPool, isChosen: Bool) -> WatchLine {
        var line = WatchLine()
        let style = pool.thresholds.style(pool.highestRatio)
        let mark = style == .critical ? "!" : style == .warning ? "+" : " "
        line.append(isChosen ? ">" : " ", .bold)
        line.append(mark + " ", style)
        line.append(fitted(pool.id.account, columns.account))
        line.append(fitted(pool.id.region, columns.region))
        line.append(fitted(Self.scopes[pool.id.scope] ?? pool.id.scope, columns.scope))
        let name = Cells.middleClipped(
            names[pool.id.model], to: columns.model - 1, mark: glyphs.ellipsis)
        line.append(fitted(name, columns.model), .bold)
        append(pool.tokens, of: pool, bar: columns.tokensBar, figures: columns.tokensFigures, to: &line)
        if columns.hasRequests {
            line.append(" ")
            append(
                pool.requests, of: pool, bar: columns.requestsBar, figures: columns.requestsFigures, to: &line
            )
        }
        if columns.hasDaily {
            let ratio = pool.daily?.ratio
            line.append(
                " " + right(WatchFigures.percent(ratio), WatchColumns.percent), pool.thresholds.style(ratio))
        }
        if columns.hasThrottles { append(throttles: pool.history?.throttles, to: &line) }
        if columns.history > 0, let history = pool.history {
            line.append("  " + glyphs.sparkline(history.ratios), .dim)
        }
        return line
    }

    private func append(
        _ quota: WatchPool.Quota?, of pool: WatchPool, bar width: Int, figures: Int, to line: inout WatchLine
    ) {
        let style = pool.thresholds.style(quota?.ratio)
        if width > 0 {
            let bar = glyphs.bar(quota?.ratio, width: width)
            line.append(bar.full, style)
            line.append(bar.rest + " ", .dim)
        }
        line.append(right(percent(quota), WatchColumns.percent), style)
        guard figures > 0 else { return }
        line.append(right(Self.figures(quota), figures), .dim)
    }

    private func percent(_ quota: WatchPool.Quota?) -> String {
        guard let quota else { return "" }
        return quota.limit == 0 ? "off" : WatchFigures.percent(quota.ratio)
    }

    /// `3.28M/4M`.
    static func figures(_ quota: WatchPool.Quota?) -> String {
        guard let quota else { return "" }
        return "\(quota.usage.map(WatchFigures.compact) ?? "-")/\(WatchFigures.compact(quota.limit))"
    }

    private func append(throttles: Double?, to line: inout WatchLine) {
        let text = throttles.map(WatchFigures.compact) ?? "-"
        line.append(right(text, WatchColumns.throttles), (throttles ?? 0) > 0 ? .critical : .dim)
    }

    /// A column of no width is not there; else one blank ends it.
    private func fitted(_ text: String, _ width: Int) -> String {
        guard width > 1 else { return String(repeating: " ", count: width) }
        return Cells.fitted(text, to: width - 1, mark: glyphs.ellipsis) + " "
    }

    private func right(_ text: String, _ width: Int) -> String {
        Cells.right(text, to: width, mark: glyphs.ellipsis)
    }
}
