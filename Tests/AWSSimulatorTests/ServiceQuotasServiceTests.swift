import FoundationEssentials
import Testing

@testable import AWSSimulator

@Suite struct ServiceQuotasServiceTests {
    private struct Answer: Decodable {
        struct Quota: Decodable {
            var QuotaCode: String
            var QuotaName: String
            var Value: Double
        }
        var Quotas: [Quota]
        var NextToken: String?
    }

    private func pages(
        _ operation: SimulatedOperation, _ scenario: SimulatedScenario, region: String = "ap-southeast-1",
        size: Int? = nil
    ) throws -> [[Answer.Quota]] {
        let world = SimulatedWorld(scenario)
        var pages: [[Answer.Quota]] = []
        var token: String?
        repeat {
            var body = #"{"ServiceCode":"bedrock""#
            if let size { body += #","MaxResults":\#(size)"# }
            if let token { body += #","NextToken":"\#(token)""# }
            let text = world.text(Signed.json(operation, body + "}", region: region))
            let answer = try JSONDecoder().decode(Answer.self, from: Data(text.utf8))
            pages.append(answer.Quotas)
            token = answer.NextToken
        } while token != nil && pages.count < 100
        return pages
    }

    private func scenario() -> SimulatedScenario {
        var scenario = SimulatedScenario()
        scenario.quotas = [
            SimulatedQuota(
                code: "L-00000001", name: "One", defaultValue: 5,
                appliedByRegion: ["ap-southeast-1": 70_000_000]),
            SimulatedQuota(
                code: "L-00000002", name: "Two", defaultValue: 0.5, isAdjustable: false, appliedValue: 0),
        ]
        return scenario
    }

    @Test("The answers as they go over the wire") func literal() {
        let world = SimulatedWorld(scenario())
        #expect(
            world.text(Signed.json(.listServiceQuotas, #"{"ServiceCode":"bedrock"}"#, region: "ap-east-2"))
                == #"{"Quotas":[{"Adjustable":false,"GlobalQuota":false,"QuotaAppliedAtLevel":"ACCOUNT","#
                + #""QuotaArn":"arn:aws:servicequotas:ap-east-2:111122223333:bedrock/L-00000002","QuotaCode":"L-00000002","#
                + #""QuotaName":"Two","ServiceCode":"bedrock","ServiceName":"Amazon Bedrock","Unit":"None","Value":0.0}]}"#
        )
        #expect(
            world.text(
                Signed.json(.listAWSDefaultServiceQuotas, #"{"ServiceCode":"bedrock","MaxResults":1}"#)
            )
            .contains(#""QuotaArn":"arn:aws:servicequotas:ap-southeast-1::bedrock/L-00000001""#))
    }

    @Test("Applied values replace defaults by Region; without one the quota is left out") func applied()
        throws
    {
        let singapore = try pages(.listServiceQuotas, scenario()).flatMap { $0 }
        #expect(singapore.map(\.Value) == [70_000_000, 0])
        #expect(
            try pages(.listServiceQuotas, scenario(), region: "ap-east-2").flatMap { $0 }.map(\.Value) == [0])
        #expect(try pages(.listAWSDefaultServiceQuotas, scenario()).flatMap { $0 }.map(\.Value) == [5, 0.5])
    }

    @Test("The demonstration's listings have real length and come in pages of at most 100") func paging()
        throws
    {
        let demonstration = SimulatedScenario.demonstration()
        let defaults = try pages(.listAWSDefaultServiceQuotas, demonstration)
        #expect(defaults.count >= 8)
        #expect(defaults.dropLast().allSatisfy { $0.count == 100 })
        let codes = defaults.flatMap { $0 }.map(\.QuotaCode)
        #expect(codes == demonstration.quotas.map(\.code))
        #expect(Set(codes).count == codes.count)
        let small = try pages(.listServiceQuotas, demonstration, size: 30)
        #expect(small[0].count == 30)
        #expect(small.flatMap { $0 }.count < codes.count)
    }

    @Test(
        "Wrong requests are refused",
        arguments: [
            ("{}", "IllegalArgumentException"), (#"{"ServiceCode":"vpc"}"#, "NoSuchResourceException"),
            (#"{"ServiceCode":"bedrock","MaxResults":0}"#, "IllegalArgumentException"),
            (#"{"ServiceCode":"bedrock","MaxResults":101}"#, "IllegalArgumentException"),
            (#"{"ServiceCode":"bedrock","NextToken":"x"}"#, "InvalidPaginationTokenException"),
            (#"{"ServiceCode":7}"#, "SerializationException"), ("[", "SerializationException"),
        ]) func refused(body: String, code: String)
    {
        let (response, entry) = SimulatedWorld(scenario()).respond(
            to: Signed.json(.listServiceQuotas, body), now: midnight)
        #expect(response.status == 400)
        #expect(entry.errorCode == code)
        #expect(response.text.hasPrefix(#"{"__type":"\#(code)","Message":""#))
    }

    @Test("A token of one listing does not fit the other") func foreignToken() throws {
        let world = SimulatedWorld(.demonstration())
        let text = world.text(Signed.json(.listServiceQuotas, #"{"ServiceCode":"bedrock"}"#))
        let token = try #require(try JSONDecoder().decode(Answer.self, from: Data(text.utf8)).NextToken)
        let body = #"{"ServiceCode":"bedrock","NextToken":"\#(token)"}"#
        #expect(
            world.respond(to: Signed.json(.listServiceQuotas, body), now: midnight).entry.errorCode == nil)
        #expect(
            world.respond(to: Signed.json(.listAWSDefaultServiceQuotas, body), now: midnight).entry.errorCode
                == "InvalidPaginationTokenException")
    }

    @Test("The built-in table holds AWS's names with all their irregularities") func table() {
        let quotas = Dictionary(uniqueKeysWithValues: QuotaTable.quotas().map { ($0.code, $0) })
        #expect(quotas.count > 750)
        #expect(
            quotas["L-3DCCFAA4"]?.name
                == "Global cross-region model inference tokens per minute for Anthropic Claude Opus 4.6 V1")
        #expect(quotas["L-3DCCFAA4"]?.defaultValue == 3_000_000)
        #expect(quotas["L-E3F10727"]?.name == "Cross-Model Max Tokens Per Day")
        #expect(
            quotas["L-4BF37C17"]?.name.hasPrefix("Cross-Region model inference") == true)
        #expect(
            quotas["L-4532261E"]?.name
                == "Model units per provisioned model for the 24k context length variant for Amazon Nova Lite "
        )
        #expect(quotas["L-E2985A8E"]?.appliedByRegion == [:])
        let demonstration = SimulatedScenario.demonstration().quotas
        #expect(demonstration.first { $0.code == "L-E2985A8E" }?.applied(in: "ap-southeast-5") == 0)
    }
}
