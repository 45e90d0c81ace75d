import System

/// Puts the pages of `GetMetricData` together; pure.
///
/// A series with anything wrong in it fails as a whole, because a wrong number is worse than a missing one.
struct MetricDataCollector {
    private let times: Range<Int>
    private let queries: ArraySlice<MetricQuery>
    /// Of each query.
    private var series: [Growing?]
    /// The query whose result comes next, if CloudWatch answers in the order of the queries.
    private var next = 0
    /// Made for answers in another order.
    private var places: [String: Int]?
    private(set) var messages: [String] = []

    private struct Growing {
        var points: [MetricPoint] = []
        var status: MetricSeries.Status = .partial
    }

    /// At most so many messages are kept.
    private static let maximumMessages = 10

    /// `times` are the seconds asked for, its end excluded.
    init(queries: ArraySlice<MetricQuery>, times: Range<Int>) {
        self.times = times
        self.queries = queries
        series = Array(repeating: nil, count: queries.count)
    }

    /// Adds a page; the same Id on several pages grows.
    mutating func add(_ page: CloudWatchWire.GetMetricDataOutput) {
        for message in page.Messages ?? [] { note(message.text) }
        for result in page.MetricDataResults {
            guard let place = place(of: result.Id) else {
                let id = MessageText.bounded(result.Id, limit: 40)
                note("the answer holds an id that was not asked for: \(id)")
                continue
            }
            Self.add(result, in: times, to: &series[place])
        }
    }

    private mutating func place(of id: String) -> Int? {
        if next < queries.count, queries[queries.startIndex + next].id == id {
            next += 1
            return next - 1
        }
        let places =
            places ?? Dictionary(zip(queries.map(\.id), 0...), uniquingKeysWith: { first, _ in first })
        self.places = places
        guard let place = places[id] else { return nil }
        next = place + 1
        return place
    }

    /// The series of every query. `isWhole` is false when pages are missing: then nothing counts as complete.
    func finished(isWhole: Bool, reasonIfAbsent: String, into finished: inout [String: MetricSeries]) {
        let absent = MetricSeries.failed(reasonIfAbsent)
        for (query, series) in zip(queries, series) {
            finished[query.id] = series.map { Self.series($0, isWhole: isWhole) } ?? absent
        }
    }

    private mutating func note(_ message: String) {
        if messages.count < Self.maximumMessages { messages.append(MessageText.bounded(message)) }
    }

    private static func add(
        _ result: CloudWatchWire.DataResult, in times: Range<Int>, to series: inout Growing?
    ) {
        // Taken out meanwhile, so that its points grow in place.
        var growing = series.take() ?? Growing()
        defer { series = growing }
        if case .failed = growing.status { return }
        switch result.StatusCode {
        case "Complete": growing.status = .complete
        case "PartialData": growing.status = .partial
        case let other:
            let details = [other ?? "no status"] + (result.Messages ?? []).map(\.text)
            return growing.status = .failed("CloudWatch answered \(details.joined(separator: ", "))")
        }
        let seconds = result.Timestamps ?? []
        let values = result.Values ?? []
        guard seconds.count == values.count else {
            return growing.status = .failed("\(seconds.count) times but \(values.count) values")
        }
        growing.points.reserveCapacity(growing.points.count + values.count)
        for (second, value) in zip(seconds, values) {
            guard second.rounded() == second, let time = Int(exactly: second), times.contains(time) else {
                return growing.status = .failed("a time outside the range asked for")
            }
            guard value >= 0, value <= 0x1p53 else {
                return growing.status = .failed("a value that is no count: \(value)")
            }
            growing.points.append(MetricPoint(epochSeconds: time, value: value))
        }
    }

    private static func series(_ growing: Growing, isWhole: Bool) -> MetricSeries {
        if case .failed(let reason) = growing.status { return .failed(reason) }
        let status = isWhole ? growing.status : .partial
        guard let points = ordered(growing.points) else { return .failed("two values for one time") }
        return MetricSeries(status: status, points: points)
    }

    /// By time and each time once; nil when a time has two different values.
    private static func ordered(_ points: [MetricPoint]) -> [MetricPoint]? {
        let isRising = zip(points, points.dropFirst()).allSatisfy { $0.epochSeconds < $1.epochSeconds }
        guard !isRising else { return points }
        var unique = [MetricPoint]()
        unique.reserveCapacity(points.count)
        for point in points.sorted(by: { $0.epochSeconds < $1.epochSeconds }) {
            guard let last = unique.last, last.epochSeconds == point.epochSeconds else {
                unique.append(point)
                continue
            }
            guard last.value == point.value else { return nil }
        }
        return unique
    }
}
