import QuotaModel
import Testing

@Suite struct ModelIDTests {
    static let forms: [(String, ModelID)] = [
        ("amazon.nova-canvas-v1:0", .baseModel("amazon.nova-canvas-v1:0")),
        ("anthropic.claude-v2:1", .baseModel("anthropic.claude-v2:1")),
        ("ai21.jamba-1-5-mini-v1:0", .baseModel("ai21.jamba-1-5-mini-v1:0")),
        ("deepseek.v3.2", .baseModel("deepseek.v3.2")),
        ("openai.gpt-6-astra", .baseModel("openai.gpt-6-astra")),
        (
            "us.anthropic.claude-opus-4-7",
            .geographicProfile(prefix: "us", model: "anthropic.claude-opus-4-7")
        ),
        ("us.deepseek.v3.2", .geographicProfile(prefix: "us", model: "deepseek.v3.2")),
        ("us-gov.amazon.nova-pro-v1:0", .geographicProfile(prefix: "us-gov", model: "amazon.nova-pro-v1:0")),
        (
            "apac.ai21.jamba-1-5-mini-v1:0",
            .geographicProfile(prefix: "apac", model: "ai21.jamba-1-5-mini-v1:0")
        ),
        ("global.openai.gpt-6-astra", .globalProfile(model: "openai.gpt-6-astra")),
        (
            "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0",
            .foundationModelARN(model: "amazon.titan-embed-text-v2:0")
        ),
        (
            "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-pro-v1:0",
            .foundationModelARN(model: "amazon.nova-pro-v1:0")
        ),
        ("arn:aws:bedrock:::foundation-model/amazon.nova-pro-v1:0", .unknown),
        (
            "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.amazon.nova-pro-v1:0",
            .geographicProfile(prefix: "eu", model: "amazon.nova-pro-v1:0")
        ),
        (
            "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/global.anthropic.claude-opus-5",
            .globalProfile(model: "anthropic.claude-opus-5")
        ),
        ("82ey7vcct4m3", .applicationProfile(id: "82ey7vcct4m3")),
        (
            "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/82ey7vcct4m3",
            .applicationProfile(id: "82ey7vcct4m3")
        ),
        ("amazon.nova-pro-v1:0:24k", .notOnDemand(kind: "provisioned-model")),
        ("arn:aws:bedrock:us-east-1:1:provisioned-model/abc123", .notOnDemand(kind: "provisioned-model")),
        ("arn:aws:bedrock:us-east-1:1:custom-model/amazon.nova/x", .notOnDemand(kind: "custom-model")),
        (
            "arn:aws:bedrock:us-east-1:1:custom-model-deployment/q1w2",
            .customModelDeployment(arn: "arn:aws:bedrock:us-east-1:1:custom-model-deployment/q1w2")
        ),
        ("arn:aws:bedrock:us-east-1:1:custom-model-deployment/q1/w2", .unknown),
        ("arn:aws:bedrock:us-east-1:1:imported-model/abc", .importedModel),
        ("arn:aws:bedrock:us-east-1:1:prompt-router/abc", .notOnDemand(kind: "prompt-router")),
        (
            "arn:aws:bedrock:us-east-1:1:default-prompt-router/anthropic.claude:1",
            .notOnDemand(kind: "default-prompt-router")
        ),
        ("arn:aws:sagemaker:us-east-1:1:endpoint/my-model", .notOnDemand(kind: "marketplace-endpoint")),
    ]

    @Test("every form seen in CloudWatch is told by its text", arguments: forms)
    func known(text: String, form: ModelID) {
        #expect(ModelID(text) == form)
    }

    @Test(
        "text of no known form is unknown",
        arguments: [
            "", " ", ".", "us", "us.", "global.", "us.foo", "us.us.amazon.nova-pro-v1:0",
            "global.us.amazon.nova-pro-v1:0", ".nova", "amazon.", "Across all model IDs", "(none)", "arn:",
            "arn:aws:",
            "arn:aws:bedrock:us-east-1::foundation-model/", "arn:aws:bedrock:us-east-1::foundation-model",
            "arn:aws:bedrock:us-east-1::foundation-model/nova",
            "arn:gcp:bedrock:us::foundation-model/amazon.nova",
            "arn:aws:s3:::bucket/amazon.nova-pro-v1:0", "arn:aws:bedrock:us-east-1:1:guardrail/abc",
            "arn:aws:bedrock:us-east-1:1:inference-profile/nova", "amazon.nova\u{0}", "amazon.nova\n",
            "AMAZON.nova",
            "амазон.nova", "amazon.nova-\u{301}", "a b.c", "../../etc/passwd", "82EY7VCCT4M3", "{\"a\":1}",
        ])
    func unknown(text: String) {
        #expect(ModelID(text) == .unknown)
    }

    @Test("a prefix counts only from the list of known ones")
    func prefixes() {
        for prefix in ["us", "us-gov", "eu", "apac", "ca", "sa", "au", "jp", "kr", "in", "il", "mx"] {
            #expect(
                ModelID("\(prefix).amazon.nova-pro-v1:0")
                    == .geographicProfile(prefix: prefix, model: "amazon.nova-pro-v1:0"))
        }
        for vendor in ["usa", "u", "euro", "ai21", "meta", "base", "ap"] {
            #expect(ModelID("\(vendor).amazon.nova-pro-v1:0") == .baseModel("\(vendor).amazon.nova-pro-v1:0"))
        }
    }

    @Test("no cut and no changed byte crashes the reader, and length is bounded")
    func mutations() {
        for (text, _) in Self.forms {
            let bytes = Array(text.utf8)
            for end in 0...bytes.count { _ = ModelID(String(decoding: bytes[..<end], as: UTF8.self)) }
            for index in bytes.indices {
                for replacement: UInt8 in [0, 0x20, 0x2E, 0x2F, 0x3A, 0x41, 0x7F, 0xC3, 0xFF] {
                    var mutated = bytes
                    mutated[index] = replacement
                    _ = ModelID(String(decoding: mutated, as: UTF8.self))
                }
            }
        }
        #expect(ModelID("amazon." + String(repeating: "a", count: 1017)) != .unknown)
        #expect(ModelID("amazon." + String(repeating: "a", count: 1018)) == .unknown)
        #expect(ModelID(String(repeating: ":", count: 100_000)) == .unknown)
    }
}
