import QuotaModel

/// What requests will cost, known before the first is sent.
package struct BackfillEstimate: Equatable, Sendable {
    /// Calls of GetMetricData.
    package var requests = 0
    /// Metrics asked for, the unit of the bill; each call counts each of its metrics.
    package var metrics = 0

    package init() {}

    package init(_ requests: [BackfillPlan.Request], queriesPerSeries: [String: Int]) {
        self.requests = requests.count
        metrics = requests.reduce(0) { sum, request in
            sum + request.read.modelIDs.reduce(0) { $0 + request.read.queryCount(of: $1, queriesPerSeries) }
        }
    }

    /// At the list price, outside the free tier.
    package var dollars: Double { Double(metrics) / 1000 * CloudWatchPrice.dollarsPerThousandMetrics }

    package static func + (a: Self, b: Self) -> Self {
        var sum = a
        sum.requests += b.requests
        sum.metrics += b.metrics
        return sum
    }
}
