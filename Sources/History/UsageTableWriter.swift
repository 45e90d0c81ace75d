import QuotaModel
import System
import UsageStore

/// An answer as a table that fits a terminal, or whole where there is none. The first rows decide the widths; the rest streams.
struct UsageTableWriter: UsageWriter {
    private let query: UsageQuery
    private let series: [StoredSeries]
    private let width: Int?
    /// Dimensions with one value only, which stand in the title.
    private let constant: [(dimension: UsageQuery.Dimension, value: String)]
    private let columns: [UsageColumn]
    private var waiting: [UsageRow] = []
    private var layout: UsageTableLayout?
    private var lastStep: Range<Minute>?

    /// What there is of callers, where the answer is to tell.
    private let callers: CallerSources?

    init(_ query: UsageQuery, series: [StoredSeries], callers: CallerSources? = nil, width: Int?) {
        self.query = query
        self.series = series
        self.callers = callers
        self.width = width
        constant = UsageQuery.Dimension.allCases.compactMap { dimension in
            guard dimension != .caller, dimension != .profileName || query.groupBy.contains(dimension) else {
                return nil
            }
            let values = Set(series.map { $0.value(dimension) })
            guard let value = values.first, values.count == 1, !value.isEmpty else { return nil }
            return (dimension, value)
        }
        let isConstant = Set(constant.map(\.dimension))
        let groups = query.groupBy.enumerated().filter { !isConstant.contains($0.element) }
        let all = UsageColumn.columns(
            groups.map { ($0.offset, $0.element) }, daysOnly: Self.isInDays(query),
            callers: query.isByCaller ? query.callerKind : nil)
        columns = query.stepMinutes == nil ? all.filter { !$0.isTime } : all
    }

    private static func isInDays(_ query: UsageQuery) -> Bool {
        query.range.lowerBound.startOfDay == query.range.lowerBound && query.stepMinutes == 1440
    }

    func begin(into bytes: inout [UInt8]) {}

    mutating func row(_ row: UsageRow, into bytes: inout [UInt8]) {
        guard layout == nil else { return write(row, to: &bytes) }
        waiting.append(row)
        if waiting.count == HistoryLimits.rowsForWidths { start(&bytes) }
    }

    mutating func end(_ outcome: UsageOutcome, into bytes: inout [UInt8]) {
        if layout == nil { start(&bytes) }
        if let note = outcome.note(query.range, series) { Self.append(note, to: &bytes) }
        for note in outcome.callerNotes(query.callerKind, callers) {
            for line in Self.wrapped(note.split(separator: " ").map(String.init), width ?? .max, " ") {
                Self.append(line, to: &bytes)
            }
        }
    }

    /// Title and head, and the rows that waited for them.
    private mutating func start(_ bytes: inout [UInt8]) {
        let rows = waiting
        waiting = []
        let layout = UsageTableLayout(columns, rows: rows, width: width)
        self.layout = layout
        guard !rows.isEmpty else { return }
        for line in Self.wrapped(title, width ?? .max) { Self.append(line, to: &bytes) }
        bytes.append(UInt8(ascii: "\n"))
        Self.append(layout.head, to: &bytes)
        for row in rows { write(row, to: &bytes) }
    }

    private mutating func write(_ row: UsageRow, to bytes: inout [UInt8]) {
        guard let layout else { return }
        Self.append(layout.line(row, isFirstOfStep: row.step != lastStep), to: &bytes)
        lastStep = row.step
    }

    private var title: [String] {
        let start = query.range.lowerBound.epochSeconds
        let end = query.range.upperBound.epochSeconds
        let steps = query.stepMinutes.map { " in steps of \(TimeSpan.minutes($0))" } ?? ""
        let from = "\(CivilTime.date(start)) \(CivilTime.time(start))"
        let to = "\(CivilTime.date(end)) \(CivilTime.time(end))"
        return ["\(from) to \(to) UTC\(steps)"]
            + (query.isByCaller ? ["callers by \(VisibleText.escaped(query.callerKind.text))"] : [])
            + constant.map { "\(UsageColumn.words($0.dimension)) \(VisibleText.escaped($0.value))" }
    }

    /// Parts with something between them, in as many lines as they need.
    private static func wrapped(_ parts: [String], _ width: Int, _ between: String = ", ") -> [String] {
        var lines: [String] = []
        for part in parts {
            if let last = lines.last, last.count + between.count + part.count <= width {
                lines[lines.count - 1] = "\(last)\(between)\(part)"
            } else {
                lines.append(part)
            }
        }
        return lines
    }

    private static func append(_ line: String, to bytes: inout [UInt8]) {
        bytes += line.utf8
        bytes.append(UInt8(ascii: "\n"))
    }
}

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
