import FoundationEssentials
import Testing

@testable import AWSSimulator

@Suite struct MetricListingTests {
    private struct Answer: Decodable {
        struct Metric: Decodable {
            struct Dimension: Decodable {
                var Name: String
                var Value: String
            }
            var MetricName: String
            var Namespace: String
            var Dimensions: [Dimension]
        }
        var Metrics: [Metric]
        var NextToken: String?
    }

    private func list(_ world: SimulatedWorld, _ body: String) throws -> Answer {
        try JSONDecoder().decode(Answer.self, from: Data(world.text(Signed.json(.listMetrics, body)).utf8))
    }

    private func world(_ series: [SimulatedSeries], perPage: Int = 500) -> SimulatedWorld {
        var scenario = SimulatedScenario()
        scenario.series = series
        scenario.metricsPerPage = perPage
        return SimulatedWorld(scenario)
    }

    private func series(_ metric: String, _ model: String, ageMinutes: Int = 10) -> SimulatedSeries {
        SimulatedSeries(
            region: "ap-southeast-1", metricName: metric, dimensions: [.modelID(model)],
            values: [midnightMinute - ageMinutes: 1])
    }

    @Test("The answer as it goes over the wire") func literal() {
        let one = SimulatedSeries(
            region: "ap-southeast-1", metricName: "Invocations",
            dimensions: [SimulatedDimension("ServiceTier", "flex"), .modelID("m")],
            values: [midnightMinute: 1])
        #expect(
            world([one]).text(Signed.json(.listMetrics, #"{"Namespace":"AWS/Bedrock"}"#))
                == #"{"Metrics":[{"Dimensions":[{"Name":"ModelId","Value":"m"},{"Name":"ServiceTier","Value":"flex"}],"#
                + #""MetricName":"Invocations","Namespace":"AWS/Bedrock"}]}"#)
    }

    @Test("Filters by namespace, metric name and dimension") func filters() throws {
        let world = world([
            series("Invocations", "a"), series("Invocations", "b"), series("InputTokenCount", "a"),
        ])
        #expect(try list(world, "{}").Metrics.count == 3)
        #expect(try list(world, #"{"Namespace":"AWS/Usage"}"#).Metrics.isEmpty)
        #expect(try list(world, #"{"MetricName":"Invocations"}"#).Metrics.count == 2)
        #expect(try list(world, #"{"Dimensions":[{"Name":"ModelId","Value":"a"}]}"#).Metrics.count == 2)
        #expect(try list(world, #"{"Dimensions":[{"Name":"ModelId"}]}"#).Metrics.count == 3)
        #expect(try list(world, #"{"Dimensions":[{"Name":"ServiceTier"}]}"#).Metrics.isEmpty)
    }

    @Test("RecentlyActive means three hours; two weeks without data end a listing") func activity() throws {
        let world = world([
            series("Invocations", "now", ageMinutes: 180), series("Invocations", "today", ageMinutes: 181),
            series("Invocations", "old", ageMinutes: 14 * 1440),
            series("Invocations", "gone", ageMinutes: 14 * 1440 + 1),
        ])
        let active = try list(world, #"{"RecentlyActive":"PT3H"}"#)
        #expect(active.Metrics.flatMap(\.Dimensions).map(\.Value) == ["now"])
        #expect(try list(world, "{}").Metrics.flatMap(\.Dimensions).map(\.Value) == ["now", "today", "old"])
        let wrong = Signed.json(.listMetrics, #"{"RecentlyActive":"PT1H"}"#)
        #expect(world.respond(to: wrong, now: midnight).entry.errorCode == "ValidationException")
    }

    @Test("1,203 metrics come in pages of 500, each once") func paging() throws {
        let world = world((0..<1203).map { series("Invocations", "model-\($0)") })
        var sizes: [Int] = []
        var values: [String] = []
        var body = "{}"
        for _ in 0..<5 {
            let page = try list(world, body)
            sizes.append(page.Metrics.count)
            values += page.Metrics.flatMap(\.Dimensions).map(\.Value)
            guard let token = page.NextToken else { break }
            body = #"{"NextToken":"\#(token)"}"#
        }
        #expect(sizes == [500, 500, 203])
        #expect(values == (0..<1203).map { "model-\($0)" })
        let foreign = Signed.json(.listMetrics, #"{"NextToken":"abc"}"#)
        #expect(world.respond(to: foreign, now: midnight).entry.errorCode == "InvalidNextToken")
    }
}

@Suite struct JSONTextTests {
    @Test(
        "Doubles look like those of a Java service",
        arguments: [
            (0.0, "0.0"), (1.0, "1.0"), (35_000.0, "35000.0"), (9_999_999.0, "9999999.0"),
            (10_000_000.0, "1.0E7"),
            (35_000_000.0, "3.5E7"), (1_795_478_400.0, "1.7954784E9"), (123_456_789.0, "1.23456789E8"),
            (-20_000_000.0, "-2.0E7"), (100_000_001.0, "1.00000001E8"), (0.25, "0.25"), (1234.5, "1234.5"),
        ]) func doubles(value: Double, expected: String)
    {
        var text = JSONText()
        text.double(value)
        #expect(String(decoding: text.bytes, as: UTF8.self) == expected)
        #expect(Double(expected) == value)
    }

    @Test("Commas, nesting and escapes are right") func structure() {
        var text = JSONText()
        text.object { text in
            text.member("a", "\"\\\n\u{1}é")
            text.key("b")
            text.array { text in
                text.double(-12)
                text.boolean(true)
                text.array { _ in }
                text.object { _ in }
            }
            text.key("c")
            text.boolean(false)
        }
        #expect(
            String(decoding: text.bytes, as: UTF8.self)
                == #"{"a":"\"\\\u000a\u0001é","b":[-12.0,true,[],{}],"c":false}"#)
    }
}
