import QuotaModel
import TestBench
import Testing

@testable import Alerting
@testable import Commands

@Suite("CloudFormation template")
struct AlarmTemplateTests {
    private func pool(
        _ modelIDs: Int, cache: Bool = true, region: String = "ap-southeast-1", model: String = "a.b"
    )
        -> AlarmPool
    {
        AlarmPool(
            pool: QuotaPool(account: "prod", region: region, scope: .crossRegion, model: model),
            modelIDs: (0..<modelIDs).map {
                AlarmModelID(
                    modelID: "us.a.b-\($0)", cacheWriteMetric: cache ? "CacheWriteInputTokenCount" : nil)
            },
            quotas: [
                Quota(kind: .tokensPerMinute, limit: 2_000_000, source: .applied, code: "L-1"),
                Quota(kind: .requestsPerMinute, limit: 500, source: .applied, code: "L-2"),
                Quota(kind: .tokensPerDay, limit: 1e9, source: .applied, code: "L-3"),
            ], rate: BurndownRate(value: 5, source: .table))
    }

    @Test("A template is written as the golden file has it")
    func golden() throws {
        let template = try AlarmTemplate([pool(2)], rules: AlertRules())
        #expect(template.stacks.count == 1)
        try Golden.check("alarms.json", Array(template.stacks[0].text.utf8))
        #expect(template.notes.count == 1 && template.notes[0].contains("tokens_per_day"))
    }

    @Test("The expression weights output tokens, fills gaps with 0 and divides by the limit")
    func expression() throws {
        let expression = try #require(AlarmExpression(pool(1), pool(1).quotas[0]))
        #expect(expression.text == "(FILL(i1, 0) + 5 * FILL(o1, 0) + FILL(w1, 0)) / 2000000")
        #expect(
            expression.metrics.map(\.name) == [
                "InputTokenCount", "OutputTokenCount", "CacheWriteInputTokenCount",
            ])
        let requests = try #require(AlarmExpression(pool(2), pool(2).quotas[1]))
        #expect(requests.text == "(FILL(n1, 0) + FILL(n2, 0)) / 500")
        let none = Quota(kind: .tokensPerMinute, limit: 0, source: .applied, code: nil)
        #expect(AlarmExpression(pool(1), none) == nil && AlarmExpression(pool(0), pool(0).quotas[0]) == nil)
    }

    @Test("No alarm has more than ten metrics, and what is left out is told")
    func bound() throws {
        for count in 1...12 {
            for cache in [true, false] {
                let pool = pool(count, cache: cache)
                let expression = try #require(AlarmExpression(pool, pool.quotas[0]))
                #expect(expression.metrics.count <= 10)
                let fits = cache ? 3 : 5
                #expect(expression.leftOut.count == max(count - fits, 0))
            }
        }
        let template = try AlarmTemplate([pool(4)], rules: AlertRules())
        #expect(template.notes.contains { $0.contains("us.a.b-3") })
    }

    @Test("Regions and more than 500 alarms are templates of their own")
    func stacks() throws {
        var pools = (0..<130).map { pool(1, model: "a.m\($0)") }
        pools.append(pool(1, region: "us-east-1"))
        let template = try AlarmTemplate(pools, rules: AlertRules())
        #expect(template.stacks.map(\.region) == ["ap-southeast-1", "ap-southeast-1", "us-east-1"])
        #expect(template.stacks.map(\.number) == [1, 2, 1])
        #expect(template.stacks[0].text.split(separator: "AWS::CloudWatch::Alarm").count == 501)
        #expect(template.stacks[1].text.split(separator: "AWS::CloudWatch::Alarm").count == 21)
    }
}
