import QuotaModel

/// Draws the state as lines of text; knows no terminal.
struct WatchScreen: Sendable {
    let width: Int
    let height: Int
    let glyphs: WatchGlyphs
    /// Where the exporter is.
    let source: String
    /// Unix seconds.
    let now: Double

    /// Rows of the table that are kept before details and alerts get any.
    private static let fewestRows = 3
    private static let mostAlerts = 4
    private static let mostUnmapped = 2
    /// Figures of now are some minutes old; older ones are a word of warning.
    private static let usualAgeSeconds = 600.0

    /// At most `height` lines of exactly `width` cells.
    func lines(_ state: WatchState) -> [WatchLine] {
        guard width > 0, height > 0 else { return [] }
        let head = header(state)
        let foot = [footer(state)]
        let room = max(0, height - head.count - foot.count)
        let body = state.showsHelp ? Self.help(state.reading?.thresholds ?? .usual) : body(state, room: room)
        let filled = body.prefix(room) + Array(repeating: WatchLine(), count: max(0, room - body.count))
        return (head + filled + foot).suffix(height).map { $0.fitted(to: width, mark: glyphs.ellipsis) }
    }

    // MARK: Top

    private func header(_ state: WatchState) -> [WatchLine] {
        var lines = [title(state.reading)]
        if let reading = state.reading { lines.append(summary(reading)) }
        if let failure = state.failure {
            let since = state.reading == nil ? "" : " for \(WatchFigures.age(now - failure.since))"
            lines.append(WatchLine("No answer\(since): \(failure.reason)", .critical))
        } else if state.reading == nil {
            lines.append(WatchLine("Waiting for the first answer", .dim))
        }
        return lines + (state.reading.map(waiting) ?? [])
    }

    /// Regions that were never polled with success, with the whole reason as far as half of the screen goes.
    private func waiting(_ reading: WatchReading) -> [WatchLine] {
        let lines = reading.waiting.flatMap { waiting in
            Cells.wrapped("Never polled with success: \(waiting)", to: width).map {
                WatchLine($0, waiting.failure == nil ? .dim : .critical)
            }
        }
        return Array(lines.prefix(height / 2))
    }

    /// The exporter, then at the right the minute that figures are of, and the time, as far as there is room.
    private func title(_ reading: WatchReading?) -> WatchLine {
        var title = WatchLine([("bedrock-quota-exporter ", .bold), (source, .dim)])
        let clock = "\(WatchFigures.clock(now)) UTC"
        var right = WatchLine(clock, .dim)
        if let minute = reading?.newestMinute {
            let isOld = now - minute > Self.usualAgeSeconds
            let time = WatchFigures.clock(minute, seconds: false)
            let figures = WatchLine([
                ("figures of \(time)", isOld ? .warning : .dim), (", now \(clock)", .dim),
            ])
            if title.width + figures.width < width { right = figures }
        }
        let gap = width - title.width - right.width
        guard gap > 0 else { return title }
        title.append(String(repeating: " ", count: gap))
        title.append(right)
        return title
    }

    /// In the order of their use; what does not fit is left out whole.
    private func summary(_ reading: WatchReading) -> WatchLine {
        var line = WatchLine(WatchFigures.count(reading.pools.count, "pool") + ", ")
        line.append(near(reading))
        // Quotas are by minute.
        let minuteLeft = WatchLine("next minute \(60 - Int(now.rounded(.down)) % 60) s", .dim)
        let parts = [alerts(reading), minuteLeft, regions(reading), nextPoll(reading), lag(reading)]
        for part in parts.compactMap({ $0 }) {
            guard line.width + glyphs.dot.count + part.width <= width else { break }
            line.append(glyphs.dot, .dim)
            line.append(part)
        }
        return line
    }

    /// How many pools are critical by their own thresholds, which mostly are the same.
    private func near(_ reading: WatchReading) -> WatchLine {
        let near = reading.pools.filter { ($0.highestRatio ?? 0) >= $0.thresholds.critical }.count
        let isOne = reading.pools.allSatisfy { $0.thresholds.critical == reading.thresholds.critical }
        let percent = WatchFigures.percent(reading.thresholds.critical)
        return WatchLine(
            "\(near) at \(isOne ? "\(percent) or more" : "their threshold")", near > 0 ? .critical : .plain)
    }

    private func alerts(_ reading: WatchReading) -> WatchLine? {
        reading.alerts.map {
            WatchLine("\(WatchFigures.count($0.count, "alert")) firing", $0.isEmpty ? .plain : .critical)
        }
    }

    private func regions(_ reading: WatchReading) -> WatchLine {
        let up = reading.regions.filter(\.up).count
        return WatchLine(
            "\(up) of \(WatchFigures.count(reading.regions.count, "Region")) up",
            up < reading.regions.count ? .warning : .plain)
    }

    /// `next poll 7 s`: figures change with a poll.
    private func nextPoll(_ reading: WatchReading) -> WatchLine? {
        guard let next = reading.nextPoll else { return nil }
        let left = Int((next - now).rounded(.up))
        return WatchLine(left > 0 ? "next poll \(left) s" : "polling", .dim)
    }

    /// `data 4 min behind`: how far CloudWatch is, in the Region where it is most.
    private func lag(_ reading: WatchReading) -> WatchLine? {
        guard let lag = reading.regions.compactMap(\.deliveryLagSeconds).max() else { return nil }
        return WatchLine(
            "data \(WatchFigures.age(lag)) behind",
            reading.regions.contains(where: \.isLate) ? .warning : .dim)
    }

    // MARK: Middle

    private func body(_ state: WatchState, room: Int) -> [WatchLine] {
        guard let reading = state.reading else { return [] }
        let rows = state.rows
        guard !rows.isEmpty else {
            let why = reading.pools.isEmpty ? "No pools yet" : "No pool matches the filter"
            return [WatchLine(), WatchLine("   \(why)")] + notes(reading)
        }
        let chosen = state.chosenIndex(in: rows)
        let extras = extras(reading, pool: rows[chosen], room: room - 1 - min(rows.count, Self.fewestRows))
        let visible = max(1, room - 1 - extras.count)
        let table = WatchTable(rows: rows, width: width, glyphs: glyphs)
        let top = max(0, min(chosen - visible / 2, rows.count - visible))
        let shown = rows[top..<min(rows.count, top + visible)]
        let lines = zip(shown.indices, shown).map { index, pool in
            table.row(pool, isChosen: index == chosen)
        }
        let gap = Array(repeating: WatchLine(), count: max(0, visible - lines.count))
        return [table.heading] + lines + gap + extras
    }

    /// Alerts, unmapped models, then the chosen pool, as far as there is room.
    private func extras(_ reading: WatchReading, pool: WatchPool, room: Int) -> [WatchLine] {
        let notes = notes(reading)
        let shown = notes.count <= room ? notes : []
        let detail = detail(pool)
        return shown.count + detail.count <= room ? detail + shown : shown
    }

    private func notes(_ reading: WatchReading) -> [WatchLine] {
        let alerts = reading.alerts ?? []
        var lines = alerts.prefix(Self.mostAlerts).map { alert in
            let since = alert.since.map { " for \(WatchFigures.age(now - $0.timeIntervalSince1970))" }
            return WatchLine([
                ("   \(alert.severity) ", alert.severity == "critical" ? .critical : .warning),
                ("\(alert.alert) ", .bold), (alert.subject, .plain), (since ?? "", .dim),
            ])
        }
        if alerts.count > Self.mostAlerts {
            lines.append(WatchLine("   and \(alerts.count - Self.mostAlerts) more alerts", .warning))
        }
        lines += reading.troubles.map { WatchLine("   \($0)", .warning) }
        lines += reading.unmapped.prefix(Self.mostUnmapped).map {
            WatchLine(
                "   \($0.region): no quota for \(ModelIDName.phrase($0.modelId, name: $0.profileName)): \($0.reason)",
                .warning)
        }
        return lines.isEmpty ? [] : [WatchLine()] + lines
    }

    // MARK: The chosen pool

    /// As the columns come.
    private static let quotas = ["tokens_per_minute", "requests_per_minute", "tokens_per_day"]

    /// What is known of a pool beyond its row.
    private func detail(_ pool: WatchPool) -> [WatchLine] {
        let title = WatchLine([
            ("   ", .plain), (pool.model, .bold),
            (" \(pool.scope) in \(pool.region), account \(pool.account)", .plain),
        ])
        let weight =
            pool.burndownRate.map {
                "an output token weighs \(WatchFigures.compact($0)) (\(pool.burndownSource))"
            } ?? "input and output count apart"
        let modelIDs = "   model IDs: \(pool.namedModelIDs.joined(separator: ", "))\(glyphs.dot)\(weight)"
        let place = { (quota: WatchPool.Quota) in
            Self.quotas.firstIndex(of: quota.quota) ?? Self.quotas.count
        }
        return [WatchLine(), title, WatchLine(modelIDs)]
            + pool.quotas.sorted { place($0) < place($1) }.map { line($0, pool.thresholds) }
    }

    private func line(_ quota: WatchPool.Quota, _ thresholds: WatchThresholds) -> WatchLine {
        let name = quota.quota.replacing("_", with: " ")
        guard quota.limit > 0 else { return WatchLine("   \(name): not permitted (limit 0)") }
        let ratio = quota.utilizationRatio
        var line = WatchLine("   \(name): ")
        line.append(WatchFigures.percent(ratio), thresholds.style(ratio))
        let code = quota.quotaCode.map { ", \($0)" } ?? ""
        line.append(" of \(WatchFigures.whole(quota.limit)) (\(quota.limitSource)\(code))")
        let peaks = ["5m", "1h", "24h"].compactMap { window in
            (quota.peakUtilizationRatio?[window] ?? nil).map { "\(window) \(WatchFigures.percent($0))" }
        }
        if !peaks.isEmpty { line.append("\(glyphs.dot)peaks: \(peaks.joined(separator: ", "))", .dim) }
        if let source = quota.usageSource { line.append("\(glyphs.dot)usage: \(source)", .dim) }
        return line
    }

    // MARK: Bottom

    private func footer(_ state: WatchState) -> WatchLine {
        if state.isFiltering {
            return WatchLine([
                ("/\(state.filter)", .bold), ("_", .plain), ("   Enter keeps, Esc clears", .dim),
            ])
        }
        if state.showsHelp { return WatchLine("any key goes back, q quits", .dim) }
        var line = WatchLine()
        let filter = state.filter.isEmpty ? "filter" : "filter: \(state.filter)"
        for (key, meaning) in [
            ("q", "quit"), ("s", "sort: \(state.order.rawValue)"), ("/", filter), (glyphs.arrows, "choose"),
            ("?", "help"),
        ] {
            line.append(line.pieces.isEmpty ? "" : "  ")
            line.append(key, .bold)
            line.append(" \(meaning)")
        }
        let rows = state.rows
        let place = rows.isEmpty ? "" : "\(state.chosenIndex(in: rows) + 1) of \(rows.count)"
        let gap = width - line.width - place.count
        if gap > 0 { line.append(String(repeating: " ", count: gap) + place, .dim) }
        return line
    }

    /// What `?` shows.
    private static func help(_ thresholds: WatchThresholds) -> [WatchLine] {
        """

           s            sort by utilization, throttles, tokens, name
           /            filter by words of account, Region, scope, model, model ID
           arrows j k   choose a pool; PageUp, PageDown, Home, End
           Esc          clear the filter
           Ctrl-L       draw everything again
           q, Ctrl-C    quit

           Use is of the newest settled minute: CloudWatch needs some minutes until it no longer changes one.
           ! is \(WatchFigures.percent(thresholds.critical)) or more of a quota, + is \(WatchFigures.percent(thresholds.warning)) or more. THROTT counts throttled requests of the last 15 min.
           Throttling can begin below 100 %: Bedrock reserves max_tokens at the start of a request.
        """.split(separator: "\n", omittingEmptySubsequences: false).map { WatchLine(String($0)) }
    }
}
