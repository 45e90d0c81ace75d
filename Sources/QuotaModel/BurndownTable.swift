/// Where a burndown rate comes from.
package enum BurndownSource: String, Sendable {
    /// Typed into our configuration.
    case override
    /// Derived from AWS's own weighted counts, see `BurndownRate.measured(in:)`.
    case measured
    /// From AWS's page, see `BurndownTable`.
    case table
    /// AWS's page does not cover the model.
    case assumed
    /// The pool's quotas count input and output tokens apart: nothing is weighed.
    case none
}

/// How many quota tokens one output token costs, and who says so.
package struct BurndownRate: Equatable, Sendable {
    package let value: Double
    package let source: BurndownSource

    package init(value: Double, source: BurndownSource) {
        self.value = value
        self.source = source
    }

    /// Of pools whose quotas count input and output apart: output adds nothing to the figure that input is counted in.
    package static let unweighed = BurndownRate(value: 0, source: .none)

    /// The rate by which AWS weighted these minutes of model IDs of one pool, in the order of time; nil where they are
    /// too few or do not agree, see `BurndownFit`.
    package static func measured(in minutes: some Sequence<UsageMinute>) -> BurndownRate? {
        var fit = BurndownFit()
        for minute in minutes { fit.add(minute) }
        return fit.rate
    }
}

/// A burndown rate typed into the configuration.
package struct BurndownOverride: Equatable, Sendable {
    package var model: ModelPattern
    /// Quota tokens that one output token costs.
    package var rate: Double

    package init(model: String, rate: Double) {
        self.model = ModelPattern(model)
        self.rate = rate
    }
}

/// The rates of Amazon Bedrock's User Guide, page "Token burndown" (quotas-token-burndown), as of October 2026, with
/// the configuration's overrides in front.
///
/// The page: 15x Claude Opus 4.8; 10x Claude Sonnet 5, Opus 5, Opus 5.5, Fable 5.1 and, on bedrock-runtime, OpenAI
/// GPT-5.6 Sol, Terra and Luna; 5x all other Anthropic models of version 4.7 and below; 1x everything else.
package struct BurndownTable: Equatable, Sendable {
    /// The first that matches wins.
    package var overrides: [BurndownOverride]

    package init(overrides: [BurndownOverride] = []) {
        self.overrides = overrides
    }

    /// The rate of a base model. A measured rate counts only where AWS's page is silent.
    package func rate(
        ofModel model: String, scope: InferenceScope, measured: BurndownRate? = nil
    ) -> BurndownRate {
        // Quotas that limit input and output apart weigh neither (page quotas-mantle); batch counts jobs.
        guard scope.isWeighed else { return .unweighed }
        if let override = overrides.first(where: { $0.model.matches(model) }) {
            return BurndownRate(value: override.rate, source: .override)
        }
        if let listed = Self.listedRate(ofModel: model) { return BurndownRate(value: listed, source: .table) }
        return measured ?? BurndownRate(value: Self.assumedRate(ofModel: model), source: .assumed)
    }

    /// The page's rate, or nil for a model that it does not cover.
    private static func listedRate(ofModel model: String) -> Double? {
        switch model.prefix(while: { $0 != "." }) {
        case "anthropic": ClaudeVersion(modelID: model).flatMap(claudeRate)
        case "openai": openAIRate(model)
        case let vendor: coveredVendors.contains(vendor) ? 1 : nil
        }
    }

    private static func claudeRate(_ claude: ClaudeVersion) -> Double? {
        switch (claude.family, claude.major, claude.minor) {
        case ("opus", 4, 8): 15
        case ("sonnet", 5, 0), ("opus", 5, 0), ("opus", 5, 5), ("fable", 5, 1): 10
        case (_, let major, let minor): (major, minor) <= (4, 7) ? 5 : nil
        }
    }

    /// The newest OpenAI models of the page are GPT-5.6; whatever is newer cannot be meant by "everything else".
    private static func openAIRate(_ model: String) -> Double? {
        switch model {
        case "openai.gpt-5.6-sol", "openai.gpt-5.6-terra", "openai.gpt-5.6-luna": 10
        case "openai.gpt-5.4", "openai.gpt-5.5": 1
        default: model.hasPrefix("openai.gpt-oss-") ? 1 : nil
        }
    }

    private static func assumedRate(ofModel model: String) -> Double {
        model.hasPrefix("anthropic.") ? 5 : 1
    }

    /// Vendors on Bedrock when the page was read; a newer one may get a rate of its own.
    private static let coveredVendors: Set<Substring> = [
        "ai21", "amazon", "cohere", "deepseek", "google", "luma", "meta", "minimax", "mistral", "moonshot",
        "moonshotai", "nvidia", "qwen", "stability", "twelvelabs", "writer", "xai", "zai",
    ]
}
