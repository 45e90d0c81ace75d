import AWSClient
import Testing

@testable import Reading

struct DiscoveryTests {
    private func metric(_ name: String, _ dimensions: (String, String)...) -> ListedMetric {
        ListedMetric(name: name, dimensions: dimensions.map { MetricDimension(name: $0.0, value: $0.1) })
    }

    @Test("Invariant 1: only the exact dimension set {ModelId} is taken")
    func exactDimensions() {
        let found = Discovery.series(in: [
            metric("Invocations", ("ModelId", "a")), metric("InputTokenCount", ("ModelId", "a")),
            metric("InputTokenCount"), metric("Invocations", ("ServiceTier", "default")),
            metric("Invocations", ("ModelId", "b"), ("ServiceTier", "default")),
            metric("Invocations", ("ContextWindow", "200k"), ("ModelId", "b")),
            metric("Invocations", ("modelid", "c")), metric("Invocations", ("ModelId", "")),
            metric("OutputImageCount", ("ModelId", "d")),
        ])
        #expect(found == ["a": ["Invocations", "InputTokenCount"]])
    }

    @Test("Invariant 1: model IDs that only look or count as equal never come in, and are told of")
    func impossible() {
        let listing = [
            metric("Invocations", ("ModelId", "caf\u{E9}")),
            metric("Invocations", ("ModelId", "cafe\u{301}")),
            metric("Invocations", ("ModelId", "a\u{1B}[2J")), metric("Invocations", ("ModelId", "a b")),
            metric("Invocations", ("ModelId", String(repeating: "a", count: 1025))),
            metric("Invocations", ("ModelId", "")), metric("Invocations", ("ModelId", "us.a.b-v1:0")),
            metric("Invocations", ("ModelId", "arn:aws:bedrock:us-east-1::foundation-model/a.b_c")),
        ]
        #expect(
            Set(Discovery.series(in: listing).keys) == [
                "us.a.b-v1:0", "arn:aws:bedrock:us-east-1::foundation-model/a.b_c",
            ])
        let impossible = Discovery.impossibleModelIDs(in: listing + listing)
        #expect(impossible.count == 6)
        #expect(
            impossible.contains("a\u{1B}[2J") && impossible.contains("a b")
                && !impossible.contains("us.a.b-v1:0"))
    }

    @Test("a metric that appears later is noted once, with the listing that lacked it")
    func grown() {
        var discovery = Discovery(names: ["a": ["Invocations"], "old": ["Invocations"]], inventory: nil)
        discovery.isUnmapped = false
        discovery.take(["a": ["Invocations"], "old": ["Invocations"]], previousListing: nil)
        #expect(!discovery.isUnmapped)
        #expect(discovery.grown.isEmpty)
        discovery.take(
            ["a": ["Invocations", "InvocationThrottles"], "b": ["Invocations"]], previousListing: 900)
        #expect(discovery.isUnmapped)
        #expect(discovery.grown == ["a": 900])
        #expect(discovery.active == ["a", "b"])
        #expect(discovery.names["old"] == ["Invocations"])
        discovery.take(["a": ["OutputTokenCount"]], previousListing: 1800)
        #expect(discovery.grown == ["a": 900])
        #expect(discovery.names["a"] == ["Invocations", "InvocationThrottles", "OutputTokenCount"])
    }

    @Test("a list that fails is asked for again after pauses that double up to its interval")
    func refreshTimer() {
        var timer = RefreshTimer()
        #expect(timer.isDue(intervalSeconds: 3600, now: 0))
        var now = 0.0
        for pause in [60.0, 120, 240, 480, 960, 1920, 3600, 3600] {
            timer.note(succeeded: false, now: now)
            #expect(!timer.isDue(intervalSeconds: 3600, now: now + pause - 1))
            #expect(timer.isDue(intervalSeconds: 3600, now: now + pause))
            now += pause
        }
        #expect(timer.lastSuccess == nil)
        timer.note(succeeded: true, now: now)
        #expect(timer.lastSuccess == now)
        #expect(!timer.isDue(intervalSeconds: 3600, now: now + 3599))
        #expect(timer.isDue(intervalSeconds: 3600, now: now + 3600))
        #expect(timer.isDue(intervalSeconds: 3600, now: now - 1))
    }
}
