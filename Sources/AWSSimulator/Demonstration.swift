extension SimulatedScenario {
    /// One account that uses four Claude models through global profiles in five Asian Regions, and in Singapore
    /// also an application profile, a geographic profile, a model without a profile and an ID that nobody knows.
    ///
    /// Four pools take turns with bursts above 80 % of their quota, so that one of them is always busy.
    package static func demonstration() -> SimulatedScenario {
        var scenario = SimulatedScenario()
        scenario.delivery = .lagging
        scenario.seed = 20_261_123
        scenario.quotas = demonstrationQuotas()
        scenario.profiles = demonstrationProfiles()
        scenario.models = demonstrationModels
        scenario.batchJobs = demonstrationBatchJobs
        scenario.traffic =
            globalSourceRegions.flatMap(globalTraffic) + singaporeTraffic() + mantleTraffic()
        return scenario
    }

    /// In Singapore, where one quota of batch jobs is used up; of a profile, of base models, and two that have ended.
    private static let demonstrationBatchJobs: [SimulatedBatchJob] = {
        func job(
            _ number: Int, _ modelID: String, hours: Int, _ status: String? = nil, records: Int,
            perMinute: Int = 0,
            errors: Int = 0
        ) -> SimulatedBatchJob {
            SimulatedBatchJob(
                region: singapore, id: "batchjob\(1000 + number)", modelID: modelID, ageSeconds: hours * 3600,
                status: status, records: records, recordsPerMinute: perMinute, errorsPermille: errors)
        }
        let waiting = (1...17).map {
            job($0, "amazon.nova-lite-v1:0", hours: $0, "Scheduled", records: 20_000)
        }
        return waiting + [
            job(18, "amazon.nova-lite-v1:0", hours: 20, records: 50_000, perMinute: 30, errors: 4),
            job(19, "amazon.nova-lite-v1:0", hours: 22, records: 40_000, perMinute: 25),
            job(20, "amazon.nova-lite-v1:0", hours: 1, "Validating", records: 12_000),
            job(21, sonnet45, hours: 9, records: 30_000, perMinute: 40, errors: 11),
            job(22, haiku45, hours: 70, records: 8000, perMinute: 20),
            job(23, haiku45, hours: 90, "Failed", records: 900),
        ]
    }()

    private static let singapore = "ap-southeast-1"
    static let opus46 = "global.anthropic.claude-opus-4-6-v1"
    static let sonnet46 = "global.anthropic.claude-sonnet-4-6"
    static let sonnet45 = "global.anthropic.claude-sonnet-4-5-20250929-v1:0"
    static let haiku45 = "global.anthropic.claude-haiku-4-5-20251001-v1:0"
    /// Over Sonnet 4.6's global profile, in Singapore.
    static let applicationProfile = "q7x2m9k4v1zd"
    /// An application profile that was deleted: CloudWatch still has its traffic, Bedrock no longer knows it.
    static let unknownID = "k3v9wq2n7xtp"
    private static let novaLite = "amazon.nova-lite-v1:0"

    /// Tokens of an average request: an agent, an assistant, a document pipeline and a classifier.
    private static let tokens: [String: ModelTraffic.RequestTokens] = [
        opus46: .init(input: 2400, output: 900, cacheRead: 21_000, cacheWrite: 1500),
        sonnet46: .init(input: 3200, output: 620, cacheRead: 18_000, cacheWrite: 900),
        sonnet45: .init(input: 5200, output: 480, cacheRead: 9000, cacheWrite: 600),
        haiku45: .init(input: 420, output: 90),
    ]

    /// Minutes east of UTC.
    private static let utcOffsets = [
        "ap-southeast-1": 480, "ap-southeast-3": 420, "ap-southeast-5": 480, "ap-southeast-7": 420,
        "ap-east-2": 480,
    ]

    /// Global tokens-per-minute quotas: the defaults, and what single Regions were given instead.
    private static let tokensPerMinute: [String: Int] = [
        opus46: 3_000_000, sonnet46: 6_000_000, sonnet45: 5_000_000, haiku45: 5_000_000,
    ]
    private static let grantedTokensPerMinute: [String: [String: Int]] = [
        sonnet46: ["ap-southeast-1": 4_000_000], sonnet45: ["ap-east-2": 2_000_000],
        haiku45: ["ap-southeast-7": 8_000_000],
    ]

    static func globalQuota(_ modelID: String, _ region: String) -> Int {
        grantedTokensPerMinute[modelID]?[region] ?? tokensPerMinute[modelID] ?? 0
    }

    /// Which pool bursts when: every 20 minutes for 7, one after the other, so that the four cover all minutes.
    private static let bursts: [String: (modelID: String, phase: Int, levels: [Int])] = [
        "ap-southeast-1": (opus46, 0, [900, 960, 1060, 860]),
        "ap-southeast-3": (sonnet46, 5, [860, 900, 880]),
        "ap-southeast-7": (haiku45, 10, [870, 930, 1020]),
        "ap-east-2": (sonnet45, 15, [860, 890, 1150]),
    ]

    private static func globalTraffic(_ region: String) -> [ModelTraffic] {
        [opus46, sonnet46, sonnet45, haiku45].map { modelID in
            var model = ModelTraffic(
                region: region, modelID: modelID, tokens: tokens[modelID] ?? .init(input: 1000, output: 200),
                peakInvocationsPerMinute: 0, tokensPerMinuteQuota: globalQuota(modelID, region))
            // The busiest hour takes between a fifth and a half of the quota.
            let share =
                region == singapore
                ? 480 : 200 + Noise.pick(Noise.seed(region + modelID), shift: 7, below: 200)
            model.peakInvocationsPerMinute =
                model.tokensPerMinuteQuota / 1000 * share / model.quotaTokensPerInvocation
            model.utcOffsetMinutes = utcOffsets[region] ?? 0
            model.rhythm = modelID == haiku45 ? .evening : modelID == sonnet45 ? .nightly : .office
            model.latencyMilliseconds = modelID == haiku45 ? 900 : 6400
            model.timeToFirstTokenMilliseconds = modelID == haiku45 ? 380 : 1250
            if region == "ap-east-2" { model.cacheSpelling = .inputTokens }
            addSpecialities(&model)
            return model
        }
    }

    /// The bursts, and the series that a careless reader would count twice.
    private static func addSpecialities(_ model: inout ModelTraffic) {
        if let burst = bursts[model.region], burst.modelID == model.modelID {
            model.bursts = BurstSchedule(
                everyMinutes: 20, phaseMinutes: burst.phase, lengthMinutes: 7, levelsPermille: burst.levels)
        }
        guard model.region == singapore else { return }
        if model.modelID == sonnet46 {
            model.listsBothCacheSpellings = true
            model.repeatedUnder = [
                SimulatedDimension("ServiceTier", "default"), SimulatedDimension("ContextWindow", "200k"),
            ]
        }
        if model.modelID == haiku45 {
            model.parts = [
                .init(
                    [
                        SimulatedDimension("ServiceTier", "reserved"),
                        .init("ResolvedServiceTier", "reserved"),
                    ],
                    permille: 400),
                .init(
                    [SimulatedDimension("ServiceTier", "reserved"), .init("ResolvedServiceTier", "default")],
                    permille: 50),
                .init(
                    [SimulatedDimension("ServiceTier", "default"), .init("ResolvedServiceTier", "default")],
                    permille: 550),
            ]
        }
        if model.modelID == sonnet45 {
            model.parts = [
                .init([SimulatedDimension("ContextWindow", "1M")], permille: 150, countsRequests: false)
            ]
        }
        if model.modelID == opus46 { model.repeatedUnder = [SimulatedDimension("ServiceTier", "default")] }
    }

    private static func singaporeTraffic() -> [ModelTraffic] {
        func model(_ id: String, _ tokens: ModelTraffic.RequestTokens, peak: Int, quota: Int) -> ModelTraffic
        {
            ModelTraffic(
                region: singapore, modelID: id, tokens: tokens, peakInvocationsPerMinute: peak,
                tokensPerMinuteQuota: quota)
        }
        let application = model(
            applicationProfile, .init(input: 2800, output: 700, cacheRead: 6000, cacheWrite: 400), peak: 60,
            quota: globalQuota(sonnet46, singapore))
        var direct = model(novaLite, .init(input: 1100, output: 260), peak: 900, quota: 4_000_000)
        var geographic = model(
            "apac." + novaLite, .init(input: 1800, output: 340), peak: 700, quota: 8_000_000)
        direct.burndownRate = 1
        geographic.burndownRate = 1
        geographic.rhythm = .evening
        let unknown = model(unknownID, .init(input: 900, output: 150), peak: 12, quota: 1_000_000)
        return [application, direct, geographic, unknown]
    }

    /// bedrock-mantle in Jakarta: a model with quotas of its own and one without any.
    private static func mantleTraffic() -> [ModelTraffic] {
        var gpt = ModelTraffic(
            region: "ap-southeast-3", modelID: "openai.gpt-5.5", tokens: .init(input: 1900, output: 410),
            peakInvocationsPerMinute: 300, tokensPerMinuteQuota: 1_000_000)
        var qwen = ModelTraffic(
            region: "ap-southeast-3", modelID: "qwen.qwen3-32b", tokens: .init(input: 700, output: 220),
            peakInvocationsPerMinute: 90, tokensPerMinuteQuota: 1_000_000)
        (gpt.isMantle, qwen.isMantle) = (true, true)
        (gpt.burndownRate, qwen.burndownRate) = (1, 1)
        return [gpt, qwen]
    }

    private static func demonstrationQuotas() -> [SimulatedQuota] {
        let granted: [String: [String: Double]] = [
            "L-7BEE40FB": doubles(grantedTokensPerMinute[sonnet46]),
            "L-27C57EE8": doubles(grantedTokensPerMinute[sonnet45]),
            "L-9A11C666": doubles(grantedTokensPerMinute[haiku45]),
            // Requests per minute of Opus 4.6 below the default; tokens per day of Sonnet 4.6 as a new account has
            // them; Opus 4.5 not permitted at all in one Region.
            "L-3DD46812": ["ap-southeast-1": 1000],
            "L-248E47B7": ["ap-southeast-1": 1_500_000_000],
            "L-E2985A8E": ["ap-southeast-5": 0],
        ]
        return QuotaTable.quotas().map { quota in
            var quota = quota
            quota.appliedByRegion = granted[quota.code] ?? [:]
            return quota
        }
    }

    private static func doubles(_ values: [String: Int]?) -> [String: Double] {
        (values ?? [:]).mapValues(Double.init)
    }

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
    ].map { id, name, provider, types in
        // One that AWS advises against, and that will end.
        let isLegacy = id == "amazon.nova-lite-v1:0"
        let times = ["legacyTime": "2026-09-01T00:00:00Z", "endOfLifeTime": "2027-03-01T00:00:00Z"]
        return SimulatedModel(
            id: id, name: name, provider: provider, inferenceTypes: types, isLegacy: isLegacy,
            lifecycleTimes: isLegacy ? times : [:])
    }

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
            modelID: "anthropic.claude-sonnet-4-6", modelRegions: ["", "*"],
            tags: ["team": "support", "app": "assistant", "cost-center": "4711"])
        return global + geographic + [application]
    }
}
