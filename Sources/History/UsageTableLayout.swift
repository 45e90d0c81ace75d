import UsageStore

/// Which columns a terminal has room for, and how wide each is.
struct UsageTableLayout {
    private let columns: [(column: UsageColumn, width: Int)]
    /// Without one, names of later rows that are longer than the first are not shortened either.
    private let isLimited: Bool

    private static let gap = 2
    /// Names are not shortened below a quarter of the terminal, within these bounds, while there is something to leave
    /// out instead.
    private static let comfortableName = 12...26
    private static let shortestName = 5

    /// - Parameter width: Nil for all columns at their full width.
    init(_ all: [UsageColumn], rows: [UsageRow], width: Int?) {
        isLimited = width != nil
        var measured = all.map { column in
            let widest = rows.lazy.map { column.text($0).count }.max() ?? 0
            return (column: column, width: max(widest, column.title.count))
        }
        // A bar's column keeps its width whatever the first rows fill.
        for index in measured.indices where measured[index].column.title.isEmpty {
            measured[index].width = UsageBar.characters
        }
        guard let width else {
            columns = measured
            return
        }
        var columns = Self.fitting(measured, width)
        while Self.total(columns) > width,
            let longest = columns.indices.filter({ columns[$0].column.isName })
                .max(by: { columns[$0].width < columns[$1].width }),
            columns[longest].width > Self.shortestName
        {
            columns[longest].width -= 1
        }
        self.columns = columns
    }

    /// What stays always, then the others by their rank as long as there is room.
    private static func fitting(
        _ all: [(column: UsageColumn, width: Int)], _ width: Int
    ) -> [(column: UsageColumn, width: Int)] {
        let longestName = max(comfortableName.lowerBound, min(width / 4, comfortableName.upperBound))
        var chosen = Set(all.indices.filter { all[$0].column.rank == 0 })
        for index in all.indices.sorted(by: { all[$0].column.rank < all[$1].column.rank }) {
            let trial = chosen.union([index])
            if total(trial.map { all[$0] }, longestName: longestName) <= width { chosen = trial }
        }
        return chosen.sorted().map { all[$0] }
    }

    private static func total(_ columns: [(column: UsageColumn, width: Int)], longestName: Int = .max) -> Int
    {
        columns.reduce(-gap) { total, one in
            total + gap + (one.column.isName ? min(one.width, longestName) : one.width)
        }
    }

    var head: String { joined { $0.title } }

    func line(_ row: UsageRow, isFirstOfStep: Bool) -> String {
        joined { $0.isTime && !isFirstOfStep ? "" : $0.text(row) }
    }

    private func joined(_ text: (UsageColumn) -> String) -> String {
        var line = ""
        for (index, (column, width)) in columns.enumerated() {
            if index > 0 { line += String(repeating: " ", count: Self.gap) }
            let cell = column.isName && isLimited ? Self.shortened(text(column), width) : text(column)
            let blanks = String(repeating: " ", count: max(0, width - cell.count))
            line += column.isNumber ? blanks + cell : cell + blanks
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    /// The middle goes: a model's name begins with its vendor and ends with its version.
    private static func shortened(_ text: String, _ width: Int) -> String {
        guard text.count > width else { return text }
        let kept = max(width - 1, 2)
        return "\(text.prefix(kept - kept / 2))…\(text.suffix(kept / 2))"
    }
}
