/// The JSON of CloudWatch's `ListMetrics` and `GetMetricData` (API version 2010-08-01).
enum CloudWatchWire {
    struct Dimension: Codable {
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
    }

    struct Metric: Codable {
        let Namespace: String?
        let MetricName: String
        let Dimensions: [Dimension]?
    }

    struct GetMetricDataInput: Encodable {
        let MetricDataQueries: [DataQuery]
        /// Unix time.
        let StartTime: Int
        let EndTime: Int
        let ScanBy: String
        let MaxDatapoints: Int
        let NextToken: String?
    }

    struct DataQuery: Encodable {
        let Id: String
        let MetricStat: MetricStat
        let ReturnData: Bool

        init(_ query: MetricQuery) {
            Id = query.id
            let dimensions = query.dimensions.map { Dimension(Name: $0.name, Value: $0.value) }
            MetricStat = CloudWatchWire.MetricStat(
                Metric: Metric(
                    Namespace: query.namespace, MetricName: query.metricName, Dimensions: dimensions),
                Period: query.periodSeconds, Stat: query.statistic)
            ReturnData = true
        }
    }

    struct MetricStat: Encodable {
        let Metric: Metric
        let Period: Int
        let Stat: String
    }

    struct GetMetricDataOutput: Decodable {
        let MetricDataResults: [DataResult]
        let NextToken: String?
        let Messages: [Message]?
    }

    struct DataResult: Decodable {
        let Id: String
        let StatusCode: String?
        let Timestamps: [Double]?
        let Values: [Double]?
        let Messages: [Message]?
    }

    struct Message: Decodable {
        let Code: String?
        let Value: String?

        var text: String { [Code, Value].compactMap { $0 }.joined(separator: ": ") }
    }
}
