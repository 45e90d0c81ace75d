/// Fills one page of GetMetricData: queries in order, until the datapoints of the page are used up.
struct MetricDataPage {
    struct Result {
        /// Which query of the request it answers.
        var query: Int
        /// Unix seconds, in scan order.
        var timestamps: [Int] = []
        var values: [Double] = []
        var isComplete = true
    }

    private(set) var results: [Result] = []
    /// Where the next page goes on: query and period; nil at the end.
    private(set) var next: (query: Int, period: Int)?
    private var room: Int

    /// `limit` datapoints at most; starts at the given query and at the given period of it.
    init(
        _ queries: [MetricDataQuery], request: MetricDataRequest, from first: (query: Int, period: Int),
        limit: Int,
        metrics: RegionMetrics, reader: inout SeriesReader
    ) {
        room = limit
        var period = first.period
        for index in queries.indices.dropFirst(first.query) {
            guard room > 0 else {
                next = (index, 0)
                return
            }
            let source = metrics[queries[index].identity] ?? .empty
            let stopped = fill(index, queries[index], source, request, from: period, &reader)
            period = 0
            if let stopped {
                next = (index, stopped)
                return
            }
        }
    }

    /// Appends the query's result; returns the period at which the page was full, or nil when it is complete.
    private mutating func fill(
        _ number: Int, _ query: MetricDataQuery, _ source: MetricSource, _ request: MetricDataRequest,
        from first: Int,
        _ reader: inout SeriesReader
    ) -> Int? {
        var result = Result(query: number)
        let periods = DatapointPeriods(
            startTime: request.startTime, endTime: request.endTime, period: query.period, now: request.now)
        let count = periods.count
        var stopped: Int?
        for step in first..<max(first, count) {
            guard room > 0 else {
                stopped = step
                break
            }
            let index = request.isDescending ? count - 1 - step : step
            guard periods.isRetained(index) else { continue }
            let minutes = periods.minutes(index)
            guard let statistics = reader.statistics(source, minutes: minutes) else { continue }
            result.timestamps.append(minutes.lowerBound * 60)
            result.values.append(statistics.value(query.statistic))
            room -= 1
        }
        result.isComplete = stopped == nil
        results.append(result)
        return stopped
    }

    /// The answer of GetMetricData.
    func text(_ queries: [MetricDataQuery], next: PageToken?) -> [UInt8] {
        let count = results.reduce(0) { $0 + $1.values.count }
        var text = JSONText(reservedBytes: 512 + queries.count * 128 + count * 22)
        text.object { text in
            text.key("Messages")
            text.array { _ in }
            text.key("MetricDataResults")
            text.array { text in
                for result in results { Self.append(result, of: queries[result.query], to: &text) }
            }
            if let next { text.member("NextToken", next.text) }
        }
        return text.bytes
    }

    private static func append(_ result: Result, of query: MetricDataQuery, to text: inout JSONText) {
        text.object { text in
            text.member("Id", query.id)
            text.member("Label", query.identity.metricName)
            text.member("StatusCode", result.isComplete ? "Complete" : "PartialData")
            text.key("Timestamps")
            text.array { text in
                for timestamp in result.timestamps { text.double(Double(timestamp)) }
            }
            text.key("Values")
            text.array { text in
                for value in result.values { text.double(value) }
            }
        }
    }
}

/// What all queries of one GetMetricData request share.
struct MetricDataRequest {
    /// Unix seconds; inclusive and exclusive.
    var startTime: Double
    var endTime: Double
    var isDescending: Bool
    /// The moment that the answer shows.
    var now: Double
}

/// The periods of one query: which exist, where they begin, and which have outlived their resolution.
struct DatapointPeriods {
    /// Retention by resolution, in days: one minute, five minutes, one hour.
    static let minuteDays = 15
    static let fiveMinuteDays = 63
    static let hourDays = 455

    /// First minute (since 1970) of the first period.
    let start: Int
    /// First minute behind the range.
    let end: Int
    /// Whole minutes in a period.
    let length: Int
    private let nowMinute: Int

    /// StartTime is rounded down by its age: under 15 days to a minute, under 63 days to five, else to an hour.
    init(startTime: Double, endTime: Double, period: Int, now: Double) {
        nowMinute = Int((now / 60).rounded(.down))
        length = period / 60
        let minute = Int((startTime / 60).rounded(.down))
        let unit = Self.resolution(ageMinutes: nowMinute - minute)
        let rounded = minute / unit * unit
        // Nothing is older than the longest retention, so the periods before it need no look.
        let oldest = nowMinute - Self.hourDays * 1440
        let skipped = max(0, oldest - rounded) / length * length
        start = rounded + skipped
        // A minute belongs to the range when it begins before the exclusive end; none is in the future.
        end = min(Int((endTime / 60).rounded(.up)), nowMinute + 1)
    }

    /// How many periods the range touches.
    var count: Int {
        guard end > start else { return 0 }
        return (end - start + length - 1) / length
    }

    /// The minutes of the n-th period from the start.
    func minutes(_ index: Int) -> Range<Int> {
        let first = start + index * length
        return first..<min(first + length, end)
    }

    /// Whether CloudWatch still holds the n-th period at this length.
    func isRetained(_ index: Int) -> Bool {
        let age = nowMinute - (start + index * length)
        guard age <= Self.hourDays * 1440 else { return false }
        return length % Self.resolution(ageMinutes: age) == 0
    }

    /// The finest resolution in minutes that data of this age still has.
    private static func resolution(ageMinutes: Int) -> Int {
        guard ageMinutes > minuteDays * 1440 else { return 1 }
        return ageMinutes > fiveMinuteDays * 1440 ? 60 : 5
    }
}
