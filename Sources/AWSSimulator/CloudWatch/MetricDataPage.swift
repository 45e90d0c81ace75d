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
        let count = query.returnsData ? periods.count : 0
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
        if query.returnsData { results.append(result) }
        return stopped
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
