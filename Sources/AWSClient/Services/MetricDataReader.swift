/// Reads an answer of `GetMetricData` as CloudWatch writes it: these answers are most of what a poll receives. See `PlainJSON`.
enum MetricDataReader {
    /// The answer; nil when it is left to the decoder.
    static func read(_ bytes: [UInt8]) -> CloudWatchWire.GetMetricDataOutput? {
        PlainJSON.read(bytes) { (json) throws(PlainJSON.Unusual) in try json.metricData() }
    }
}

extension PlainJSON {
    fileprivate mutating func metricData() throws(Unusual) -> CloudWatchWire.GetMetricDataOutput {
        var results: [CloudWatchWire.DataResult]?
        var token: String?
        var hasMessages = false
        try members { (json, key) throws(Unusual) in
            switch key {
            case "MetricDataResults" where results == nil: results = try json.results()
            case "NextToken" where token == nil: token = try json.text()
            case "Messages" where !hasMessages:
                try json.noMessages()
                hasMessages = true
            case _: throw Unusual()
            }
        }
        guard let results else { throw Unusual() }
        return CloudWatchWire.GetMetricDataOutput(
            MetricDataResults: results, NextToken: token, Messages: hasMessages ? [] : nil)
    }

    private mutating func results() throws(Unusual) -> [CloudWatchWire.DataResult] {
        var results: [CloudWatchWire.DataResult] = []
        try elements { (json) throws(Unusual) in results.append(try json.result()) }
        return results
    }

    private mutating func result() throws(Unusual) -> CloudWatchWire.DataResult {
        var id: String?
        var label = false
        var status: String?
        var times: [Double]?
        var values: [Double]?
        var hasMessages = false
        try members { (json, key) throws(Unusual) in
            switch key {
            case "Id" where id == nil: id = try json.text()
            case "Label" where !label:
                _ = try json.text()
                label = true
            case "StatusCode" where status == nil: status = try json.text()
            case "Timestamps" where times == nil: times = try json.numbers()
            case "Values" where values == nil: values = try json.numbers()
            case "Messages" where !hasMessages:
                try json.noMessages()
                hasMessages = true
            case _: throw Unusual()
            }
        }
        guard let id else { throw Unusual() }
        return CloudWatchWire.DataResult(
            Id: id, StatusCode: status, Timestamps: times, Values: values, Messages: hasMessages ? [] : nil)
    }

    private mutating func noMessages() throws(Unusual) {
        try elements { (_) throws(Unusual) in throw Unusual() }
    }
}
