import Testing

@testable import QuotaModel

@Suite struct ModelLabelTests {
    private func label(_ text: String) -> ModelLabel { ModelLabel(text, providers: Providers()) }

    @Test(
        "the same model in two spellings is one label",
        arguments: [
            ("Mistral AI Mistral 7B Instruct", "Mistral 7B Instruct"), ("MiniMax M2.1", "Minimax M2.1"),
            ("Z.ai GLM-4.7", "Z.AI GLM 4.7"), ("Twelve Labs Marengo", "TwelveLabs Marengo"),
            ("OpenAI GPT OSS 20B", "openai gpt-oss-20b"), ("Cohere Command R+", "Cohere Command R Plus"),
            ("DeepSeek-R1", "DeepSeek R1"), ("Mistral Large (24.02)", "Mistral Large 24.02"),
            ("Titan Text G1 - Lite", "Titan Text G1 \u{2013} Lite"), ("Nova\u{A0}Pro", "Nova  Pro."),
            ("GPT6.1 Sol", "GPT-6.1 Sol"), ("Pegasus V1.5", "Pegasus 1.5"), ("Nova Pro V1.0", "Nova Pro V1"),
        ])
    func same(one: String, other: String) {
        #expect(label(one).words == label(other).words && label(one).vendor == label(other).vendor)
    }

    @Test(
        "labels that other tools confuse stay two",
        arguments: [
            ("Meta Llama 3.1 8B Instruct", "Meta Llama 3 18B Instruct"), ("Gemma 3 4B", "Gemma 3.4B"),
            ("Cohere Command R", "Cohere Command R+"), ("Claude Sonnet 4", "Claude Sonnet 4.5"),
            ("Nova Lite", "Nova 2 Lite"), ("Mistral Large", "Mistral Large 3"),
            ("Nova Lite", "Nova Lit\u{E9}"),
            ("Amazon Rerank 1.0", "Cohere Rerank 1.0"), ("Claude 3.5 Sonnet", "Claude 3.5 Sonnet V2"),
            ("Qwen3 Coder 30B", "Qwen3 Coder 480B"), ("GPT OSS 20B", "GPT OSS Safeguard 20B"),
        ])
    func different(one: String, other: String) {
        #expect(label(one) != label(other))
    }

    @Test(
        "a model ID reads as the words of its name",
        arguments: [
            ("anthropic.claude-3-5-sonnet-20241022-v2:0", "claude 3.5 sonnet v2"),
            ("anthropic.claude-3-5-sonnet-20240620-v1:0", "claude 3.5 sonnet"),
            ("anthropic.claude-v2:1", "claude 2.1"), ("anthropic.claude-v2", "claude v2"),
            ("anthropic.claude-instant-v1", "claude instant"), ("amazon.nova-2-lite-v1:0", "nova 2 lite"),
            ("google.gemma-3-4b-it", "gemma 3 4b it"), ("cohere.embed-v4:0", "embed v4"),
            ("deepseek.v3-v1:0", "v3"), ("meta.llama3-1-8b-instruct-v1:0", "llama 3.1 8b instruct"),
            ("deepseek.v3.2", "3.2"), ("xai.grok-4.6", "grok 4.6"),
            ("qwen.qwen3-235b-a22b-2507-v1:0", "qwen 3 235b a22b 2507"),
            ("mistral.mistral-large-2407-v1:0", "mistral large 2407"),
        ])
    func modelID(id: String, words: String) {
        #expect(ModelIDWords(id)?.words.joined(separator: " ") == words)
    }

    @Test("a provider that only AWS's list knows is taken off as well")
    func newProvider() {
        let model = FoundationModel(
            modelID: "acme.rocket-1", name: "Rocket 1", provider: "Acme Labs", inferenceTypes: ["ON_DEMAND"])
        let names = ModelNames(models: [model], profiles: [])
        #expect(
            names.match(ModelLabel("Acme Labs Rocket 1", providers: names.providers))
                == .model("acme.rocket-1"))
        #expect(names.match(ModelLabel("Amazon Rocket 1", providers: names.providers)) == .none)
        #expect(names.match(ModelLabel("Acme Labs", providers: names.providers)) == .none)
    }
}
