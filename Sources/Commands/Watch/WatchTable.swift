import QuotaModel

/// The table of pools: a heading and a row for each, with the columns that the width has room for.
struct WatchTable: Sendable {
    /// From left to right. A bar and its percentage share their heading.
    enum Column: CaseIterable, Sendable {
        case account, region, scope, model
        case tokensBar, tokens, tokensFigures
        case requestsBar, requests, requestsFigures
        case daily, throttles, history
    }

    /// `>!` and a blank: chosen, and near a limit.
    private static let mark = 3
    /// ` 104 %`.
    private static let percent = 6
    /// ` 3.28M/4.00M`.
    private static let figures = 12
    private static let throttles = 7
    /// `claude-sonnet-4-5` and a blank.
    private static let usualModel = 18
    private static let longestModel = 40
    private static let longestAccount = 16
    /// With the blank beside them.
    private static let bars = (tokens: 10...31, requests: 6...16)
    /// In few cells; the lines about the chosen pool have them in full.
    private static let scopes = ["on_demand": "demand", "cross_region": "cross"]
    private static let scope = 7

    /// Cells of the columns that are shown.
    private(set) var widths: [Column: Int] = [:]
    private let names: WatchNames
    private let glyphs: WatchGlyphs

    /// The table of these rows in a terminal so wide.
    init(rows: [WatchPool], width: Int, glyphs: WatchGlyphs) {
        names = WatchNames(rows.map(\.model))
        self.glyphs = glyphs
        let name = rows.map { [names] in Cells.width(names[$0.model]) }.max() ?? 0
        let model = min(Self.usualModel, max(name, Cells.width("MODEL")) + 1)
        (widths[.model], widths[.tokens]) = (model, Self.percent)
        var rest = width - Self.mark - model - Self.percent
        for (column, cells) in Self.wishes(rows) where cells > 0 {
            guard cells <= rest else { break }
            widths[column] = cells
            rest -= cells
        }
        share(max(0, rest), name: min(Self.longestModel, name))
    }

    /// In the order of use; the first that does not fit ends it, so that a wider terminal only adds.
    private static func wishes(_ rows: [WatchPool]) -> [(Column, Int)] {
        let widest = { (text: (WatchPool) -> String) in rows.map { Cells.width(text($0)) }.max() ?? 0 }
        let hasAccounts = Set(rows.map(\.account)).count > 1
        let hasDaily = rows.contains { $0.daily != nil }
        return [
            (.tokensBar, bars.tokens.lowerBound), (.region, widest(\.region) + 1), (.requests, percent + 1),
            (.throttles, throttles),
            (.account, hasAccounts ? min(longestAccount, widest(\.account)) + 1 : 0),
            (.daily, hasDaily ? percent + 1 : 0), (.scope, scope),
            (.requestsBar, bars.requests.lowerBound), (.tokensFigures, figures),
            (.history, WatchHistory.minutes + 2), (.requestsFigures, figures),
        ]
    }

    /// What is left makes names whole, then bars long.
    private mutating func share(_ given: Int, name: Int) {
        let model = widths[.model] ?? 0
        let wanted = min(given, max(0, name + 1 - model))
        widths[.model] = model + wanted
        let rest = given - wanted
        guard let tokens = widths[.tokensBar] else { return }
        let requests = widths[.requestsBar].map { min(rest / 3, Self.bars.requests.upperBound - $0) } ?? 0
        if requests > 0 { widths[.requestsBar, default: 0] += requests }
        widths[.tokensBar] = min(tokens + rest - requests, Self.bars.tokens.upperBound)
    }

    private var columns: [(column: Column, width: Int)] {
        Column.allCases.compactMap { column in widths[column].map { (column, $0) } }
    }

    var heading: WatchLine {
        var text = String(repeating: " ", count: Self.mark)
        var bar = 0
        for (column, width) in columns {
            switch column {
            case .account: text += cell("ACCOUNT", width)
            case .region: text += cell("REGION", width)
            case .scope: text += cell("SCOPE", width)
            case .model: text += cell("MODEL", width)
            case .tokensBar, .requestsBar: bar = width
            case .tokens: text += bar > 0 ? left("TOKENS/MIN", bar + width) : right("TPM", width)
            case .requests: text += bar > 0 ? left(" REQUESTS/MIN", bar + width) : right("RPM", width)
            case .tokensFigures, .requestsFigures: text += left("", width)
            case .daily: text += right("DAY", width)
            case .throttles: text += right("THROTT", width)
            case .history: text += left("  LAST \(WatchHistory.minutes) MIN", width)
            }
            if column != .tokensBar, column != .requestsBar { bar = 0 }
        }
        return WatchLine(text, .dim)
    }

    func row(_ pool: WatchPool, isChosen: Bool) -> WatchLine {
        var line = WatchLine()
        let style = pool.thresholds.style(pool.highestRatio)
        line.append(isChosen ? ">" : " ", .bold)
        line.append((style == .critical ? "!" : style == .warning ? "+" : " ") + " ", style)
        for (column, width) in columns { append(column, width, of: pool, to: &line) }
        return line
    }

    private func append(_ column: Column, _ width: Int, of pool: WatchPool, to line: inout WatchLine) {
        switch column {
        case .account: line.append(cell(pool.account, width))
        case .region: line.append(cell(pool.region, width))
        case .scope: line.append(cell(Self.scopes[pool.scope] ?? pool.scope, width))
        case .model:
            let name = Cells.middleClipped(names[pool.model], to: width - 1, mark: glyphs.ellipsis)
            line.append(cell(name, width), .bold)
        case .tokensBar, .tokens, .tokensFigures: append(column, width, pool.tokens, of: pool, to: &line)
        case .requestsBar, .requests, .requestsFigures:
            append(column, width, pool.requests, of: pool, to: &line)
        case .daily:
            let ratio = pool.daily?.utilizationRatio
            line.append(right(WatchFigures.percent(ratio), width), pool.thresholds.style(ratio))
        case .throttles:
            let throttles = pool.history?.throttles
            let text = throttles.map(WatchFigures.compact) ?? "-"
            line.append(right(text, width), (throttles ?? 0) > 0 ? .critical : .dim)
        case .history: line.append(pool.history.map { "  " + glyphs.sparkline($0.ratios) } ?? "", .dim)
        }
    }

    /// Bar, percentage or figures of a quota.
    private func append(
        _ column: Column, _ width: Int, _ quota: WatchPool.Quota?, of pool: WatchPool,
        to line: inout WatchLine
    ) {
        let style = pool.thresholds.style(quota?.utilizationRatio)
        switch column {
        case .tokensBar, .requestsBar:
            let bar = glyphs.bar(quota?.utilizationRatio, width: width - 1)
            if column == .requestsBar { line.append(" ") }
            line.append(bar.full, style)
            line.append(bar.rest + (column == .tokensBar ? " " : ""), .dim)
        case .tokensFigures, .requestsFigures: line.append(right(quota.map(Self.figures) ?? "", width), .dim)
        case _:
            let text = quota.map { $0.limit == 0 ? "off" : WatchFigures.percent($0.utilizationRatio) }
            line.append(right(text ?? "", width), style)
        }
    }

    /// `3.28M/4M`.
    static func figures(_ quota: WatchPool.Quota) -> String {
        "\(quota.usage.map(WatchFigures.compact) ?? "-")/\(WatchFigures.compact(quota.limit))"
    }

    /// With a blank at its end.
    private func cell(_ text: String, _ width: Int) -> String { left(text, width - 1) + " " }

    private func left(_ text: String, _ width: Int) -> String {
        Cells.fitted(text, to: width, mark: glyphs.ellipsis)
    }

    private func right(_ text: String, _ width: Int) -> String {
        Cells.right(text, to: width, mark: glyphs.ellipsis)
    }
}
