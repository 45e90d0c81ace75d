import Testing

@testable import QuotaModel

/// Deployments of customised models, which share the quotas of their base model, and imported models, which have none.
@Suite struct CustomModelTests {
    private static let prefix = "arn:aws:bedrock:us-east-1:111122223333:"
    private static let nova = "amazon.nova-micro-v1:0"

    private static func model(_ id: String, of base: String = nova + ":128k") -> String {
        "\(prefix)custom-model/\(base)/\(id)"
    }

    private static func foundation(_ id: String) -> String {
        "arn:aws:bedrock:us-east-1::foundation-model/\(id)"
    }

    private static func deployment(
        _ id: String, _ modelARN: String, bases: [String: String] = [:]
    ) -> CustomModelDeployment {
        CustomModelDeployment(
            arn: "\(prefix)custom-model-deployment/\(id)", name: "name of \(id)", modelARN: modelARN,
            bases: bases)
    }

    private static let quotas = [
        ("tokens per minute", 4_000_000.0), ("requests per minute", 2000), ("tokens per day", 5_760_000_000),
    ].enumerated().map { index, limit in
        Fixture.quota(
            "L-CUSTOM0\(index)",
            "(Model customization) Sum of on demand custom model deployment \(limit.0) for Amazon Nova Micro",
            applied: limit.1)
    }

    private static let listed = FoundationModel(
        modelID: nova, name: "Nova Micro", provider: "Amazon", inferenceTypes: ["ON_DEMAND"])

    @Test("all deployments of a base model share its pool and its quotas, apart from the plain pool")
    func shared() {
        let deployments = [
            Self.deployment("aaaaaaaaaaaa", Self.model("m1")),
            Self.deployment("bbbbbbbbbbbb", Self.model("m2")),
            Self.deployment("cccccccccccc", Self.foundation(Self.nova)),
        ]
        let plain = Fixture.quota(
            "L-PLAIN", "On-demand model inference tokens per minute for Amazon Nova Micro")
        let catalog = QuotaCatalog(
            inventory: Inventory(
                quotas: Self.quotas + [plain], models: [Self.listed], deployments: deployments))
        for deployment in deployments {
            #expect(catalog.assignment(of: deployment.arn) == .pool(scope: .customModel, model: Self.nova))
            #expect(catalog.listedProfile(deployment.arn)?.name == deployment.name)
            #expect(catalog.listedProfile(deployment.arn)?.kind == .customModelDeployment)
        }
        let found = catalog.quotas(scope: .customModel, model: Self.nova)
        #expect(
            found.map { "\($0.kind.rawValue) \(Int($0.limit)) \($0.code ?? "")" } == [
                "requests_per_minute 2000 L-CUSTOM01", "tokens_per_day 5760000000 L-CUSTOM02",
                "tokens_per_minute 4000000 L-CUSTOM00",
            ])
        #expect(catalog.quotas(scope: .onDemand, model: Self.nova).map(\.code) == ["L-PLAIN"])
    }

    @Test(
        "the base is what ListCustomModels says, else what the model's own ARN says, followed through customised models"
    )
    func bases() {
        let first = Self.model("m1", of: "amazon.nova")
        let second = Self.model("m2", of: "amazon.nova")
        let bases = [second: first, first: Self.foundation(Self.nova + ":128k")]
        #expect(Self.deployment("a", second, bases: bases).baseModel == Self.nova)
        #expect(Self.deployment("a", Self.model("m3")).baseModel == Self.nova)
        #expect(
            Self.deployment("a", Self.foundation("amazon.nova-pro-v1:0")).baseModel == "amazon.nova-pro-v1:0")
        #expect(Self.deployment("a", "").baseModel == nil)
        #expect(Self.deployment("a", Self.prefix + "custom-model/x").baseModel == nil)
        // A circle, which AWS cannot have made, ends.
        #expect(Self.deployment("a", first, bases: [first: second, second: first]).baseModel == nil)
    }

    @Test("what is not listed, or has no base that is known, is unmapped with its reason")
    func unmapped() {
        let odd = Self.deployment("dddddddddddd", Self.prefix + "custom-model/x")
        let imported = Self.deployment("eeeeeeeeeeee", Self.model("m4", of: "imported"))
        let catalog = QuotaCatalog(inventory: Inventory(quotas: Self.quotas, deployments: [odd, imported]))
        let missing = Self.prefix + "custom-model-deployment/ffffffffffff"
        for (modelID, reason, words) in [
            (missing, UnmappedReason.unknownDeployment, "bedrock:ListCustomModelDeployments"),
            (odd.arn, .unknownDeployment, "name of dddddddddddd"), (imported.arn, .importedModel, "no quota"),
            (Self.prefix + "imported-model/abc", .importedModel, "no quota"),
        ] {
            let resolution = catalog.resolution(of: modelID)
            #expect(resolution.assignment == .unmapped(reason))
            #expect(resolution.explanation?.contains(words) == true)
        }
    }

    @Test("a base model that AWS lists for customization alone has its deployments' quotas all the same")
    func onlyCustomized() {
        let training = FoundationModel(
            modelID: Self.nova + ":128k", name: "Nova Micro", provider: "Amazon",
            inferenceTypes: ["PROVISIONED"])
        let deployment = Self.deployment("aaaaaaaaaaaa", Self.model("m1"))
        let catalog = QuotaCatalog(
            inventory: Inventory(quotas: Self.quotas, models: [training], deployments: [deployment]))
        #expect(catalog.assignment(of: deployment.arn) == .pool(scope: .customModel, model: Self.nova))
    }

    @Test("an override without a scope gives a base model's deployments a limit, too")
    func override() {
        let deployment = Self.deployment("aaaaaaaaaaaa", Self.model("m1"))
        let catalog = QuotaCatalog(
            inventory: Inventory(deployments: [deployment]),
            overrides: [QuotaOverride(model: Self.nova, limits: [.tokensPerMinute: 7])])
        #expect(catalog.pools == [ScopedModel(scope: .customModel, model: Self.nova)])
        #expect(catalog.assignment(of: deployment.arn) == .pool(scope: .customModel, model: Self.nova))
    }
}
