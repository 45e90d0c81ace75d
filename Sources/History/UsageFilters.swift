import System
import UsageStore

extension UsageParameters {
    /// The model IDs that the filters leave. A value that the store does not know is refused with those that it does.
    package func matching(_ all: [StoredSeries]) throws(UsageRequestError) -> [StoredSeries] {
        var left = all
        var before: [String] = []
        let filters: [(Parameter, UsageQuery.Dimension, String?)] = [
            (.account, .account, query.account), (.region, .region, query.region),
            (.scope, .scope, query.scope?.rawValue), (.model, .model, query.model),
            (.modelID, .modelID, query.modelID),
        ]
        for (parameter, dimension, wanted) in filters {
            guard let wanted else { continue }
            let fitting = left.filter { $0.value(dimension) == wanted }
            guard !fitting.isEmpty else {
                throw unknown(parameter, wanted, choices: Set(left.map { $0.value(dimension) }), before)
            }
            left = fitting
            before.append("\(name(parameter)) \(wanted)")
        }
        return left
    }

    private func unknown(
        _ parameter: Parameter, _ wanted: String, choices: Set<String>, _ before: [String]
    ) -> UsageRequestError {
        let known = choices.filter { !$0.isEmpty }.sorted()
        let place = before.isEmpty ? "the store" : "the store with \(before.joined(separator: ", "))"
        let quoted = VisibleText.quoted(wanted)
        guard !known.isEmpty else {
            let reason = choices.isEmpty ? "which has no usage yet" : "which has none"
            return UsageRequestError("\(name(parameter)): \(quoted) is not in \(place), \(reason)")
        }
        return UsageRequestError(
            "\(name(parameter)): \(quoted) is not in \(place); there: \(UsageRequestError.list(known))")
    }

    /// The groups that the query makes of these model IDs, ascending.
    package func groups(of series: [StoredSeries]) -> [[String]] {
        let groups = Set(series.map { one in query.groupBy.map { one.value($0) } })
        return groups.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Refuses an answer of more rows than may go out over HTTP.
    ///
    /// - Parameter callers: How many callers a group may have.
    package func checkSize(of series: [StoredSeries], callers: Int = 0) throws(UsageRequestError) {
        var groups = groups(of: series).count
        if query.isByCaller { groups *= min(callers, top.map { $0 + 1 } ?? .max) + CallerRow.last.count }
        let (rows, overflow) = stepCount.multipliedReportingOverflow(by: groups)
        guard overflow || rows > HistoryLimits.rowsOverHTTP else { return }
        throw UsageRequestError(
            "this asks for \(Grouped.digits(rows)) rows (\(Grouped.digits(stepCount)) steps of "
                + "\(Grouped.digits(groups)) groups), and at most \(Grouped.digits(HistoryLimits.rowsOverHTTP)) are "
                + "answered; take a longer step, a shorter range or a filter")
    }
}

/// A question about history that cannot be answered as it was put, in words for whoever asked.
package struct UsageRequestError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }

    /// Choices as a list, the first few of many.
    package static func list(_ choices: [String]) -> String {
        let shown = choices.prefix(shownChoices).joined(separator: ", ")
        return choices.count > shownChoices ? "\(shown) and \(choices.count - shownChoices) more" : shown
    }

    private static let shownChoices = 20
}

/// Defaults and bounds of questions about history.
package enum HistoryLimits {
    static let defaultRangeMinutes = 24 * 60
    static let defaultStepMinutes = 60
    static let stepMinutes = 1...1440
    /// 2000 to 2100: what lies outside is a slip, such as milliseconds for seconds.
    static let epochSeconds = 946_684_800..<4_102_444_800

    /// Usage requests that are answered at the same time, each on a connection of its own to the store.
    package static let concurrentRequests = 2
    /// Rows of one answer over HTTP, about 60 MB of JSON.
    static let rowsOverHTTP = 100_000
    /// A reader holds back the write-ahead log of the store, so no answer may take longer.
    package static let answerSeconds = 300
    /// Bytes that are gathered before they go out together.
    static let chunkBytes = 64 << 10
    /// Rows that decide the widths of a table's columns.
    static let rowsForWidths = 200
}
