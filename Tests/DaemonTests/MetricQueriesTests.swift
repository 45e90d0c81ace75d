import AWSClient
import QuotaModel
import Testing

@testable import Reading

struct MetricQueriesTests {
    private let start = Minute(index: 29_000_000)
    private var window: Range<Minute> { start..<start.advanced(by: 10) }

    private func queries(_ names: [String: Set<String>], window: Range<Minute>? = nil) -> MetricQueries {
        MetricQueries(
            PollPlan.Read(window: window ?? self.window, modelIDs: names.keys.sorted()), names: names)
    }

    private func series(_ values: [Int: Double], _ status: MetricSeries.Status = .complete) -> MetricSeries {
        MetricSeries(
            status: status,
            points: values.sorted { $0.key < $1.key }.map {
                MetricPoint(epochSeconds: start.advanced(by: $0.key).epochSeconds, value: $0.value)
            })
    }

    private func id(_ queries: MetricQueries, _ modelID: String, _ name: String) -> String {
        queries.queries.first { $0.metricName == name && $0.dimensions.first?.value == modelID }?.id ?? "none"
    }

    @Test("Invariant 1: only discovered names are asked for, under {ModelId} alone, each Id once")
    func asked() {
        let made = queries(["a": ["Invocations", "InvocationLatency", "Unknown"], "b": ["InputTokenCount"]])
        #expect(made.queries.map(\.metricName) == ["Invocations", "InvocationLatency", "InputTokenCount"])
        #expect(made.queries.map(\.statistic) == ["Sum", "Average", "Sum"])
        #expect(made.queries.allSatisfy { $0.namespace == "AWS/Bedrock" && $0.periodSeconds == 60 })
        #expect(
            made.queries.map { $0.dimensions }
                == ["a", "a", "b"].map { [MetricDimension(name: "ModelId", value: $0)] })
        #expect(Set(made.queries.map(\.id)).count == 3)
        #expect(MetricQueries.cost(of: "a", ["Invocations", "InvocationLatency", "Unknown"]) == 2)
    }

    @Test("Invariant 1: of the two spellings of a cache metric the one with data counts, never the sum")
    func spellings() {
        let made = queries([
            "a": ["CacheReadInputTokenCount", "CacheReadInputTokens", "CacheWriteInputTokens"]
        ])
        let usual = id(made, "a", "CacheReadInputTokenCount")
        let other = id(made, "a", "CacheReadInputTokens")
        let write = id(made, "a", "CacheWriteInputTokens")
        let records = made.records(
            [usual: series([1: 100, 2: 7]), other: series([0: 5, 1: 55]), write: series([3: 9])],
            settledEdge: window.upperBound)
        let rows = records[0].minutes
        #expect(rows.map(\.usage.cacheReadInputTokens) == [5, 100, 7, nil])
        #expect(rows.map(\.usage.cacheWriteInputTokens) == [nil, nil, nil, 9])
        #expect(rows.map { start.distance(to: $0.minute) } == [0, 1, 2, 3])
    }

    @Test("Invariant 2: only settled minutes count as covered")
    func settled() {
        let made = queries(["a": ["Invocations"]])
        let answer = ["q0": series([9: 1])]
        let edges = [-5: nil, 0: nil, 4: 0..<4, 10: 0..<10, 50: 0..<10] as [Int: Range<Int>?]
        for (edge, expected) in edges {
            let record = made.records(answer, settledEdge: start.advanced(by: edge))[0]
            #expect(record.minutes.count == 1)
            let covered =
                expected.map { [start.advanced(by: $0.lowerBound)..<start.advanced(by: $0.upperBound)] } ?? []
            #expect(record.covered == covered)
        }
    }

    @Test(
        "Invariant 2: a series with an incomplete query keeps its points but is not covered",
        arguments: [MetricSeries.Status.partial, .failed("Forbidden")])
    func incomplete(status: MetricSeries.Status) {
        let made = queries(["a": ["Invocations", "InputTokenCount"], "b": ["Invocations"]])
        let records = made.records(
            [
                id(made, "a", "Invocations"): series([1: 4]),
                id(made, "a", "InputTokenCount"): series(status == .partial ? [1: 40] : [:], status),
                id(made, "b", "Invocations"): series([:]),
            ], settledEdge: window.upperBound)
        #expect(records.map(\.modelID) == ["a", "b"])
        #expect(records[0].covered.isEmpty)
        #expect(records[0].minutes.first?.usage.invocations == 4)
        #expect(records[0].minutes.first?.usage.inputTokens == (status == .partial ? 40 : nil))
        #expect(records[1].covered == [window])
    }

    @Test("Invariant 2: a series that is missing in the answer, or was not asked for, is not covered")
    func missing() {
        let made = queries(["a": ["Invocations"], "none": []])
        let records = made.records([:], settledEdge: window.upperBound)
        #expect(records.map(\.covered) == [[], []])
    }
}
