import QuotaModel
import Testing

private let sonnet46 = "anthropic.claude-sonnet-4-6"
private let region = "us-east-1"

private func catalog(
    profiles: [InferenceProfile] = [], overrides: [QuotaOverride] = []
) throws -> QuotaCatalog {
    var inventory = try Fixture.inventory()
    inventory.profiles += profiles
    return QuotaCatalog(inventory: inventory, overrides: overrides, account: "prod", region: region)
}

@Suite struct QuotaCatalogAssignmentTests {
    @Test(
        "every form of model ID leads to its pool",
        arguments: [
            ("amazon.nova-canvas-v1:0", .onDemand, "amazon.nova-canvas-v1:0"),
            ("us.\(sonnet46)", .crossRegion, sonnet46), ("global.\(sonnet46)", .global, sonnet46),
            ("eu.\(sonnet46)", .crossRegion, sonnet46), ("jp.\(sonnet46)", .crossRegion, sonnet46),
            (
                "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0", .onDemand,
                "amazon.titan-embed-text-v2:0"
            ),
            ("arn:aws:bedrock:us-east-1:1:inference-profile/us.\(sonnet46)", .crossRegion, sonnet46),
            ("us.stability.stable-fast-upscale-v1:0", .crossRegion, "stability.stable-fast-upscale-v1:0"),
            ("stability.stable-fast-upscale-v1:0", .onDemand, "stability.stable-fast-upscale-v1:0"),
            ("global.openai.gpt-6-astra", .global, "openai.gpt-6-astra"),
        ] as [(String, InferenceScope, String)])
    func pools(modelID: String, scope: InferenceScope, model: String) throws {
        let resolution = try catalog().resolution(of: modelID)
        #expect(resolution.assignment == .pool(scope: scope, model: model))
        #expect(resolution.explanation == nil)
    }

    @Test(
        "what has no pool says why",
        arguments: [
            ("openai.gpt-6-astra", .noQuota), ("openai.gpt-5.6-sol", .noQuota), (sonnet46, .noQuota),
            ("amazon.titan-embed-g1-text-02", .noQuota), ("twelvelabs.marengo-embed-2-7-v1:0", .noQuota),
            ("global.amazon.nova-pro-v1:0", .noQuota), ("us.acme.rocket", .noQuota),
            ("82ey7vcct4m3", .unknownProfile), ("uk.\(sonnet46)", .unknownProfile),
            ("arn:aws:bedrock:us-east-1:1:application-inference-profile/82ey7vcct4m3", .unknownProfile),
            ("amazon.nova-pro-v1:0:24k", .notOnDemand),
            ("arn:aws:bedrock:us-east-1:1:provisioned-model/abc", .notOnDemand),
            ("arn:aws:bedrock:us-east-1:1:imported-model/abc", .importedModel),
            ("arn:aws:bedrock:us-east-1:1:custom-model-deployment/abc", .unknownDeployment),
            ("Across all model IDs", .unknownModelID), ("", .unknownModelID), ("us.nova", .unknownModelID),
        ] as [(String, UnmappedReason)])
    func unmapped(modelID: String, reason: UnmappedReason) throws {
        let resolution = try catalog().resolution(of: modelID)
        #expect(resolution.assignment == .unmapped(reason))
        #expect(resolution.explanation?.hasSuffix(".") == true)
        #expect((resolution.candidate != nil) == (reason == .noQuota))
    }

    @Test("the bare ID of a profile-only model is shown with the pool that it would belong to")
    func candidate() throws {
        let resolution = try catalog().resolution(of: "openai.gpt-6-astra")
        #expect(resolution.candidate == ScopedModel(scope: .onDemand, model: "openai.gpt-6-astra"))
    }

    @Test(
        "an application profile is told by the Regions of its models",
        arguments: [
            (["us-east-1"], "amazon.nova-pro-v1:0", .pool(scope: .onDemand, model: "amazon.nova-pro-v1:0")),
            (["us-east-1", "us-west-2"], sonnet46, .pool(scope: .crossRegion, model: sonnet46)),
            (["*", "us-east-1"], sonnet46, .pool(scope: .global, model: sonnet46)),
            (["*"], sonnet46, .pool(scope: .global, model: sonnet46)),
            (["us-east-1"], sonnet46, .unmapped(.noQuota)),
            (["us-west-2"], "amazon.nova-pro-v1:0", .unmapped(.unknownProfile)),
            ([], sonnet46, .unmapped(.unknownProfile)),
        ] as [([String], String, ModelAssignment)])
    func application(regions: [String], model: String, expected: ModelAssignment) throws {
        let profile = Fixture.application("82ey7vcct4m3", model: model, regions: regions)
        let catalog = try catalog(profiles: [profile])
        #expect(catalog.assignment(of: "82ey7vcct4m3") == expected)
        let arn = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/82ey7vcct4m3"
        #expect(catalog.assignment(of: arn) == expected)
    }

    @Test("an application profile over two models, or over something else than models, is unknown")
    func mixedApplication() throws {
        let nova = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0"
        for arns in [
            [nova, "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0"],
            [nova, "arn:aws:bedrock:us-west-2:1:custom-model/x"], [nova, "nonsense"], [nova, ""],
        ] {
            let profile = InferenceProfile(id: "abcdefgh1234", name: "x", kind: .application, modelARNs: arns)
            #expect(
                try catalog(profiles: [profile]).assignment(of: "abcdefgh1234") == .unmapped(.unknownProfile))
        }
    }

    @Test("a geographic profile of one Region makes an application profile of one Region doubtful")
    func singleRegion() throws {
        let geographic = Fixture.profile("mx.amazon.nova-pro-v1:0", "MX Nova Pro", regions: ["us-east-1"])
        let copy = Fixture.application("abcdefgh1234", model: "amazon.nova-pro-v1:0", regions: ["us-east-1"])
        let both = try catalog(profiles: [geographic, copy])
        #expect(both.assignment(of: "abcdefgh1234") == .unmapped(.unknownProfile))
        let only = Fixture.profile("mx.\(sonnet46)", "MX Sonnet", regions: ["us-east-1"])
        let onlyCopy = Fixture.application("abcdefgh5678", model: sonnet46, regions: ["us-east-1"])
        let profileOnly = try catalog(profiles: [only, onlyCopy])
        #expect(profileOnly.assignment(of: "abcdefgh5678") == .pool(scope: .crossRegion, model: sonnet46))
    }

    @Test(
        "a system profile whose prefix is new counts by what it routes to, one that contradicts its ID does not"
    )
    func newPrefix() throws {
        let fresh = Fixture.profile("uk.\(sonnet46)", "UK Sonnet", regions: ["eu-west-1", "eu-west-2"])
        let lying = InferenceProfile(
            id: "eu.\(sonnet46)", name: "EU", kind: .systemDefined,
            modelARNs: ["arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0"])
        let catalog = try catalog(profiles: [fresh, lying])
        #expect(catalog.assignment(of: "uk.\(sonnet46)") == .pool(scope: .crossRegion, model: sonnet46))
        #expect(catalog.assignment(of: "eu.\(sonnet46)") == .unmapped(.unknownProfile))
    }
}

@Suite struct QuotaCatalogValueTests {
    @Test("the applied value counts before the default, and zero is a value")
    func sources() {
        let name = "Cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.6"
        func quota(applied: Double?, standard: Double?) -> Quota? {
            let listed = Fixture.quota("L-15B8E632", name, applied: applied, standard: standard)
            let catalog = QuotaCatalog(inventory: Inventory(quotas: [listed]))
            return catalog.quotas(scope: .crossRegion, model: sonnet46).first
        }
        #expect(quota(applied: 5, standard: 9)?.limit == 5)
        #expect(quota(applied: 5, standard: 9)?.source == .applied)
        #expect(quota(applied: 0, standard: 9)?.limit == 0)
        #expect(quota(applied: nil, standard: 9)?.source == .default)
        #expect(quota(applied: .nan, standard: 9)?.limit == 9)
        #expect(quota(applied: nil, standard: nil) == nil)
    }

    @Test("quotas come by kind, the daily one doubled for cross-Region calls")
    func daily() throws {
        let catalog = try catalog()
        #expect(
            catalog.quotas(scope: .crossRegion, model: "amazon.nova-pro-v1:0") == [
                Quota(
                    kind: .requestsPerMinute, limit: 500, source: .applied, code: "L-ED46B8C5", match: .code),
                Quota(
                    kind: .tokensPerDay, limit: 2_880_000_000, source: .applied, code: "L-D690997B",
                    match: .code),
                Quota(
                    kind: .tokensPerMinute, limit: 2_000_000, source: .applied, code: "L-C0326783",
                    match: .code),
            ])
        #expect(catalog.quotas(scope: .onDemand, model: "amazon.nova-pro-v1:0").first?.limit == 250)
        #expect(catalog.quotas(scope: .onDemand, model: "openai.gpt-6-sol") == [])
        let opus = catalog.quotas(scope: .crossRegion, model: "anthropic.claude-opus-4-5-20251101-v1:0")
        #expect(opus.first { $0.kind == .tokensPerDay }?.limit == 2_880_000_000, "2,000,000 a minute x 1,440")
    }

    @Test("overrides win, the first that has the kind, only where account, Region, scope and model match")
    func overrides() throws {
        let overrides = [
            QuotaOverride(account: "other", model: "*", limits: [.tokensPerMinute: 1]),
            QuotaOverride(region: "eu-west-1", model: "*", limits: [.tokensPerMinute: 2]),
            QuotaOverride(
                account: "prod", region: region, scope: .global, model: sonnet46,
                limits: [.tokensPerMinute: 3]),
            QuotaOverride(
                scope: .global, model: "anthropic.*", limits: [.tokensPerMinute: 4, .requestsPerMinute: 5]),
            QuotaOverride(
                model: "openai.gpt-6-astra", limits: [.tokensPerMinute: 6, .inputTokensPerMinute: 7]),
        ]
        let catalog = try catalog(overrides: overrides)
        #expect(
            catalog.quotas(scope: .global, model: sonnet46) == [
                Quota(
                    kind: .requestsPerMinute, limit: 5, source: .override, code: "L-F6E116D7", match: .code),
                Quota(kind: .tokensPerMinute, limit: 3, source: .override, code: "L-7BEE40FB", match: .code),
            ])
        #expect(catalog.quotas(scope: .crossRegion, model: sonnet46).last?.limit == 6_000_000)
        #expect(
            catalog.assignment(of: "openai.gpt-6-astra")
                == .pool(scope: .onDemand, model: "openai.gpt-6-astra"))
        #expect(
            catalog.quotas(scope: .onDemand, model: "openai.gpt-6-astra") == [
                Quota(kind: .tokensPerMinute, limit: 6, source: .override, code: nil)
            ])
        #expect(catalog.quotas(scope: .mantle, model: "openai.gpt-6-astra").map(\.limit) == [7])
        #expect(catalog.pools == Array(Set(catalog.pools)).sorted())
    }

    @Test("an override makes a pool for a model that AWS lists no quota for")
    func overriddenPool() {
        let catalog = QuotaCatalog(
            inventory: Inventory(),
            overrides: [QuotaOverride(scope: .global, model: "acme.rocket", limits: [.tokensPerMinute: 6])])
        #expect(catalog.pools == [ScopedModel(scope: .global, model: "acme.rocket")])
        #expect(catalog.assignment(of: "global.acme.rocket") == .pool(scope: .global, model: "acme.rocket"))
        #expect(catalog.assignment(of: "us.acme.rocket") == .unmapped(.noQuota))
    }

    @Test(
        "two codes with different values for one limit are dropped, unless one is known; equal values are one"
    )
    func conflicts() {
        let model = FoundationModel(
            modelID: "acme.rocket", name: "Rocket", provider: "Acme", inferenceTypes: ["ON_DEMAND"])
        func catalog(_ values: [Double]) -> QuotaCatalog {
            let quotas = values.enumerated().map { index, value in
                Fixture.quota(
                    "L-\(index)", "On-demand model inference tokens per minute for Rocket", standard: value)
            }
            return QuotaCatalog(inventory: Inventory(quotas: quotas, models: [model]))
        }
        #expect(catalog([5]).quotas(scope: .onDemand, model: "acme.rocket").map(\.limit) == [5])
        #expect(catalog([5, 5]).quotas(scope: .onDemand, model: "acme.rocket").map(\.limit) == [5])
        let conflicting = catalog([5, 6])
        #expect(conflicting.quotas(scope: .onDemand, model: "acme.rocket") == [])
        #expect(
            conflicting.unmatched.map(\.reason)
                == Array(repeating: .conflictingValues(codes: ["L-0", "L-1"]), count: 2))
        #expect(conflicting.assignment(of: "acme.rocket") == .unmapped(.ambiguous))

        let name = "On-demand model inference tokens per minute for Amazon Nova Pro"
        let nova = FoundationModel(
            modelID: "amazon.nova-pro-v1:0", name: "Nova Pro", provider: "Amazon",
            inferenceTypes: ["ON_DEMAND"])
        let known = QuotaCatalog(
            inventory: Inventory(
                quotas: [
                    Fixture.quota("L-CE33604C", name, standard: 1),
                    Fixture.quota("L-00000000", name, standard: 2),
                ], models: [nova]))
        #expect(known.quotas(scope: .onDemand, model: "amazon.nova-pro-v1:0").map(\.limit) == [1])
    }

    @Test("an empty inventory has no pools and maps nothing")
    func empty() {
        let catalog = QuotaCatalog(inventory: Inventory())
        #expect(catalog.pools == [])
        #expect(catalog.unmatched == [])
        #expect(catalog.assignment(of: "us.\(sonnet46)") == .unmapped(.noQuota))
    }
}
