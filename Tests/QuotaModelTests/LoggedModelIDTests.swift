import Testing

@testable import QuotaModel

@Suite("Model IDs as callers write them")
struct LoggedModelIDTests {
    @Test(
        "every spelling leads to CloudWatch's",
        arguments: [
            ("amazon.nova-pro-v1:0", ["amazon.nova-pro-v1:0"]),
            ("global.anthropic.claude-opus-4-7", ["global.anthropic.claude-opus-4-7"]),
            (
                "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0",
                [
                    "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0",
                    "amazon.nova-pro-v1:0",
                ]
            ),
            (
                "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-pro-v1:0",
                [
                    "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-pro-v1:0",
                    "us.amazon.nova-pro-v1:0",
                ]
            ),
            (
                "arn:aws-us-gov:bedrock:us-gov-west-1:1:application-inference-profile/82ey7vcct4m3",
                [
                    "arn:aws-us-gov:bedrock:us-gov-west-1:1:application-inference-profile/82ey7vcct4m3",
                    "82ey7vcct4m3",
                ]
            ),
            (
                "arn:aws:bedrock:us-east-1:1:custom-model-deployment/abc123",
                ["arn:aws:bedrock:us-east-1:1:custom-model-deployment/abc123"]
            ),
            (
                "arn:aws:bedrock:us-east-1:1:imported-model/x",
                ["arn:aws:bedrock:us-east-1:1:imported-model/x"]
            ),
        ])
    func spellings(text: String, expected: [String]) {
        #expect(LoggedModelID(text)?.spellings == expected)
    }

    @Test(
        "what cannot be a model ID is none",
        arguments: [
            "", "a b", "caf\u{e9}", "x\n", "mantle/openai.gpt-5.5", String(repeating: "a", count: 2049),
        ])
    func none(text: String) {
        #expect(LoggedModelID(text) == nil)
    }
}
