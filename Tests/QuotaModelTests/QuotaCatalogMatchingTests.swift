import Testing

@testable import QuotaModel

/// Joins by name alone: the codes are invented, so that the table of known codes has no part in it.
@Suite struct QuotaCatalogMatchingTests {
    private func model(
        _ id: String, _ name: String, _ provider: String, _ types: [String] = ["ON_DEMAND"]
    ) -> FoundationModel {
        FoundationModel(modelID: id, name: name, provider: provider, inferenceTypes: types)
    }

    /// The older models of us-east-1 and us-west-2, named as `ListFoundationModels` names them.
    private var older: [FoundationModel] {
        [
            model("amazon.titan-tg1-large", "Titan Text Large", "Amazon"),
            model("amazon.titan-e1t-medium", "Titan Text Embeddings", "Amazon"),
            model("amazon.titan-embed-g1-text-02", "Titan Text Embeddings v2", "Amazon"),
            model("amazon.titan-text-lite-v1:0:4k", "Titan Text G1 - Lite", "Amazon", ["PROVISIONED"]),
            model("amazon.titan-text-lite-v1", "Titan Text G1 - Lite", "Amazon"),
            model("amazon.titan-text-express-v1", "Titan Text G1 - Express", "Amazon"),
            model("amazon.titan-embed-text-v1:2:8k", "Titan Embeddings G1 - Text", "Amazon", ["PROVISIONED"]),
            model("amazon.titan-embed-text-v1", "Titan Embeddings G1 - Text", "Amazon"),
            model("amazon.titan-embed-text-v2:0", "Titan Text Embeddings V2", "Amazon"),
            model("amazon.titan-image-generator-v1", "Titan Image Generator G1", "Amazon"),
            model("amazon.titan-image-generator-v2:0", "Titan Image Generator G1 v2", "Amazon"),
            model("anthropic.claude-instant-v1", "Claude Instant", "Anthropic"),
            model("anthropic.claude-v2:1:200k", "Claude", "Anthropic", ["PROVISIONED"]),
            model("anthropic.claude-v2:1", "Claude", "Anthropic"),
            model("anthropic.claude-v2", "Claude", "Anthropic"),
            model("anthropic.claude-3-sonnet-20240229-v1:0", "Claude 3 Sonnet", "Anthropic"),
            model("anthropic.claude-3-5-sonnet-20240620-v1:0", "Claude 3.5 Sonnet", "Anthropic"),
            model("anthropic.claude-3-5-sonnet-20241022-v2:0", "Claude 3.5 Sonnet v2", "Anthropic"),
            model("cohere.command-text-v14", "Command", "Cohere"),
            model("cohere.command-light-text-v14", "Command Light", "Cohere"),
            model("cohere.command-r-v1:0", "Command R", "Cohere"),
            model("cohere.command-r-plus-v1:0", "Command R+", "Cohere"),
            model("meta.llama2-13b-chat-v1", "Llama 2 Chat 13B", "Meta"),
            model("meta.llama2-70b-chat-v1", "Llama 2 Chat 70B", "Meta"),
            model("meta.llama2-13b-v1", "Llama 2 13B", "Meta", []),
            model("ai21.j2-mid-v1", "Jurassic-2 Mid", "AI21 Labs"),
            model("ai21.j2-ultra-v1", "Jurassic-2 Ultra", "AI21 Labs"),
            model("mistral.mistral-large-2402-v1:0", "Mistral Large (24.02)", "Mistral AI"),
            model("mistral.mistral-large-2407-v1:0", "Mistral Large (24.07)", "Mistral AI"),
            model("deepseek.v3-v1:0", "DeepSeek-V3.1", "DeepSeek"),
            model("qwen.qwen3-235b-a22b-2507-v1:0", "Qwen3 235B A22B 2507", "Qwen"),
            model("qwen.qwen3-vl-235b-a22b", "Qwen3 VL 235B A22B", "Qwen"),
            model("qwen.qwen3-coder-30b-a3b-v1:0", "Qwen3-Coder-30B-A3B-Instruct", "Qwen"),
            model("qwen.qwen3-coder-480b-a35b-v1:0", "Qwen3 Coder 480B A35B Instruct", "Qwen"),
            model("amazon.nova-reel-v1:0", "Nova Reel", "Amazon"),
            model("amazon.nova-reel-v1:1", "Nova Reel", "Amazon"),
        ]
    }

    private func match(_ label: String, in models: [FoundationModel], profiles: [InferenceProfile] = [])
        -> String?
    {
        let name = "On-demand model inference tokens per minute for \(label)"
        let quotas = [Fixture.quota("L-FFFFFFFF", name)]
        let catalog = QuotaCatalog(inventory: Inventory(quotas: quotas, models: models, profiles: profiles))
        return catalog.pools.first?.model
    }

    @Test(
        "older models are found by their names or IDs, near-collisions by neither",
        arguments: [
            ("Anthropic Claude V2", "anthropic.claude-v2"),
            ("Anthropic Claude V2.1", "anthropic.claude-v2:1"),
            ("Anthropic Claude Instant", "anthropic.claude-instant-v1"), ("Anthropic Claude", nil),
            ("Anthropic Claude Instant V1", "anthropic.claude-instant-v1"), ("Anthropic Claude V1", nil),
            ("Anthropic Claude 3.5 Sonnet", "anthropic.claude-3-5-sonnet-20240620-v1:0"),
            ("Anthropic Claude 3.5 Sonnet V1", "anthropic.claude-3-5-sonnet-20240620-v1:0"),
            ("Anthropic Claude 3.5 Sonnet V2", "anthropic.claude-3-5-sonnet-20241022-v2:0"),
            ("Anthropic Claude 3.5 Sonnet V3", nil), ("Anthropic Claude Sonnet", nil),
            ("Amazon Titan Text Express", "amazon.titan-text-express-v1"),
            ("Amazon Titan Text G1 - Lite", "amazon.titan-text-lite-v1"),
            ("Amazon Titan Text Lite V1", "amazon.titan-text-lite-v1"), ("Amazon Titan Text", nil),
            ("Amazon Titan Text Embeddings", nil), ("Amazon Titan Text Embeddings V2", nil),
            ("Amazon Titan Embeddings G1 - Text", "amazon.titan-embed-text-v1"),
            ("Amazon Titan Image Generator G1", "amazon.titan-image-generator-v1"),
            ("Amazon Titan Image Generator G1 V1", "amazon.titan-image-generator-v1"),
            ("Amazon Titan Image Generator G1 V2", "amazon.titan-image-generator-v2:0"),
            ("Cohere Command", "cohere.command-text-v14"),
            ("Cohere Command Light", "cohere.command-light-text-v14"),
            ("Cohere Command R", "cohere.command-r-v1:0"),
            ("Cohere Command R Plus", "cohere.command-r-plus-v1:0"),
            ("Cohere Command R+", "cohere.command-r-plus-v1:0"), ("Amazon Command R", nil),
            ("Meta Llama 2 Chat 13B", "meta.llama2-13b-chat-v1"), ("Meta Llama 2 13B", nil),
            ("AI21 Labs Jurassic-2 Mid", "ai21.j2-mid-v1"), ("AI21 Labs Jurassic-2", nil),
            ("Mistral Large 2407", "mistral.mistral-large-2407-v1:0"), ("Mistral Large", nil),
            ("Mistral AI Mistral Large 24.02", "mistral.mistral-large-2402-v1:0"), ("Mistral Large 3", nil),
            ("DeepSeek V3 V1", "deepseek.v3-v1:0"), ("DeepSeek V3.2", nil), ("DeepSeek", nil),
            ("Qwen3 235B a22b 2507 V1", "qwen.qwen3-235b-a22b-2507-v1:0"), ("Qwen3 235B A22B", nil),
            ("Qwen3 Coder 30B a3b V1", "qwen.qwen3-coder-30b-a3b-v1:0"), ("Qwen3 Coder", nil),
            ("Qwen3 Coder 480B a35b V1", "qwen.qwen3-coder-480b-a35b-v1:0"), ("Amazon Nova Reel", nil),
        ] as [(String, String?)])
    func olderModels(label: String, expected: String?) {
        #expect(match(label, in: older) == expected)
    }

    @Test("a model that is the last of its kind in a Region does not inherit its sibling's quota")
    func lonelySiblings() {
        for (label, id, name) in [
            (
                "Anthropic Claude 3.5 Sonnet", "anthropic.claude-3-5-sonnet-20241022-v2:0",
                "Claude 3.5 Sonnet v2"
            ),
            (
                "Anthropic Claude Sonnet 4 V1", "anthropic.claude-sonnet-4-5-20250929-v1:0",
                "Claude Sonnet 4.5"
            ),
            ("Amazon Nova Lite", "amazon.nova-2-lite-v1:0", "Nova 2 Lite"),
            ("Cohere Command R", "cohere.command-r-plus-v1:0", "Command R+"),
            ("GPT OSS 20B", "openai.gpt-oss-safeguard-20b", "GPT OSS Safeguard 20B"),
            ("Mistral Large", "mistral.mistral-large-2407-v1:0", "Mistral Large (24.07)"),
            ("Anthropic Claude V2", "anthropic.claude-v2:1", "Claude"),
            ("Anthropic Claude", "anthropic.claude-v2", "Claude"),
            ("Amazon Nova Pro", "amazon.nova-pro-v1:0:24k", "Nova Pro"),
        ] {
            let types = id.hasSuffix("24k") ? ["PROVISIONED"] : ["ON_DEMAND"]
            let only = FoundationModel(modelID: id, name: name, provider: "", inferenceTypes: types)
            #expect(match(label, in: [only]) == nil, "\(label) is not \(id)")
        }
    }

    @Test("newer models are found by AWS's own names, without any table")
    func newModels() {
        let rocket = FoundationModel(
            modelID: "anthropic.claude-opus-6-20270101-v1:0", name: "Claude Opus 6", provider: "Anthropic",
            inferenceTypes: ["INFERENCE_PROFILE"])
        #expect(match("Anthropic Claude Opus 6", in: [rocket]) == rocket.modelID)
        #expect(match("Anthropic Claude Opus 6 V1", in: [rocket]) == rocket.modelID)
        #expect(match("Claude Opus 6", in: [rocket]) == rocket.modelID)
        #expect(match("Anthropic Claude Opus 6.5", in: [rocket]) == nil)
        let profile = Fixture.profile("apac.acme.rocket-v1:0", "APAC Acme Big Rocket", regions: ["a", "b"])
        #expect(match("Acme Big Rocket", in: [], profiles: [profile]) == "acme.rocket-v1:0")
        #expect(match("Big Rocket", in: [], profiles: [profile]) == nil)
    }

    @Test(
        "no name with a word taken out or cut short joins another model, unless it is that model's own name")
    func mutations() throws {
        let inventory = try Fixture.inventory()
        let names = ModelNames(models: inventory.models, profiles: inventory.profiles)
        func model(of code: String, _ text: String) -> String? {
            guard let name = try? QuotaName(text), name.contextWindow == nil else { return nil }
            if let known = QuotaCodeTable.model(ofCode: code, name: name) { return known }
            guard case .model(let found) = names.match(ModelLabel(name.label, providers: names.providers))
            else {
                return nil
            }
            return found
        }
        var strays: Set<String> = []
        for quota in inventory.quotas {
            guard let owner = model(of: quota.code, quota.name), let name = try? QuotaName(quota.name) else {
                continue
            }
            for mutant in mutants(of: quota.name) {
                guard let found = model(of: quota.code, mutant), found != owner else { continue }
                let label = try QuotaName(mutant).label
                strays.insert("\(name.label) | \(label) | \(found)")
            }
        }
        // In each row the shortened label is the other model's own name.
        #expect(
            strays.sorted() == [
                "Amazon Nova 2 Lite | Amazon Nova Lite | amazon.nova-lite-v1:0",
                "Amazon Titan Text Embeddings V2 | Amazon Titan Text Embeddings | amazon.titan-embed-text-v1",
                "Anthropic Claude Fable 5.1 | Anthropic Claude Fable 5 | anthropic.claude-fable-5",
                "Anthropic Claude Opus 5.5 | Anthropic Claude Opus 5 | anthropic.claude-opus-5",
                "Anthropic Claude Sonnet 4.5 V1 | Anthropic Claude Sonnet 4 | anthropic.claude-sonnet-4-20250514-v1:0",
                "Anthropic Claude Sonnet 4.6 | Anthropic Claude Sonnet 4 | anthropic.claude-sonnet-4-20250514-v1:0",
                "Claude Fable 5.1 | Claude Fable 5 | anthropic.claude-fable-5",
                "GPT OSS Safeguard 120B | GPT OSS 120B | openai.gpt-oss-120b-1:0",
                "GPT OSS Safeguard 20B | GPT OSS 20B | openai.gpt-oss-20b-1:0",
                "MiniMax M2.5 | MiniMax M2 | minimax.minimax-m2",
                "Minimax M2.1 | Minimax M2 | minimax.minimax-m2",
                "NVIDIA Nemotron Nano 2 VL | NVIDIA Nemotron Nano 2 | nvidia.nemotron-nano-9b-v2",
                "Z.ai GLM-4.7 Flash | Z.ai GLM-4.7 | zai.glm-4.7",
            ])
    }

    @Test("hostile names and IDs neither crash the join nor join anything")
    func hostile() {
        let texts = [
            "", " ", ".", "-", ":", "\u{0}", "+", "v1", "V1 V1", "anthropic", "Mistral AI Mistral", "a.",
            ".a", "a.-v1:0",
            "us.", "\u{202E}Nova Pro", String(repeating: "-1", count: 5000),
            "a.\(String(repeating: ":", count: 500))",
        ]
        let models = texts.map {
            FoundationModel(modelID: $0, name: $0, provider: $0, inferenceTypes: ["ON_DEMAND"])
        }
        let profiles = texts.flatMap { text in
            [InferenceProfile.Kind.systemDefined, .application].map { kind in
                InferenceProfile(
                    id: text, name: text, kind: kind, modelARNs: [text, "arn:aws:bedrock:\(text)"])
            }
        }
        let prefix = "Model invocation max tokens per day for "
        let quotas = texts.map { Fixture.quota($0, prefix + $0 + " (doubled for cross-region calls)") }
        let catalog = QuotaCatalog(inventory: Inventory(quotas: quotas, models: models, profiles: profiles))
        #expect(catalog.pools == [])
        #expect(catalog.unmatched.count == texts.count)
        for text in texts { _ = catalog.resolution(of: text) }
    }

    /// The name without each one of its words, and the name cut after each of its characters.
    private func mutants(of name: String) -> [String] {
        let words = name.split(separator: " ")
        let shortened = words.indices.map { index in
            var rest = words
            rest.remove(at: index)
            return rest.joined(separator: " ")
        }
        return shortened + (0..<name.count).map { String(name.prefix($0)) }
    }
}
