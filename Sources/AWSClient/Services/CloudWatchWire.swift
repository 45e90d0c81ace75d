/// The JSON of CloudWatch's `ListMetrics` and `GetMetricData` (API version 2010-08-01), but for what
/// `MetricDataRequest` writes.
enum CloudWatchWire {
    struct Dimension: Decodable {
        let Name: String
        let Value: String
    }

    struct ListMetricsInput: Encodable {
        let Namespace: String
        let RecentlyActive: String?
        let NextToken: String?
    }

    struct ListMetricsOutput: Decodable {
        let Metrics: [Metric]
        let NextToken: String?

        var listed: [ListedMetric] {
            Metrics.map { metric in
                ListedMetric(
                    name: metric.MetricName,
                    dimensions: (metric.Dimensions ?? []).map {
                        MetricDimension(name: $0.Name, value: $0.Value)
                    })
            }
        }
    }

    struct Metric: Decodable {
        let Namespace: String?
        let MetricName: String
        let Dimensions: [Dimension]?
    }

    struct GetMetricDataOutput: Decodable, Equatable {
        let MetricDataResults: [DataResult]
        let NextToken: String?
        let Messages: [Message]?
    }

    struct DataResult: Decodable, Equatable {
        let Id: String
        let StatusCode: String?
        let Timestamps: [Double]?
        let Values: [Double]?
        let Messages: [Message]?
    }

    struct Message: Decodable, Equatable {
        let Code: String?
        let Value: String?

        var text: String { [Code, Value].compactMap { $0 }.joined(separator: ": ") }
    }
}
