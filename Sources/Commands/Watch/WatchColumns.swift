/// Which columns the width has room for, and how wide each is.
struct WatchColumns: Equatable, Sendable {
    /// `>!` and a blank: chosen, and near a limit.
    static let mark = 3
    /// ` 104 %`.
    static let percent = 6
    /// ` 3.28M/4.00M`.
    static let figures = 12
    static let throttles = 7
    /// `claude-sonnet-4-5` and a blank.
    static let usualModel = 18
    private static let longestModel = 40
    private static let longestAccount = 16
    private static let bars = (tokens: 9...30, requests: 5...15)
    /// `global`.
    private static let scope = 6

    var account = 0
    var region = 0
    var scope = 0
    var model = 0
    var tokensBar = 0
    var tokensFigures = 0
    var hasRequests = false
    var requestsBar = 0
    var requestsFigures = 0
    var hasDaily = false
    var hasThrottles = false
    var history = 0

    /// - Parameters:
    ///   - rows: The pools that are shown.
    ///   - names: What their models are called.
    ///   - width: Cells of the terminal.
    init(rows: [WatchPool], names: WatchNames, width: Int) {
        let widestName = rows.map { Cells.width(names[$0.id.model]) }.max() ?? 0
        model = min(Self.usualModel, max(widestName, Cells.width("MODEL")) + 1)
        var rest = width - Self.mark - model - Self.percent
        func fits(_ cells: Int) -> Bool {
            guard cells <= rest else { return false }
            rest -= cells
            return true
        }
        let widest = { (part: (WatchPool) -> String) in rows.map { Cells.width(part($0)) }.max() ?? 0 }
        let region = widest(\.id.region) + 1
        let accounts = Set(rows.map(\.id.account)).count > 1
        let account = min(Self.longestAccount, widest(\.id.account)) + 1
        let daily = rows.contains { $0.daily != nil }
        // In the order of use; the first that does not fit ends it, so that a wider terminal only adds.
        let wishes: [(Int, (inout WatchColumns) -> Void)] = [
            (1 + Self.bars.tokens.lowerBound, { $0.tokensBar = Self.bars.tokens.lowerBound }),
            (region, { $0.region = region }),
            (Self.percent + 1, { $0.hasRequests = true }),
            (Self.throttles, { $0.hasThrottles = true }),
            (accounts ? account : 0, { $0.account = accounts ? account : 0 }),
            (daily ? Self.percent + 1 : 0, { $0.hasDaily = daily }),
            (Self.scope + 1, { $0.scope = Self.scope + 1 }),
            (1 + Self.bars.requests.lowerBound, { $0.requestsBar = Self.bars.requests.lowerBound }),
            (Self.figures, { $0.tokensFigures = Self.figures }),
            (WatchHistory.minutes + 2, { $0.history = WatchHistory.minutes + 2 }),
            (Self.figures, { $0.requestsFigures = Self.figures }),
        ]
        for (cells, take) in wishes {
            guard fits(cells) else { break }
            take(&self)
        }
        share(rest, model: min(Self.longestModel, widestName))
    }

    /// What is left makes names whole, then bars long.
    private mutating func share(_ given: Int, model widest: Int) {
        var rest = max(0, given)
        let wanted = max(0, widest + 1 - model)
        model += min(rest, wanted)
        rest -= min(rest, wanted)
        guard tokensBar > 0 else { return }
        let requests = requestsBar > 0 ? min(rest / 3, Self.bars.requests.upperBound - requestsBar) : 0
        requestsBar += requests
        tokensBar += min(rest - requests, Self.bars.tokens.upperBound - tokensBar)
    }
}
