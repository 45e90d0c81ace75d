extension SimulatedScenario {
    /// Model ID, name and provider of the models that the demonstration knows, and how each may be called.
    static let demonstrationModels: [SimulatedModel] = [
        ("anthropic.claude-opus-4-6-v1", "Claude Opus 4.6", "Anthropic", ["INFERENCE_PROFILE"]),
        ("anthropic.claude-opus-4-5-20251101-v1:0", "Claude Opus 4.5", "Anthropic", ["INFERENCE_PROFILE"]),
        ("anthropic.claude-sonnet-4-6", "Claude Sonnet 4.6", "Anthropic", ["INFERENCE_PROFILE"]),
        (
            "anthropic.claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5", "Anthropic",
            ["INFERENCE_PROFILE"]
        ),
        ("anthropic.claude-haiku-4-5-20251001-v1:0", "Claude Haiku 4.5", "Anthropic", ["INFERENCE_PROFILE"]),
        ("amazon.nova-lite-v1:0", "Nova Lite", "Amazon", ["ON_DEMAND", "INFERENCE_PROFILE"]),
        ("amazon.nova-micro-v1:0", "Nova Micro", "Amazon", ["ON_DEMAND", "INFERENCE_PROFILE"]),
        ("amazon.nova-pro-v1:0", "Nova Pro", "Amazon", ["ON_DEMAND", "INFERENCE_PROFILE"]),
        ("amazon.nova-2-lite-v1:0", "Nova 2 Lite", "Amazon", ["INFERENCE_PROFILE"]),
        ("amazon.titan-embed-text-v2:0", "Titan Text Embeddings V2", "Amazon", ["ON_DEMAND"]),
        ("mistral.mistral-7b-instruct-v0:2", "Mistral 7B Instruct", "Mistral AI", ["ON_DEMAND"]),
        ("qwen.qwen3-32b-v1:0", "Qwen3 32B (dense)", "Qwen", ["ON_DEMAND"]),
    ].map { SimulatedModel(id: $0.0, name: $0.1, provider: $0.2, inferenceTypes: $0.3) }

    /// Global profiles of the Claude models everywhere, APAC profiles and the application profile in Singapore.
    static func demonstrationProfiles() -> [SimulatedProfile] {
        let claude = demonstrationModels.filter { $0.provider == "Anthropic" }
        let nova = demonstrationModels.filter { $0.provider == "Amazon" && $0.inferenceTypes.count == 2 }
        let global = claude.map { model in
            SimulatedProfile(
                regions: globalSourceRegions, id: "global." + model.id,
                name: "Global Anthropic " + model.name,
                modelID: model.id, modelRegions: ["", "*"])
        }
        let geographic = nova.map { model in
            SimulatedProfile(
                regions: ["ap-southeast-1"], id: "apac." + model.id, name: "APAC " + model.name,
                modelID: model.id,
                modelRegions: ["ap-southeast-1", "ap-northeast-1", "ap-south-1", "ap-southeast-2"])
        }
        let application = SimulatedProfile(
            regions: ["ap-southeast-1"], kind: .application, id: applicationProfile,
            name: "customer-support-agent",
            modelID: "anthropic.claude-sonnet-4-6", modelRegions: ["", "*"])
        return global + geographic + [application]
    }
}
