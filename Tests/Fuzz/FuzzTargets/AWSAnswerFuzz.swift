@testable import AWSClient
@testable import HTTPClient
@testable import System

/// What AWS answers: points are within the time asked for, in order, finite, and no more than counts can be.
enum AWSAnswerFuzz {
    private static let times = 1_700_000_000..<1_700_003_600
    private static let queries = ["q0", "q1"].map {
        MetricQuery(
            id: $0, namespace: "AWS/Bedrock", metricName: "Invocations", dimensions: [], statistic: "Sum")
    }
    private static let request = AWSRequest(
        service: .cloudWatch, operation: "GetMetricData", region: "us-east-1")

    static func run(_ bytes: [UInt8]) throws(FuzzFinding) {
        let response = TransportResponse(status: 200, body: bytes)
        let page = decoded(CloudWatchWire.GetMetricDataOutput.self, response)
        if let page { try collect(page) }
        if let quick = MetricDataReader.read(bytes) {
            try require(quick == page, "the quick reader found something else than the decoder")
        }
        let list = decoded(CloudWatchWire.ListMetricsOutput.self, response)
        if let quick = MetricListReader.read(bytes) {
            try require(quick == list, "the quick reader found another list than the decoder")
        }
        let refusal = ServiceRefusal(TransportResponse(status: 400, body: bytes))
        let length = refusal.code?.utf8.count ?? 0
        try require(length <= MessageText.maximumErrorCodeLength, "an error code of \(length) bytes")
        let error = refusal.error(of: request)
        // The message is bounded, and what stands around it is ours.
        let bound = MessageText.maximumLength + 200
        try require(error.description.count <= bound, "an error of \(error.description.count) characters")
    }

    private static func collect(_ page: CloudWatchWire.GetMetricDataOutput) throws(FuzzFinding) {
        var collector = MetricDataCollector(queries: queries[...], times: times)
        collector.add(page)
        collector.add(page)
        var series: [String: MetricSeries] = [:]
        collector.finished(isWhole: true, reasonIfAbsent: "absent", into: &series)
        try require(Set(series.keys) == ["q0", "q1"], "series of \(series.keys)")
        for one in series.values {
            let seconds = one.points.map(\.epochSeconds)
            try require(seconds.allSatisfy(times.contains), "a time outside the range")
            try require(zip(seconds, seconds.dropFirst()).allSatisfy { $0 < $1 }, "times out of order")
            let isCount = one.points.allSatisfy { $0.value.isFinite && $0.value >= 0 && $0.value <= 0x1p53 }
            try require(isCount, "a value that is no count")
        }
    }

    private static func decoded<Answer: Decodable>(_ type: Answer.Type, _ response: TransportResponse)
        -> Answer?
    {
        do {
            return try JSONAnswer.decode(type, request: request, response: response)
        } catch {
            return nil
        }
    }
}
