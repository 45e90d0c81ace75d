import QuotaModel
import TestBench
import Testing

@testable import UsageStore

@Suite("Series, quotas and AWS's lists")
struct CatalogTests {
    let folder: TestFolder
    let store: UsageStore

    init() throws {
        folder = try TestFolder()
        store = try UsageStore.open(path: folder.database)
    }

    private func item(
        _ limit: Double, _ kind: QuotaKind = .tokensPerMinute, model: String = "m",
        source: LimitSource = .applied,
        code: String? = "L-1"
    ) -> PoolQuota {
        PoolQuota(
            scope: .global, model: model, quota: Quota(kind: kind, limit: limit, source: source, code: code))
    }

    private func note(_ quotas: [PoolQuota], at time: Int) async throws -> Int {
        try await store.recordQuotas(account: account, region: region, quotas, at: time)
    }

    private func quotas(at time: Int? = nil) async throws -> [PoolQuota] {
        try await store.quotas(account: account, region: region, at: time)
    }

    @Test("Model IDs once seen are remembered, their metrics too, per account and Region")
    func remembered() async throws {
        try await store.rememberSeries(
            account: account, region: region, ["a": ["Invocations"], "b": ["InputTokenCount"]], at: 100)
        try await store.rememberSeries(account: account, region: region, ["a": ["OutputTokenCount"]], at: 200)
        try await store.rememberSeries(account: account, region: "us-east-1", ["z": []], at: 200)
        #expect(
            try await store.knownSeries(account: account, region: region) == [
                "a": ["Invocations", "OutputTokenCount"], "b": ["InputTokenCount"],
            ])
        #expect(try await store.knownSeries(account: account, region: "us-east-1") == ["z": []])
        #expect(try await store.knownSeries(account: "dev", region: region).isEmpty)
        #expect(
            try await store.rows("SELECT model_id, first_seen, last_seen FROM series ORDER BY model_id")
                == ["a|100|200", "b|100|100", "z|200|200"])
    }

    @Test("The lifecycle of models is kept with AWS's lists, and lists that were kept without it are read")
    func lifecycles() async throws {
        let lifecycle = ModelLifecycle(
            isLegacy: true, legacyFrom: 1, extendedAccessFrom: nil, endOfLife: 1_797_292_800.5)
        let unread = ModelLifecycle(isLegacy: nil, unread: ["status RETIRED"])
        let models = [unread, lifecycle, nil].map {
            FoundationModel(modelID: "a.b", name: "B", provider: "A", inferenceTypes: [], lifecycle: $0)
        }
        let inventory = Inventory(models: models)
        try await store.saveInventory(account: account, region: region, inventory, at: 100)
        #expect(try await store.inventory(account: account, region: region)?.inventory == inventory)
        let kept = try await store.rows("SELECT json FROM inventory WHERE kind = 'models'")
        #expect(kept.first?.hasSuffix(#""modelName":"B","providerName":"A"}]"#) == true)
        #expect(kept.first?.contains("modelLifecycle\":null") == false)
    }

    @Test("Noting the same series at the same time again, or at an earlier one, writes nothing")
    func rememberedTwice() async throws {
        try await store.rememberSeries(account: account, region: region, ["a": ["Invocations"]], at: 100)
        let before = try await store.totalChanges()
        for time in [100, 50] {
            try await store.rememberSeries(account: account, region: region, ["a": ["Invocations"]], at: time)
        }
        #expect(try await store.totalChanges() == before)
    }

    @Test("Pools are written beside known series, changed and taken away; unknown series are not made")
    func assignments() async throws {
        try await store.rememberSeries(account: account, region: region, ["a": [], "b": []], at: 1)
        let sql = "SELECT model_id, scope, model FROM series ORDER BY model_id"
        let pool = ScopedModel(scope: .crossRegion, model: "anthropic.x")
        try await store.recordAssignments(account: account, region: region, ["a": pool, "b": nil, "c": pool])
        #expect(try await store.rows(sql) == ["a|cross_region|anthropic.x", "b|NULL|NULL"])
        let before = try await store.totalChanges()
        try await store.recordAssignments(account: account, region: region, ["a": pool, "b": nil])
        #expect(try await store.totalChanges() == before)
        try await store.recordAssignments(account: account, region: region, ["a": nil, "b": pool])
        #expect(try await store.rows(sql) == ["a|NULL|NULL", "b|cross_region|anthropic.x"])
    }

    @Test("Names are written beside known series, and one that is listed no more keeps its last")
    func names() async throws {
        try await store.rememberSeries(account: account, region: region, ["a": [], "b": []], at: 1)
        let sql = "SELECT model_id, profile_name FROM series ORDER BY model_id"
        try await store.recordAssignments(
            account: account, region: region, [:], names: ["a": "agent", "c": "nobody"])
        #expect(try await store.rows(sql) == ["a|agent", "b|NULL"])
        let before = try await store.totalChanges()
        try await store.recordAssignments(account: account, region: region, [:], names: ["a": "agent"])
        try await store.recordAssignments(account: account, region: region, [:])
        #expect(try await store.totalChanges() == before)
        try await store.recordAssignments(account: account, region: region, [:], names: ["a": "new"])
        #expect(try await store.rows(sql) == ["a|new", "b|NULL"])
    }

    @Test("A past time has the quota of its day; an unchanged list makes no rows")
    func quotaHistory() async throws {
        #expect(try await note([item(100), item(5, .requestsPerMinute)], at: 1_000) == 2)
        #expect(try await note([item(100), item(5, .requestsPerMinute)], at: 2_000) == 0)
        #expect(try await note([item(200), item(5, .requestsPerMinute)], at: 3_000) == 1)
        #expect(try await quotas() == [item(5, .requestsPerMinute), item(200)])
        #expect(try await quotas(at: 3_000) == [item(5, .requestsPerMinute), item(200)])
        #expect(try await quotas(at: 2_999) == [item(5, .requestsPerMinute), item(100)])
        #expect(try await quotas(at: 999).isEmpty)
        #expect(try await store.quotas(account: account, region: "us-east-1").isEmpty)
    }

    @Test(
        "Value, source and code each make a change",
        arguments: [
            (101.0, LimitSource.applied, String?.some("L-1")), (100, .default, "L-1"), (100, .applied, "L-2"),
            (100, .override, nil),
        ])
    func quotaChange(limit: Double, source: LimitSource, code: String?) async throws {
        #expect(try await note([item(100)], at: 1) == 1)
        let changed = item(limit, source: source, code: code)
        #expect(try await note([changed], at: 2) == 1)
        #expect(try await quotas() == [changed])
    }

    @Test("Removal is recorded, and a return after it; zero is a limit, not a removal")
    func quotaRemoval() async throws {
        #expect(try await note([item(0)], at: 1) == 1)
        #expect(try await note([], at: 2) == 1)
        #expect(try await note([], at: 3) == 0)
        #expect(try await quotas().isEmpty)
        #expect(try await quotas(at: 1) == [item(0)])
        #expect(try await note([item(7.5)], at: 4) == 1)
        let changes = try await store.quotaChanges(account: account, region: region)
        #expect(changes.map(\.seenFrom) == [1, 2, 4])
        #expect(changes.map { $0.quota?.limit } == [0, nil, 7.5])
    }

    @Test("A clock that went back hides no change")
    func clockBack() async throws {
        #expect(try await note([item(100)], at: 1_000) == 1)
        #expect(try await note([item(200)], at: 500) == 1)
        #expect(try await quotas() == [item(200)])
        #expect(try await note([item(300)], at: 1_001) == 1)
        #expect(try await quotas() == [item(300)])
    }

    @Test("Text in the quota table that no version wrote is reported, not skipped")
    func unknownQuotaText() async throws {
        #expect(try await note([item(100)], at: 1) == 1)
        _ = try await store.rows("UPDATE quota_values SET scope = 'lunar'")
        let error = try await storeError { _ = try await quotas() }
        #expect(error.cause == .unusableValue)
        #expect(error.reason == "table quota_values holds scope \"lunar\", which this program does not know")
    }

    private let inventory = Inventory(
        quotas: [
            ListedQuota(
                code: "L-1", name: "On-demand model \"tokens\" / minute", appliedValue: 0.5,
                defaultValue: nil,
                isAdjustable: true),
            ListedQuota(
                code: "L-2", name: "é\n", appliedValue: nil, defaultValue: 9_007_199_254_740_991,
                isAdjustable: false),
        ],
        models: [FoundationModel(modelID: "a.b", name: "B", provider: "A", inferenceTypes: ["ON_DEMAND"])],
        profiles: [
            InferenceProfile(
                id: "us.a.b", name: "US B", kind: .systemDefined, modelARNs: ["arn:aws:x", "arn:aws:y"]),
            InferenceProfile(
                id: "x1", name: "App", kind: .application, modelARNs: [], arn: "arn:aws:z",
                tags: ["team": "a", "app": ""]),
        ],
        deployments: [
            CustomModelDeployment(
                arn: "arn:d", name: "tickets", modelARN: "arn:m", baseModel: "amazon.nova-lite-v1:0"),
            CustomModelDeployment(arn: "arn:e", name: "", modelARN: "arn:n", baseModel: nil),
        ])

    @Test("AWS's lists come back as kept, the newest in place of the older, per account and Region")
    func inventories() async throws {
        #expect(try await store.inventory(account: account, region: region) == nil)
        try await store.saveInventory(account: account, region: region, Inventory(), at: 1)
        #expect(
            try await store.inventory(account: account, region: region)
                == StoredInventory(inventory: Inventory(), fetchedAt: 1, quotasListedAt: 1))
        try await store.saveInventory(account: account, region: region, inventory, at: 2)
        #expect(
            try await store.inventory(account: account, region: region)
                == StoredInventory(inventory: inventory, fetchedAt: 2, quotasListedAt: 2))
        #expect(try await store.inventory(account: "dev", region: region) == nil)
        #expect(
            try await store.rows("SELECT json ->> '$[0].quotaCode' FROM inventory WHERE kind = 'quotas'") == [
                "L-1"
            ])
    }

    @Test("A store of before custom model deployments has none")
    func olderInventory() async throws {
        try await store.saveInventory(account: account, region: region, inventory, at: 2)
        _ = try await store.rows("DELETE FROM inventory WHERE kind = 'deployments'")
        var older = inventory
        older.deployments = []
        #expect(try await store.inventory(account: account, region: region)?.inventory == older)
    }

    @Test("Kept lists that are no longer readable are reported without their content")
    func unreadableInventory() async throws {
        try await store.saveInventory(account: account, region: region, inventory, at: 2)
        for json in [
            "", "{", "[{}]",
            "[{\"inferenceProfileId\":\"x\",\"inferenceProfileName\":\"x\",\"type\":\"MOON\",\"modelArns\":[]}]",
        ] {
            _ = try await store.rows("UPDATE inventory SET json = '\(json)' WHERE kind = 'profiles'")
            let error = try await storeError {
                _ = try await store.inventory(account: account, region: region)
            }
            #expect(error.cause == .unusableValue)
            #expect(error.reason.hasPrefix("list of profiles: "))
        }
    }

    @Test("A list of more than 8 MB is refused and the one before it stays")
    func hugeInventory() async throws {
        try await store.saveInventory(account: account, region: region, inventory, at: 2)
        var huge = inventory
        let name = String(repeating: "x", count: 9 * 1_048_576)
        huge.models.append(FoundationModel(modelID: "a", name: name, provider: "A", inferenceTypes: []))
        let error = try await storeError {
            try await store.saveInventory(account: account, region: region, huge, at: 3)
        }
        #expect(error.cause == .unusableValue)
        #expect(
            try await store.inventory(account: account, region: region)
                == StoredInventory(inventory: inventory, fetchedAt: 2, quotasListedAt: 2))
    }
}
