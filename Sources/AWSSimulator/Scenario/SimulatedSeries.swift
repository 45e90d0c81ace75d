/// A series with values given one by one, for tests that need exact figures.
package struct SimulatedSeries: Sendable {
    package var region: String
    package var namespace: String
    package var metricName: String
    package var dimensions: [SimulatedDimension]
    /// By minute since 1970. A latency's value is the average of one sample; a count's value is its sum.
    package var values: [Int: Double]
    /// False for a series that has data, but is so new that ListMetrics does not show it.
    package var isListed: Bool

    package init(
        region: String, namespace: String = "AWS/Bedrock", metricName: String,
        dimensions: [SimulatedDimension], values: [Int: Double], isListed: Bool = true
    ) {
        self.region = region
        self.namespace = namespace
        self.metricName = metricName
        self.dimensions = dimensions
        self.values = values
        self.isListed = isListed
    }

    /// Series under {ModelId} from Region, model ID, metric name, minute.
    package static func table(_ table: [String: [String: [String: [Int: Double]]]]) -> [SimulatedSeries] {
        var series: [SimulatedSeries] = []
        for (region, models) in table.sorted(by: { $0.key < $1.key }) {
            for (modelID, metrics) in models.sorted(by: { $0.key < $1.key }) {
                for (metric, values) in metrics.sorted(by: { $0.key < $1.key }) {
                    series.append(
                        SimulatedSeries(
                            region: region, metricName: metric, dimensions: [.modelID(modelID)],
                            values: values))
                }
            }
        }
        return series
    }
}
