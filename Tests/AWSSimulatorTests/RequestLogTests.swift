import Testing

@testable import AWSSimulator

@Suite struct RequestLogTests {
    private func entry(_ operation: SimulatedOperation?, _ region: String, metrics: Int = 0)
        -> RequestLog.Entry
    {
        RequestLog.Entry(
            epochSeconds: midnight, operation: operation, region: region, account: "1", status: 200,
            errorCode: nil,
            metricsRequested: metrics)
    }

    @Test("Counts by operation and Region") func counts() {
        let log = RequestLog()
        log.record(entry(.getMetricData, "a", metrics: 10))
        log.record(entry(.getMetricData, "b", metrics: 5))
        log.record(entry(.listMetrics, "a"))
        log.record(entry(nil, ""))
        #expect(log.total == 4)
        #expect(log.count(.getMetricData) == 2)
        #expect(log.count(.getMetricData, region: "a") == 1)
        #expect(log.count(.listServiceQuotas) == 0)
        #expect(log.metricsRequested() == 15)
        #expect(log.metricsRequested(region: "b") == 5)
        #expect(log.entries.map(\.operation) == [.getMetricData, .getMetricData, .listMetrics, nil])
        log.reset()
        #expect(log.total == 0 && log.entries.isEmpty && log.count(.getMetricData) == 0)
    }

    @Test("Entries and counters are bounded, the newest entries stay") func bounds() {
        let log = RequestLog()
        for number in 0..<3000 { log.record(entry(.listMetrics, "region-\(number)")) }
        #expect(log.total == 3000)
        #expect(log.entries.count <= RequestLog.maximumEntries)
        #expect(log.entries.last?.region == "region-2999")
        #expect(log.count(.listMetrics) == RequestLog.maximumCounters)
    }
}
