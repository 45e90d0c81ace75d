import AWSClient
import QuotaModel
import Testing

@testable import Reading

@Suite("Refused queries")
struct RefusedQueriesTests {
    private let name = MetricName(modelID: "a", metric: "Invocations")

    @Test("a query is left out for an hour, then tried again; a clock set back does not prolong that")
    func pause() {
        var refused = RefusedQueries()
        func leftOut(at now: Double) -> Set<MetricName> { refused.current(now: now) }
        let isAdded = refused.add(name, now: 1000)
        #expect(isAdded)
        let early = [leftOut(at: 1000), leftOut(at: 4599)]
        #expect(early == [[name], [name]])
        let late = [leftOut(at: 4600), leftOut(at: 1000)]
        #expect(late == [[], []], "forgotten, not hidden")
        _ = refused.add(name, now: 1000)
        let setBack = leftOut(at: 900)
        #expect(setBack == [])
    }

    @Test("so many are remembered and no more")
    func bound() {
        var refused = RefusedQueries()
        for index in 0..<RefusedQueries.maximumCount {
            let isAdded = refused.add(MetricName(modelID: "\(index)", metric: "m"), now: 0)
            #expect(isAdded)
        }
        let isAdded = [
            refused.add(name, now: 0), refused.add(MetricName(modelID: "0", metric: "m"), now: 5),
        ]
        #expect(isAdded == [false, true])
        // What was renewed at a later time than now belongs to another clock.
        let count = refused.current(now: 1).count
        #expect(count == RefusedQueries.maximumCount - 1)
    }

    @Test("what is left out is not asked for, and its model ID is not read completely, the others are")
    func queries() {
        let window = Minute(index: 100)..<Minute(index: 105)
        let made = MetricQueries(
            PollPlan.Read(window: window, modelIDs: ["a", "b"]),
            names: ["a": ["Invocations", "InputTokenCount"], "b": ["Invocations"]], without: [name])
        #expect(made.isReduced)
        #expect(
            Set(made.names(of: Set(made.queries.map(\.id)))) == [
                MetricName(modelID: "a", metric: "InputTokenCount"),
                MetricName(modelID: "b", metric: "Invocations"),
            ])
        let whole = made.queries.map { ($0.id, MetricSeries(status: .complete, points: [])) }
        let records = made.records(
            Dictionary(uniqueKeysWithValues: whole), settledEdge: Minute(index: 103))
        #expect(records.map(\.covered) == [[], [window.lowerBound..<Minute(index: 103)]])
    }
}
