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

    /// Figures of now are some minutes old; older ones are a word of warning.
    private static let usualAgeSeconds = 600.0

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
        var title = WatchLine("bedrock-quota-exporter ", .bold)
        title.append(source, .dim)
        var right = WatchLine("\(WatchFigures.clock(now)) UTC", .dim)
        if let minute = reading?.pools.flatMap(\.quotas).compactMap(\.minute).max() {
            let isOld = now - minute > Self.usualAgeSeconds
            var figures = WatchLine(
                "figures of \(WatchFigures.clock(minute, seconds: false))", isOld ? .warning : .dim)
            figures.append(", now ", .dim)
            figures.append("\(WatchFigures.clock(now)) UTC", .dim)
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
        let parts = [
            alerts(reading), WatchLine(minuteLeft, .dim), regions(reading), nextPoll(reading), lag(reading),
        ]
        for part in parts {
            guard let part else { continue }
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
        let up = reading.regions.filter(\.isUp).count
        return WatchLine(
            "\(up) of \(WatchFigures.count(reading.regions.count, "Region")) up",
            up < reading.regions.count ? .warning : .plain)
    }

    /// `next minute 23 s`: quotas are by minute.
    private var minuteLeft: String { "next minute \(60 - Int(now.rounded(.down)) % 60) s" }

    /// `next poll 7 s`: figures change with a poll.
    private func nextPoll(_ reading: WatchReading) -> WatchLine? {
        guard let next = reading.nextPoll else { return nil }
        let left = Int((next - now).rounded(.up))
        return WatchLine(left > 0 ? "next poll \(left) s" : "polling", .dim)
    }

    /// `data 4 min behind`: how far CloudWatch is, in the Region where it is most.
    private func lag(_ reading: WatchReading) -> WatchLine? {
        guard let lag = reading.regions.compactMap(\.deliveryLagSeconds).max() else { return nil }
        let isLate = reading.regions.contains { $0.lateness != nil }
        return WatchLine("data \(WatchFigures.age(lag)) behind", isLate ? .warning : .dim)
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
        var lines: [WatchLine] = []
        let notes = notes(reading)
        let detail = WatchDetail(glyphs: glyphs).lines(pool)
        if notes.count <= room { lines += notes }
        if lines.count + detail.count <= room { lines = detail + lines }
        return lines
    }

    private func notes(_ reading: WatchReading) -> [WatchLine] {
        var lines: [WatchLine] = []
        let alerts = reading.alerts ?? []
        for alert in alerts.prefix(Self.mostAlerts) {
            var line = WatchLine("   \(alert.severity) ", alert.severity == "critical" ? .critical : .warning)
            line.append("\(alert.name) ", .bold)
            line.append(alert.subject)
            if let since = alert.since { line.append(" for \(WatchFigures.age(now - since))", .dim) }
            lines.append(line)
        }
        if alerts.count > Self.mostAlerts {
            lines.append(WatchLine("   and \(alerts.count - Self.mostAlerts) more alerts", .warning))
        }
        lines += reading.troubles.map { WatchLine("   \($0)", .warning) }
        for model in reading.unmapped.prefix(Self.mostUnmapped) {
            lines.append(
                WatchLine("   \(model.region): no quota for \(model.modelID): \(model.reason)", .warning))
        }
        return lines.isEmpty ? [] : [WatchLine()] + lines
    }

    // MARK: Bottom

    private func footer(_ state: WatchState) -> WatchLine {
        if state.isFiltering {
            var line = WatchLine("/\(state.filter)", .bold)
            line.append("_")
            line.append("   Enter keeps, Esc clears", .dim)
            return line
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
}
