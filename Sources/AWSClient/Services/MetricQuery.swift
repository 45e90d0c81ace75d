import System

/// One dimension of a metric.
package struct MetricDimension: Hashable, Sendable {
    /// Such as `ModelId`.
    package let name: String
    /// Exactly as CloudWatch spells it.
    package let value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// One entry of `ListMetrics`.
package struct ListedMetric: Hashable, Sendable {
    /// CloudWatch's name, such as `Invocations`.
    package let name: String
    /// The whole set; empty for the account-wide aggregate.
    package let dimensions: [MetricDimension]

    package init(name: String, dimensions: [MetricDimension]) {
        self.name = name
        self.dimensions = dimensions
    }
}

/// What a `listMetrics` brought.
package struct MetricListing: Equatable, Sendable {
    package var metrics: [ListedMetric] = []
    /// Unix time by CloudWatch's clock when the last page was sent; nil where none told.
    package var serverTime: Int?

    package init(metrics: [ListedMetric] = [], serverTime: Int? = nil) {
        self.metrics = metrics
        self.serverTime = serverTime
    }
}

/// One series to be fetched by `GetMetricData`.
package struct MetricQuery: Equatable, Sendable {
    /// Matches `[a-z][A-Za-z0-9_]*`, at most 255 characters, unique in one request.
    package let id: String
    /// Such as `AWS/Bedrock`.
    package let namespace: String
    /// CloudWatch's name, such as `Invocations`.
    package let metricName: String
    /// The whole set; CloudWatch matches it exactly.
    package let dimensions: [MetricDimension]
    /// `Sum`, `Average`, `SampleCount`, …
    package let statistic: String
    /// A multiple of 60.
    package let periodSeconds: Int
    /// Of the account that asks, also where another one's metrics are read through it.
    package var isOfCaller = false
    /// The linked account that the metric is of, 12 digits; nil for the one that asks.
    var account: String?

    package init(
        id: String, namespace: String, metricName: String, dimensions: [MetricDimension],
        statistic: String,
        periodSeconds: Int = 60, isOfCaller: Bool = false
    ) {
        self.isOfCaller = isOfCaller
        self.id = id
        self.namespace = namespace
        self.metricName = metricName
        self.dimensions = dimensions
        self.statistic = statistic
        self.periodSeconds = periodSeconds
    }

    /// The same query of a linked account.
    func of(_ account: String) -> MetricQuery {
        var query = self
        query.account = isOfCaller ? nil : account
        return query
    }

    /// The same query under another id.
    func renamed(_ id: String) -> MetricQuery {
        var query = MetricQuery(
            id: id, namespace: namespace, metricName: metricName, dimensions: dimensions,
            statistic: statistic, periodSeconds: periodSeconds, isOfCaller: isOfCaller)
        query.account = account
        return query
    }

    /// What CloudWatch accepts as an `Id`.
    var hasValidID: Bool {
        guard let first = id.utf8.first, id.utf8.count <= 255 else { return false }
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first)
            && id.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
            }
    }
}

/// One datapoint.
package struct MetricPoint: Equatable, Sendable {
    /// Start of the period, Unix time.
    package let epochSeconds: Int
    /// Finite, 0 or more, at most 2^53.
    package let value: Double

    package init(epochSeconds: Int, value: Double) {
        self.epochSeconds = epochSeconds
        self.value = value
    }
}

/// What one query brought.
package struct MetricSeries: Equatable, Sendable {
    /// How far the points can be trusted to be all.
    package enum Status: Equatable, Sendable {
        /// Every datapoint of the time asked for is there; a missing one does not exist.
        case complete
        /// The points are right, but there may be more.
        case partial
        /// There are no points, for this reason.
        case failed(String)
    }

    /// Says whether a missing point means no traffic.
    package let status: Status
    /// By time, each time once; empty when failed.
    package let points: [MetricPoint]

    package init(status: Status, points: [MetricPoint]) {
        self.status = status
        self.points = points
    }

    static func failed(_ reason: String) -> MetricSeries {
        MetricSeries(status: .failed(MessageText.bounded(reason)), points: [])
    }
}

/// What a `getMetricData` brought: a series for every query's id.
package struct MetricDataAnswer: Equatable, Sendable {
    /// By the query's id.
    package var series: [String: MetricSeries] = [:]
    /// Calls that failed after their retries; the series of their queries say so too.
    package var failures: [AWSError] = []
    /// Ids of queries that CloudWatch refuses as invalid, each asked for alone at last.
    package var refused: Set<String> = []
    /// What CloudWatch said beside the data, and what its answers held unasked.
    package var messages: [String] = []
    /// Metrics that AWS bills for it: those asked for, once for each page that came.
    package var billedMetrics = 0
    /// Pages that came.
    package var pages = 0
    /// Unix time by CloudWatch's clock when the last page was sent; nil where none told.
    package var serverTime: Int?

    package init(
        series: [String: MetricSeries] = [:], failures: [AWSError] = [], messages: [String] = []
    ) {
        self.series = series
        self.failures = failures
        self.messages = messages
    }
}
