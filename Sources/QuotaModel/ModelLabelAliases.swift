/// Labels that AWS spells unlike the model's own name, each confirmed by two independent sources (see
/// `QuotaCodeTable`). Checked September 2026 against Service Quotas of us-east-1.
enum ModelLabelAliases {
    /// The model that the label is known to mean, or nil.
    static func model(of label: ModelLabel) -> String? {
        let matches = rows.filter { $0.words == label.words }
        return matches.first { label.vendor == nil || label.vendor == Providers.vendor(ofModel: $0.model) }?
            .model
    }

    private static let rows: [(words: [String], model: String)] = [
        // "Mistral AI Mixtral 8X7BB Instruct" is AWS's spelling of the token quota.
        ("mixtral 8x7bb instruct", "mistral.mixtral-8x7b-instruct-v0:1"),
        ("gemma 3 4b", "google.gemma-3-4b-it"),
        ("gemma 3 12b", "google.gemma-3-12b-it"),
        ("gemma 3 27b", "google.gemma-3-27b-it"),
        ("ministral 3b 3.0", "mistral.ministral-3-3b-instruct"),
        ("ministral 8b 3.0", "mistral.ministral-3-8b-instruct"),
        ("ministral 14b 3.0", "mistral.ministral-3-14b-instruct"),
        ("magistral small 1.2", "mistral.magistral-small-2509"),
        ("voxtral mini 1.0", "mistral.voxtral-mini-3b-2507"),
        ("voxtral small 1.0", "mistral.voxtral-small-24b-2507"),
        ("nemotron nano 2", "nvidia.nemotron-nano-9b-v2"),
        ("nemotron nano 2 vl", "nvidia.nemotron-nano-12b-v2"),
        ("llama 4 maverick", "meta.llama4-maverick-17b-instruct-v1:0"),
        ("llama 4 scout", "meta.llama4-scout-17b-instruct-v1:0"),
        // The old `amazon.titan-e1t-medium` has this very name in ListFoundationModels: both listed, it is ambiguous.
        ("titan text embeddings", "amazon.titan-embed-text-v1"),
        // So is `amazon.titan-embed-g1-text-02`, which is not V2: with it in the list, this is ambiguous, too.
        ("titan text embeddings v2", "amazon.titan-embed-text-v2:0"),
        ("stable diffusion xl 1.0", "stability.stable-diffusion-xl-v1"),
    ].map { text, model in (text.split(separator: " ").map(String.init), model) }
}
