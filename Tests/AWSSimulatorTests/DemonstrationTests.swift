import Testing

@testable import AWSSimulator

@Suite struct DemonstrationTests {
    private let world = SimulatedWorld(.demonstration())
    private let noon = midnight + 4 * 3600

    private func values(_ metric: String, _ dimensions: String, region: String = "ap-southeast-1") -> [Double]
    {
        let query = MetricDataBody.query("a", metric).replacing(
            #"{"Name":"ModelId","Value":"m"}"#, with: dimensions)
        let body = MetricDataBody.body([query], start: Int(noon) - 3600, end: Int(noon) - 600)
        return metricData(world.text(Signed.json(.getMetricData, body, region: region, now: noon), now: noon))
            .MetricDataResults[0].Values
    }

    private func model(_ id: String) -> String { #"{"Name":"ModelId","Value":"\#(id)"}"# }

    @Test(
        "Five Regions with four global profiles each, four more IDs in Singapore, two models of bedrock-mantle"
    )
    func contents() {
        let all = SimulatedScenario.demonstration().traffic
        let traffic = all.filter { !$0.isMantle }
        #expect(all.filter(\.isMantle).map(\.region) == ["ap-southeast-3", "ap-southeast-3"])
        #expect(Set(traffic.map(\.region)) == Set(SimulatedScenario.globalSourceRegions))
        #expect(traffic.count == 24)
        #expect(traffic.filter { $0.region == "ap-southeast-1" }.count == 8)
        #expect(Set(traffic.map { $0.region + $0.modelID }).count == 24)
    }

    @Test("The series with further dimensions repeat the traffic of their model") func repetitions() {
        let plain = values("InputTokenCount", model(SimulatedScenario.sonnet46))
        #expect(plain.count == 50)
        for further in [
            #"{"Name":"ServiceTier","Value":"default"}"#, #"{"Name":"ContextWindow","Value":"200k"}"#,
        ] {
            #expect(values("InputTokenCount", model(SimulatedScenario.sonnet46) + "," + further) == plain)
        }
    }

    @Test("The series without dimensions is the sum of all models") func aggregate() {
        let scenario = SimulatedScenario.demonstration()
        let models = scenario.traffic.filter { $0.region == "ap-southeast-1" }.map(\.modelID)
        let total = values("InputTokenCount", "").reduce(0, +)
        let parts = models.map { values("InputTokenCount", model($0)).reduce(0, +) }
        #expect(total == parts.reduce(0, +))
        #expect(parts.allSatisfy { $0 > 0 })
    }

    @Test("Of the two spellings of a cache metric one has data, which one depends on the Region")
    func spellings() {
        let sonnet = model(SimulatedScenario.sonnet46)
        #expect(!values("CacheReadInputTokenCount", sonnet).isEmpty)
        #expect(values("CacheReadInputTokens", sonnet).isEmpty)
        #expect(values("CacheReadInputTokenCount", sonnet, region: "ap-east-2").isEmpty)
        #expect(!values("CacheReadInputTokens", sonnet, region: "ap-east-2").isEmpty)
        let listed = world.text(Signed.json(.listMetrics, #"{"MetricName":"CacheReadInputTokens"}"#))
        #expect(listed.contains(SimulatedScenario.sonnet46))
        let active = world.text(
            Signed.json(
                .listMetrics, #"{"MetricName":"CacheReadInputTokens","RecentlyActive":"PT3H"}"#, now: noon),
            now: noon)
        #expect(active == #"{"Metrics":[]}"#)
    }

    @Test("AWS's estimate is input + cache write + 5 x output where it exists, and is sparse") func estimate()
    {
        let opus = model(SimulatedScenario.opus46)
        let input = values("InputTokenCount", opus)
        let estimates = values("EstimatedTPMQuotaUsage", opus)
        #expect(input.count == 50)
        #expect(estimates.count > 20 && estimates.count < 50)
        let weighted = zip(
            zip(input, values("CacheWriteInputTokenCount", opus)), values("OutputTokenCount", opus)
        ).map { $0.0 + $0.1 + 5 * $1 }
        #expect(estimates.allSatisfy(weighted.contains))
    }

    @Test("A day of sixty series is answered in one piece", .timeLimit(.minutes(5))) func wholeDay() {
        let identities = world.text(Signed.json(.listMetrics, "{}"))
        #expect(identities.utf8.count > 5000)
        let metrics = [
            "Invocations", "InputTokenCount", "OutputTokenCount", "InvocationLatency", "TimeToFirstToken",
        ]
        let models = SimulatedScenario.demonstration().traffic.prefix(12).map(\.modelID)
        let queries = models.enumerated().flatMap { index, model in
            metrics.enumerated().map { MetricDataBody.query("q\(index)_\($0)", $1, model: model) }
        }
        #expect(queries.count == 60)
        let body = MetricDataBody.body(queries, start: Int(midnight) - 86_400, end: Int(midnight))
        let answer = world.text(Signed.json(.getMetricData, body))
        #expect(queries.indices.allSatisfy { answer.contains("\"q\($0 / 5)_\($0 % 5)\"") })
    }
}
