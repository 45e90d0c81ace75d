import Testing

@testable import QuotaModel

struct UsageSourceTests {
    private func name(_ namespace: String, _ dimensions: (String, String)...) -> String? {
        SeriesName(namespace: namespace, dimensions: dimensions.map { ($0.0, $0.1) })?.text
    }

    @Test("Invariant 1: one dimension set of each endpoint is counted, and the parts that are told apart")
    func sets() {
        #expect(name("AWS/Bedrock", ("ModelId", "us.a.b-v1:0")) == "us.a.b-v1:0")
        #expect(name("AWS/BedrockMantle", ("Model", "openai.gpt-5.5")) == "mantle/openai.gpt-5.5")
        #expect(
            name(
                "AWS/Bedrock", ("ModelId", "a.b"), ("ResolvedServiceTier", "Reserved"),
                ("ServiceTier", "reserved")) == "tier/reserved/Reserved/a.b")
        #expect(name("AWS/Bedrock", ("ContextWindow", "1M"), ("ModelId", "a.b")) == "context/1M/a.b")
    }

    @Test("Invariant 1: every other set tells the same traffic again and is not read")
    func decoys() {
        #expect(name("AWS/Bedrock") == nil)
        #expect(name("AWS/Bedrock", ("ModelId", "a.b"), ("ServiceTier", "reserved")) == nil)
        #expect(name("AWS/Bedrock", ("ModelId", "a.b"), ("Project", "default")) == nil)
        #expect(
            name(
                "AWS/Bedrock", ("ModelId", "a.b"), ("ResolvedServiceTier", "default"),
                ("ServiceTier", "reserved"))
                == nil)
        #expect(name("AWS/Bedrock", ("Model", "a.b")) == nil)
        #expect(name("AWS/BedrockMantle") == nil)
        #expect(name("AWS/BedrockMantle", ("Project", "default")) == nil)
        #expect(name("AWS/BedrockMantle", ("Model", "a.b"), ("Project", "default")) == nil)
        #expect(name("AWS/BedrockMantle", ("ModelId", "a.b")) == nil)
        #expect(name("AWS/Bedrock/Batch", ("ModelId", "a.b")) == nil)
        #expect(name("AWS/Bedrock/Guardrails", ("ModelId", "a.b")) == nil)
    }

    @Test(
        "what a long context is, is read out of the window's size",
        arguments: [
            ("1M", true), ("1m", true), ("1000k", true), ("1000000", true), ("201k", true), ("200k", false),
            ("200000", false), ("default", false), ("", false), ("-1m", false), ("1 M", false), ("m", false),
        ])
    func contextWindows(value: String, isLong: Bool) {
        let found = name("AWS/Bedrock", ("ContextWindow", value), ("ModelId", "a.b"))
        #expect((found != nil) == isLong)
    }

    @Test(
        "names are read back as they were written",
        arguments: [
            "us.a.b-v1:0", "mantle/openai.gpt-5.5", "tier/reserved/reserved/us.a.b", "context/1M/a.b", "a",
            "",
            "arn:aws:bedrock:us-east-1::foundation-model/a.b",
            "tier/reserved/reserved/arn:aws:bedrock:us-east-1::foundation-model/a.b", "mantle/", "mantle",
            "/a",
            "tier/reserved/a", "unknown/a.b",
        ])
    func roundTrip(text: String) {
        let name = SeriesName(text)
        #expect(name.text == text)
        #expect(Set(name.dimensions.map(\.name)).count == name.source.dimensions.count)
        #expect(SeriesName.isRuntime(text) == (name.source.name == ""))
    }

    @Test("the model IDs behind names, and what they are a part of")
    func wholes() {
        #expect(SeriesName("tier/reserved/reserved/us.a.b").whole == "us.a.b")
        #expect(SeriesName("context/1M/us.a.b").isPart)
        #expect(SeriesName("mantle/a.b").whole == "mantle/a.b")
        #expect(!SeriesName("mantle/a.b").isPart)
        #expect(SeriesName("tier/reserved/a").modelID == "tier/reserved/a")
    }

    @Test("Invariant 1: a model ID that reads like another source's series is not taken for it")
    func forged() {
        #expect(name("AWS/Bedrock", ("ModelId", "mantle/a.b")) == nil)
        #expect(name("AWS/Bedrock", ("ModelId", "context/1M/a.b")) == nil)
        #expect(name("AWS/BedrockMantle", ("Model", "x/y")) == "mantle/x/y")
        #expect(
            name("AWS/Bedrock", ("ModelId", "a"), ("ResolvedServiceTier", "reserved"), ("ServiceTier", "x/y"))
                == nil)
    }

    @Test("metrics of a source are those of its own names")
    func metrics() {
        #expect(UsageSource.mantle.metric(named: "TotalInputTokens") == .inputTokens)
        #expect(UsageSource.mantle.metric(named: "InputTokens") == nil)
        #expect(UsageSource.mantle.metric(named: "BurnDownConsumed") == nil)
        #expect(UsageSource.runtime.metric(named: "Inferences") == nil)
        #expect(SeriesName("context/1M/a").source.metric(named: "Invocations") == nil)
        #expect(SeriesName("tier/reserved/reserved/a").source.metric(named: "Invocations") == .invocations)
        #expect(UsageSource.namespaces == ["AWS/Bedrock", "AWS/BedrockMantle"])
    }
}

struct SourcePoolTests {
    private func quota(_ name: String, _ value: Double, code: String) -> ListedQuota {
        ListedQuota(code: code, name: name, appliedValue: value, defaultValue: value, isAdjustable: true)
    }

    private let sonnet = "anthropic.claude-sonnet-4-5-20250929-v1:0"
    private let observed = [
        "mantle/openai.gpt-5.5", "mantle/qwen.qwen3-32b", "mantle/anthropic.claude-sonnet-4-5",
        "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ]

    private func catalog(_ overrides: [QuotaOverride] = []) -> QuotaCatalog {
        let inventory = Inventory(
            quotas: [
                quota(
                    "[bedrock-mantle endpoint] Input tokens per minute for GPT-5.5", 10, code: "L-00000001"),
                quota(
                    "[bedrock-mantle endpoint] Output tokens per minute for GPT-5.5", 5, code: "L-00000002"),
                quota(
                    "[bedrock-mantle endpoint] Input tokens per minute for Claude Sonnet 4.5", 7,
                    code: "L-00000003"),
                quota(
                    "Global cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.5 V1",
                    100,
                    code: "L-00000004"),
                quota(
                    "Global cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.5 V1 1M Context Length",
                    50, code: "L-00000005"),
                quota(
                    "Global cross-region model inference requests per minute for Anthropic Claude Sonnet 4.5 V1 1M Context Length",
                    3, code: "L-00000006"),
            ],
            models: [
                FoundationModel(
                    modelID: sonnet, name: "Claude Sonnet 4.5", provider: "Anthropic",
                    inferenceTypes: ["INFERENCE_PROFILE"])
            ])
        return QuotaCatalog(inventory: inventory, observed: observed, overrides: overrides)
    }

    @Test("models of bedrock-mantle draw on input and output quotas apart")
    func mantle() {
        let catalog = catalog()
        #expect(
            catalog.assignment(of: "mantle/openai.gpt-5.5") == .pool(scope: .mantle, model: "openai.gpt-5.5"))
        #expect(
            catalog.quotas(scope: .mantle, model: "openai.gpt-5.5").map(\.kind) == [
                .inputTokensPerMinute, .outputTokensPerMinute,
            ])
    }

    @Test("a model of bedrock-mantle without a published quota has a pool, and is not unmapped")
    func noPublishedQuota() {
        #expect(
            catalog().assignment(of: "mantle/qwen.qwen3-32b")
                == .pool(scope: .mantle, model: "qwen.qwen3-32b"))
        #expect(catalog().quotas(scope: .mantle, model: "qwen.qwen3-32b").isEmpty)
    }

    @Test("bedrock-mantle's model IDs without date and version find the quota of the model that has them")
    func undatedModels() {
        #expect(
            catalog().assignment(of: "mantle/anthropic.claude-sonnet-4-5")
                == .pool(scope: .mantle, model: sonnet))
    }

    @Test("what reserved capacity serves draws on the reservation of its route")
    func reserved() {
        let catalog = catalog(
            QuotaSettings(overrides: [], rates: BurndownTable()).limits
                + [
                    QuotaOverride(
                        scope: .globalReserved, model: sonnet,
                        limits: [.inputTokensPerMinute: 100_000, .outputTokensPerMinute: 10_000])
                ])
        let series = "tier/reserved/reserved/global.\(sonnet)"
        #expect(catalog.assignment(of: series) == .pool(scope: .globalReserved, model: sonnet))
        #expect(catalog.quotas(scope: .globalReserved, model: sonnet).map(\.limit) == [100_000, 10_000])
        #expect(
            catalog.assignment(of: "tier/reserved/reserved/amazon.nova-lite-v1:0")
                == .pool(scope: .onDemandReserved, model: "amazon.nova-lite-v1:0"))
        #expect(
            catalog.assignment(of: "tier/reserved/reserved/82ey7vcct4m3") == .unmapped(.unknownProfile))
    }

    @Test(
        "calls with a long context draw on their own quota where there is one, and else stay in the plain pool"
    )
    func longContext() {
        let catalog = catalog()
        let series = "context/1M/global.\(sonnet)"
        #expect(catalog.assignment(of: series) == .pool(scope: .globalLongContext, model: sonnet))
        #expect(catalog.quotas(scope: .globalLongContext, model: sonnet).map(\.limit) == [50])
        #expect(catalog.quotas(scope: .global, model: sonnet).map(\.limit) == [100])
        #expect(catalog.assignment(of: "context/1M/us.\(sonnet)") == .unmapped(.noQuota))
        // Requests with a long context cannot be told apart.
        #expect(catalog.unmatched.map(\.quota.code) == ["L-00000006"])
    }

    @Test("an override of all scopes speaks of routes, not of reservations and long contexts")
    func overrides() {
        let all = QuotaOverride(model: "*", limits: [.tokensPerMinute: 1, .inputTokensPerMinute: 2])
        let catalog = catalog([all])
        #expect(catalog.quotas(scope: .global, model: sonnet).map(\.limit) == [1])
        #expect(catalog.quotas(scope: .mantle, model: sonnet).map(\.limit) == [2])
        #expect(catalog.quotas(scope: .globalReserved, model: sonnet).isEmpty)
        #expect(catalog.quotas(scope: .globalLongContext, model: sonnet).map(\.limit) == [50])
    }

    @Test("every part of every route has a scope of its own, and knows its route")
    func scopes() {
        for scope in InferenceScope.allCases {
            for part in [UsageSource.Part.whole, .reserved, .longContext] {
                guard let of = scope.scope(of: part) else { continue }
                #expect(of.route == scope.route)
            }
        }
        #expect(Reservation.routes == [.onDemand, .crossRegion, .global])
        #expect(InferenceScope.mantle.scope(of: .reserved) == nil)
    }
}
