import QuotaModel
import Testing

@Suite struct UsageMetricTests {
    @Test("every CloudWatch name leads back to its metric, and no name to two")
    func roundTrip() {
        var seen: Set<String> = []
        for metric in UsageMetric.allCases {
            #expect(!metric.cloudWatchNames.isEmpty)
            for name in metric.cloudWatchNames {
                #expect(UsageMetric(cloudWatchName: name) == metric)
                #expect(seen.insert(name).inserted)
            }
        }
        #expect(UsageMetric(cloudWatchName: "CacheReadInputTokens") == .cacheReadInputTokens)
        #expect(UsageMetric(cloudWatchName: "CacheReadInputTokenCount") == .cacheReadInputTokens)
        #expect(UsageMetric(cloudWatchName: "OutputImageCount") == nil)
        #expect(UsageMetric(cloudWatchName: "") == nil)
    }

    @Test("counts are sums, latencies averages")
    func statistics() {
        let averages = UsageMetric.allCases.filter { $0.statistic == .average }
        #expect(averages == [.latencyMilliseconds, .timeToFirstTokenMilliseconds])
    }
}

@Suite struct UsageMinuteTests {
    @Test("a subscript reads and writes its own metric only", arguments: UsageMetric.allCases)
    func subscripts(metric: UsageMetric) {
        var minute = UsageMinute()
        #expect(minute.isEmpty)
        minute[metric] = 0
        #expect(!minute.isEmpty, "zero is a datapoint")
        #expect(UsageMetric.allCases.filter { minute[$0] != nil } == [metric])
        minute[metric] = nil
        #expect(minute.isEmpty)
    }

    @Test("newer datapoints replace older ones; a metric that the newer lacks stays")
    func overwriting() {
        var old = UsageMinute()
        old.inputTokens = 5
        old.outputTokens = 7
        var new = UsageMinute()
        new.inputTokens = 0
        new.throttles = 1
        let merged = old.overwritten(by: new)
        #expect(merged.inputTokens == 0)
        #expect(merged.outputTokens == 7)
        #expect(merged.throttles == 1)
        #expect(merged.overwritten(by: new) == merged)
        #expect(old.overwritten(by: UsageMinute()) == old)
    }
}
