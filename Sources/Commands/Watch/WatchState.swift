/// What `watch` shows and how: the newest reading, the order, the filter, the chosen pool.
struct WatchState: Sendable {
    /// By what pools are sorted; `s` goes to the next.
    enum Order: String, CaseIterable, Sendable {
        case utilization, throttles, tokens, name
    }

    /// What a key asks of the terminal.
    enum Effect: Equatable, Sendable {
        case draw
        /// Everything, as another program may have written over it.
        case redraw
        case quit
    }

    private static let maximumFilterCharacters = 100
    /// Rows of PageUp and PageDown.
    private static let page = 10

    private(set) var reading: WatchReading?
    /// Why the last attempt failed, and since when in Unix seconds none succeeded.
    private(set) var failure: (reason: String, since: Double)?
    private(set) var order = Order.utilization
    private(set) var filter = ""
    private(set) var isFiltering = false
    private(set) var showsHelp = false
    /// Nil chooses whatever is on top.
    private var chosen: [String]?

    mutating func take(_ reading: WatchReading) {
        self.reading = reading
        failure = nil
    }

    /// The last reading stays, with the reason beside it.
    mutating func fail(_ reason: String, at now: Double) {
        failure = (reason, failure?.since ?? now)
    }

    /// The pools that the filter lets through, in order.
    var rows: [WatchPool] {
        let words = filter.lowercased().split(separator: " ")
        let kept = (reading?.pools ?? []).filter { pool in
            let text = (pool.id + pool.namedModelIDs).joined(separator: " ").lowercased()
            return words.allSatisfy { text.contains($0) }
        }
        return kept.sorted { a, b in
            let (x, y) = (weight(a), weight(b))
            return x == y ? Self.name(a) < Self.name(b) : x > y
        }
    }

    /// The place of the chosen pool among the rows.
    func chosenIndex(in rows: [WatchPool]) -> Int {
        chosen.flatMap { id in rows.firstIndex { $0.id == id } } ?? 0
    }

    private func weight(_ pool: WatchPool) -> Double {
        switch order {
        case .utilization: pool.highestRatio ?? -1
        case .throttles: pool.history?.throttles ?? -1
        case .tokens: pool.tokens?.usage ?? -1
        case .name: 0
        }
    }

    private static func name(_ pool: WatchPool) -> String {
        "\(pool.account) \(pool.region) \(pool.model) \(pool.scope)"
    }

    mutating func press(_ key: WatchKey) -> Effect {
        if key == .redraw { return .redraw }
        if isFiltering {
            edit(key)
            return .draw
        }
        if showsHelp {
            showsHelp = false
            return key == .character("q") ? .quit : .draw
        }
        switch key {
        case .character("q"): return .quit
        case .character("s"): sortByNext()
        case .character("/"): isFiltering = true
        case .character("?"), .character("h"): showsHelp = true
        case .escape: filter = ""
        case .up, .character("k"): move(-1)
        case .down, .character("j"): move(1)
        case .pageUp: move(-Self.page)
        case .pageDown, .character(" "): move(Self.page)
        case .home, .character("g"): chosen = nil
        case .end, .character("G"): move(Int.max)
        case .character, .enter, .backspace, .erase, .redraw: break
        }
        return .draw
    }

    private mutating func sortByNext() {
        let all = Order.allCases
        order = all[((all.firstIndex(of: order) ?? 0) + 1) % all.count]
    }

    private mutating func edit(_ key: WatchKey) {
        switch key {
        case .character(let character) where filter.count < Self.maximumFilterCharacters:
            filter.append(character)
        case .backspace: _ = filter.popLast()
        case .erase: filter = ""
        case .enter: isFiltering = false
        case .escape: (filter, isFiltering) = ("", false)
        case .up: move(-1)
        case .down: move(1)
        case .character, .pageUp, .pageDown, .home, .end, .redraw: break
        }
    }

    private mutating func move(_ step: Int) {
        let rows = rows
        guard !rows.isEmpty else { return }
        let (target, isBeyond) = chosenIndex(in: rows).addingReportingOverflow(step)
        chosen = rows[isBeyond ? rows.count - 1 : max(0, min(rows.count - 1, target))].id
    }
}
