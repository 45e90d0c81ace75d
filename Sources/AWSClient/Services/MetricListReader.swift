/// Reads an answer of `ListMetrics` as CloudWatch writes it: a fleet's lists are what it receives most of beside datapoints. See
/// `PlainJSON`.
enum MetricListReader {
    /// The answer; nil when it is left to the decoder.
    static func read(_ bytes: [UInt8]) -> CloudWatchWire.ListMetricsOutput? {
        PlainJSON.read(bytes) { (json) throws(PlainJSON.Unusual) in try json.metricList() }
    }
}

extension PlainJSON {
    fileprivate mutating func metricList() throws(Unusual) -> CloudWatchWire.ListMetricsOutput {
        var metrics: [CloudWatchWire.Metric]?
        var token: String?
        var owners: [String]?
        try members { (json, key) throws(Unusual) in
            switch key {
            case "Metrics" where metrics == nil: metrics = try json.metrics()
            case "NextToken" where token == nil: token = try json.text()
            case "OwningAccounts" where owners == nil: owners = try json.texts()
            case _: throw Unusual()
            }
        }
        guard let metrics else { throw Unusual() }
        return CloudWatchWire.ListMetricsOutput(Metrics: metrics, NextToken: token, OwningAccounts: owners)
    }

    private mutating func texts() throws(Unusual) -> [String] {
        var texts: [String] = []
        try elements { (json) throws(Unusual) in texts.append(try json.text()) }
        return texts
    }

    private mutating func metrics() throws(Unusual) -> [CloudWatchWire.Metric] {
        var metrics: [CloudWatchWire.Metric] = []
        try elements { (json) throws(Unusual) in metrics.append(try json.metric()) }
        return metrics
    }

    private mutating func metric() throws(Unusual) -> CloudWatchWire.Metric {
        var namespace: String?
        var name: String?
        var dimensions: [CloudWatchWire.Dimension]?
        try members { (json, key) throws(Unusual) in
            switch key {
            case "Namespace" where namespace == nil: namespace = try json.text()
            case "MetricName" where name == nil: name = try json.text()
            case "Dimensions" where dimensions == nil: dimensions = try json.dimensions()
            case _: throw Unusual()
            }
        }
        guard let name else { throw Unusual() }
        return CloudWatchWire.Metric(Namespace: namespace, MetricName: name, Dimensions: dimensions)
    }

    private mutating func dimensions() throws(Unusual) -> [CloudWatchWire.Dimension] {
        var dimensions: [CloudWatchWire.Dimension] = []
        try elements { (json) throws(Unusual) in
            var name: String?
            var value: String?
            try json.members { (json, key) throws(Unusual) in
                switch key {
                case "Name" where name == nil: name = try json.text()
                case "Value" where value == nil: value = try json.text()
                case _: throw Unusual()
                }
            }
            guard let name, let value else { throw Unusual() }
            dimensions.append(CloudWatchWire.Dimension(Name: name, Value: value))
        }
        return dimensions
    }
}
