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

    init(_ query: UsageQuery, series: [StoredSeries], width: Int?) {
        self.query = query
        self.series = series
        self.width = width
        constant = UsageQuery.Dimension.allCases.compactMap { dimension in
            let values = Set(series.map { $0.value(dimension) })
            guard let value = values.first, values.count == 1, !value.isEmpty else { return nil }
            return (dimension, value)
        }
        let isConstant = Set(constant.map(\.dimension))
        let groups = query.groupBy.enumerated().filter { !isConstant.contains($0.element) }
        columns = UsageColumn.columns(groups.map { ($0.offset, $0.element) }, daysOnly: Self.isInDays(query))
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
        let step = TimeSpan.minutes(query.stepMinutes ?? query.range.count).description
        let from = "\(CivilTime.date(start)) \(CivilTime.time(start))"
        let to = "\(CivilTime.date(end)) \(CivilTime.time(end))"
        return ["\(from) to \(to) UTC in steps of \(step)"]
            + constant.map { "\(UsageColumn.words($0.dimension)) \(VisibleText.escaped($0.value))" }
    }

    /// Parts with commas between them, in as many lines as they need.
    private static func wrapped(_ parts: [String], _ width: Int) -> [String] {
        var lines: [String] = []
        for part in parts {
            if let last = lines.last, last.count + 2 + part.count <= width {
                lines[lines.count - 1] = "\(last), \(part)"
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
