import Testing

@testable import QuotaModel

/// Model IDs with traffic whose models AWS does not list yet.
@Suite struct DerivedModelsTests {
    private static let tokens = "Global cross-region model inference tokens per minute for "

    private func catalog(_ labels: [String], observed: [String], models: [FoundationModel] = [])
        -> QuotaCatalog
    {
        let quotas = labels.enumerated().map {
            Fixture.quota("L-FFFFFFF\($0.offset)", Self.tokens + $0.element)
        }
        return QuotaCatalog(inventory: Inventory(quotas: quotas, models: models), observed: observed)
    }

    @Test(
        "an ID is matched by its words, its prefix, date and first version taken away",
        arguments: [
            "global.anthropic.claude-sonnet-5-5", "global.anthropic.claude-sonnet-5-5-20270115-v1:0",
            "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/global.anthropic.claude-sonnet-5-5",
        ])
    func derived(modelID: String) throws {
        let model = try #require(ModelID(modelID).model)
        let catalog = catalog(
            ["Anthropic Claude Sonnet 5.5", "Anthropic Claude Sonnet 5"], observed: [modelID])
        #expect(catalog.assignment(of: modelID) == .pool(scope: .global, model: model))
        let quotas = catalog.quotas(scope: .global, model: model)
        #expect(quotas.map(\.code) == ["L-FFFFFFF0"] && quotas.map(\.match) == [.derived])
        #expect(catalog.unmatched.map(\.quota.code) == ["L-FFFFFFF1"])
    }

    @Test(
        "what is not equal word by word stays unmapped",
        arguments: [
            "Anthropic Claude Sonnet 5", "Anthropic Claude Sonnet", "Anthropic Claude 5.5 Sonnet",
            "Anthropic Claude Sonnet 5.5 V2", "Amazon Claude Sonnet 5.5", "Anthropic Claude Sonnet 55",
            "Anthropic Claude Sonnet 5.5 Fast", "Anthropic Claude Sonnet 5.5 1M Context Length",
        ])
    func near(label: String) {
        let modelID = "global.anthropic.claude-sonnet-5-5"
        #expect(catalog([label], observed: [modelID]).assignment(of: modelID) == .unmapped(.noQuota))
    }

    @Test("two observed models with the same words leave the quota to neither")
    func ambiguous() {
        let modelIDs = [
            "global.anthropic.claude-sonnet-5-5-20270115-v1:0", "global.anthropic.claude-sonnet-5-5",
        ]
        let catalog = catalog(["Anthropic Claude Sonnet 5.5"], observed: modelIDs)
        for modelID in modelIDs { #expect(catalog.assignment(of: modelID) == .unmapped(.ambiguous)) }
    }

    @Test("a listed model keeps its quota from an observed one of the same words")
    func listedFirst() {
        let listed = FoundationModel(
            modelID: "anthropic.claude-sonnet-5-5-20270115-v1:0", name: "Claude Sonnet 5.5",
            provider: "Anthropic",
            inferenceTypes: ["INFERENCE_PROFILE"])
        let stranger = "global.anthropic.claude-sonnet-5-5"
        let catalog = catalog(["Anthropic Claude Sonnet 5.5"], observed: [stranger], models: [listed])
        #expect(catalog.quotas(scope: .global, model: listed.modelID).map(\.match) == [.name])
        #expect(catalog.assignment(of: stranger) == .unmapped(.noQuota))
    }

    /// The codes are invented, so that the table of known codes has no part in it; the truth is the reviewed mapping.
    @Test("each model of us-east-1 taken out of the lists in turn finds its own quotas again or none")
    func takenOut() throws {
        let whole = try Fixture.inventory()
        let truth = owners(in: QuotaCatalog(inventory: whole), of: whole.quotas)
        var quotas = whole.quotas
        for index in quotas.indices {
            let quota = quotas[index]
            quotas[index] = Fixture.quota("X-\(quota.code)", quota.name, applied: quota.appliedValue)
        }
        var counts = (right: 0, derived: 0, unmapped: 0, wrong: 0)
        for model in Set(truth.values).sorted() {
            let inventory = Inventory(
                quotas: quotas, models: whole.models.filter { $0.modelID != model },
                profiles: whole.profiles.filter { SystemProfile($0)?.model != model })
            let catalog = QuotaCatalog(
                inventory: inventory, observed: ["global.\(model)", "us.\(model)", model])
            let found = owners(in: catalog, of: quotas)
            for (code, owner) in truth where owner == model {
                switch found["X-\(code)"] {
                case model:
                    counts.right += 1
                    let uses = catalog.pools.flatMap { catalog.quotas(scope: $0.scope, model: $0.model) }
                    if uses.contains(where: { $0.code == "X-\(code)" && $0.match == .derived }) {
                        counts.derived += 1
                    }
                case nil: counts.unmapped += 1
                case _: counts.wrong += 1
                }
            }
            for (code, owner) in truth where owner != model {
                if let other = found["X-\(code)"], other != owner { counts.wrong += 1 }
            }
        }
        #expect([counts.right, counts.derived, counts.unmapped, counts.wrong] == [276, 247, 43, 0])
    }

    /// The model that each code belongs to.
    private func owners(in catalog: QuotaCatalog, of quotas: [ListedQuota]) -> [String: String] {
        var owners: [String: String] = [:]
        for pool in catalog.pools {
            for quota in catalog.quotas(scope: pool.scope, model: pool.model) {
                if let code = quota.code { owners[code] = pool.model }
            }
        }
        return owners
    }
}
