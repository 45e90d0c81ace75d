import Testing

@testable import QuotaModel

@Suite("Batch jobs")
struct BatchJobsTests {
    private static let haiku = "anthropic.claude-haiku-4-5-20251001-v1:0"
    private static let titan = "amazon.titan-embed-image-v1"

    private func catalog(
        _ quotas: [(String, String, Double)] = [], overrides: [QuotaOverride] = []
    ) throws -> QuotaCatalog {
        var inventory = try Fixture.inventory()
        inventory.quotas = quotas.map { Fixture.quota($0.0, $0.1, applied: $0.2) }
        inventory.profiles.append(
            Fixture.application("q7x2m9k4v1zd", model: Self.haiku, regions: ["us-east-1", "us-west-2"]))
        return QuotaCatalog(inventory: inventory, overrides: overrides, account: "prod", region: "us-east-1")
    }

    private func jobs(_ modelID: String, _ statuses: BatchJob.Status...) -> [BatchJob] {
        statuses.map { BatchJob(modelID: modelID, status: $0) }
    }

    @Test(
        "of the quotas of batch inference those of jobs are read, double spaces, periods and all",
        arguments: [
            (
                "Sum of in-progress and submitted batch inference jobs using a base model for Claude Sonnet 4.5.",
                QuotaKind.batchJobs, "Claude Sonnet 4.5"
            ),
            (
                "Sum of in-progress and submitted  batch inference jobs using a base model  for Qwen3 Next 80B",
                .batchJobs, "Qwen3 Next 80B"
            ),
            (
                "Sum of in-progress and submitted batch inference jobs using a custom model for Titan Multimodal Embeddings G1",
                .customModelBatchJobs, "Titan Multimodal Embeddings G1"
            ),
        ])
    func names(text: String, kind: QuotaKind, label: String) throws {
        let name = try QuotaName(text)
        #expect(name.uses == [QuotaName.Use(.batch, kind)] && name.label == label)
    }

    @Test(
        "the sizes of a job, and a name that states no model, are no quota of jobs",
        arguments: [
            "Records per batch inference job for Claude Opus 4.5",
            "Minimum number of records per batch inference job for GLM 4.7 Flash",
            "Batch inference job size  (in GB) for Qwen3 Next 80B",
            "Sum of in-progress and submitted batch inference jobs using a base model for .",
            "Sum of batch inference jobs using a base model for Claude Sonnet 4.5",
        ])
    func otherNames(text: String) {
        #expect(throws: QuotaNameRefusal.batch) { try QuotaName(text) }
    }

    @Test(
        "a quota of jobs joins its model in a scope of its own, and no model ID with metrics is of that scope"
    )
    func scope() throws {
        let catalog = try catalog([
            (
                "L-1",
                "Sum of in-progress and submitted batch inference jobs using a base model for Claude Haiku 4.5.",
                100
            )
        ])
        #expect(catalog.pools == [ScopedModel(scope: .batch, model: Self.haiku)])
        let quota = try #require(catalog.quotas(scope: .batch, model: Self.haiku).first)
        #expect(quota.kind == .batchJobs && quota.limit == 100 && quota.code == "L-1" && quota.match == .name)
        for modelID in [Self.haiku, "us." + Self.haiku, "global." + Self.haiku, "q7x2m9k4v1zd"] {
            #expect(catalog.assignment(of: modelID) == .unmapped(.noQuota))
        }
        let others = InferenceScope.allCases.filter { $0 != .batch }
        #expect(others.allSatisfy { catalog.quotas(scope: $0, model: Self.haiku).isEmpty })
    }

    @Test("jobs of every spelling of a model add up, by status; those before their end are in flight")
    func spellings() throws {
        let arn = "arn:aws:bedrock:us-east-1:"
        let all =
            jobs(Self.haiku, .submitted, .completed) + jobs("us." + Self.haiku, .validating)
            + jobs("\(arn):foundation-model/\(Self.haiku)", .scheduled, .failed)
            + jobs("\(arn)1:inference-profile/global.\(Self.haiku)", .inProgress)
            + jobs("\(arn)1:application-inference-profile/q7x2m9k4v1zd", .inProgress, .stopping, .unknown)
        let uses = try catalog([
            (
                "L-1",
                "Sum of in-progress and submitted batch inference jobs using a base model for Claude Haiku 4.5",
                4
            )
        ]).batchUses(of: BatchListing(all, listedAt: 7))
        let use = try #require(uses.first)
        #expect(uses.count == 1 && use.model == Self.haiku && use.jobsInFlight == 5)
        #expect(
            use.jobs == [
                .submitted: 1, .completed: 1, .validating: 1, .scheduled: 1, .failed: 1, .inProgress: 2,
                .stopping: 1, .unknown: 1,
            ])
        let quota = try #require(use.quotas.first)
        #expect(use.quotas.count == 1 && quota.usage == 5 && quota.ratio == 1.25 && quota.source == .jobs)
        #expect(quota.peaks.isEmpty)
    }

    @Test("custom models count against a quota of their own, which is found by the base model in their ARN")
    func customModels() throws {
        let custom = "arn:aws:bedrock:us-east-1:1:custom-model/amazon.titan-embed-image-v1:0:8k/abcdefghijkl"
        let model = "amazon.titan-embed-image-v1:0"
        let limits: [QuotaKind: Double] = [.batchJobs: 10, .customModelBatchJobs: 2]
        let catalog = try catalog(overrides: [QuotaOverride(scope: .batch, model: model, limits: limits)])
        let all = jobs(custom, .inProgress, .submitted, .completed) + jobs(model, .scheduled)
        let uses = catalog.batchUses(of: BatchListing(all, listedAt: 7))
        #expect(uses.map(\.model) == [model] && uses.first?.jobsInFlight == 3)
        #expect(uses.first?.quotas.map(\.quota.kind) == [.batchJobs, .customModelBatchJobs])
        #expect(uses.first?.quotas.map(\.usage) == [1, 2])
        #expect(uses.first?.quotas.map(\.ratio) == [0.1, 1])
    }

    @Test("a model without a quota, and an ID whose model is not known, are shown without one")
    func unknown() throws {
        let uses = try catalog().batchUses(
            of: BatchListing(jobs("82ey7vcct4m3", .submitted) + jobs(Self.titan, .submitted), listedAt: 7))
        #expect(uses.map(\.model) == ["82ey7vcct4m3", Self.titan])
        #expect(uses.allSatisfy { $0.quotas.isEmpty && $0.jobsInFlight == 1 })
    }

    @Test("a limit of 0 has no ratio")
    func notPermitted() throws {
        let override = QuotaOverride(scope: .batch, model: Self.titan, limits: [.batchJobs: 0])
        let uses = try catalog(overrides: [override]).batchUses(
            of: BatchListing(jobs(Self.titan, .submitted), listedAt: 7))
        #expect(uses.first?.quotas.map(\.usage) == [1] && uses.first?.quotas.first?.ratio == nil)
    }

    @Test("records are those of jobs in flight that state them; what no job states is not zero")
    func records() throws {
        let listing = BatchListing(
            [
                BatchJob(
                    modelID: Self.haiku, status: .inProgress,
                    records: BatchRecords(pending: 70, success: 28, error: 2)),
                BatchJob(
                    modelID: Self.haiku, status: .inProgress,
                    records: BatchRecords(pending: 5, success: .max, error: nil)),
                BatchJob(modelID: Self.haiku, status: .submitted),
                BatchJob(
                    modelID: Self.haiku, status: .completed,
                    records: BatchRecords(pending: 1, success: 1, error: 1)),
                BatchJob(modelID: Self.titan, status: .submitted),
            ], listedAt: 7)
        let uses = try catalog().batchUses(of: listing)
        #expect(listing.jobCount == 5)
        #expect(uses.map(\.model) == [Self.titan, Self.haiku])
        #expect(uses[0].records == BatchRecords())
        #expect(uses[1].records == BatchRecords(pending: 75, success: .max, error: 2))
    }

    @Test("more models than are told apart count together")
    func bound() throws {
        let all = (0..<300).flatMap { jobs("acme.model-\($0)", .submitted) }
        let uses = try catalog().batchUses(of: BatchListing(all, listedAt: 7))
        #expect(uses.count == QuotaCatalog.maximumBatchModels + 1)
        #expect(uses.first { $0.model == QuotaCatalog.otherBatchModels }?.jobsInFlight == 100)
    }
}

@Suite("Lifecycle of models")
struct ModelLifecycleTests {
    @Test("legacy at once, else from so many days before the end on, and after it")
    func ending() {
        let day = 86_400.0
        #expect(ModelLifecycle(isLegacy: true).isEnding(within: 0, now: 0) == true)
        #expect(ModelLifecycle(isLegacy: false).isEnding(within: 90, now: 0) == false)
        let ends = ModelLifecycle(isLegacy: false, endOfLife: 100 * day)
        #expect(ends.isEnding(within: 90, now: 9 * day) == false)
        #expect(ends.isEnding(within: 90, now: 10 * day) == true)
        #expect(ends.isEnding(within: 0, now: 101 * day) == true)
    }

    @Test("Invariant 2: what cannot be read is neither an end nor none")
    func unread() {
        let unread = ModelLifecycle(isLegacy: nil, unread: ["status RETIRED"])
        #expect(unread.isEnding(within: 90, now: 0) == nil && unread.status == nil)
        #expect(
            ModelLifecycle(isLegacy: false, unread: ["endOfLifeTime x"]).isEnding(within: 90, now: 0) == nil)
        // What is known suffices.
        #expect(
            ModelLifecycle(isLegacy: true, unread: ["endOfLifeTime x"]).isEnding(within: 0, now: 0) == true)
        #expect(
            ModelLifecycle(isLegacy: nil, endOfLife: 5, unread: ["status x"]).isEnding(within: 1, now: 0)
                == true)
    }

    @Test("a phrase says what is known and no more")
    func phrase() {
        func phrase(_ lifecycle: ModelLifecycle) -> String { lifecycle.phrase { "day \(Int($0))" } }
        #expect(phrase(ModelLifecycle(isLegacy: false)) == "")
        #expect(phrase(ModelLifecycle(isLegacy: true)) == "legacy")
        #expect(
            phrase(ModelLifecycle(isLegacy: true, legacyFrom: 1, extendedAccessFrom: 2, endOfLife: 3))
                == "legacy since day 1, extended access from day 2, end of life day 3")
        #expect(
            phrase(ModelLifecycle(isLegacy: nil, endOfLife: 3, unread: ["status x"]))
                == "status not known, end of life day 3")
        #expect(
            phrase(ModelLifecycle(isLegacy: true, unread: ["endOfLifeTime x"]))
                == "legacy, other dates not known")
    }

    @Test("a catalog tells it of the models that are listed")
    func catalog() {
        let lifecycle = ModelLifecycle(isLegacy: true, endOfLife: 3)
        let models = [
            FoundationModel(
                modelID: "a.b", name: "B", provider: "A", inferenceTypes: ["ON_DEMAND"], lifecycle: lifecycle),
            FoundationModel(modelID: "a.c", name: "C", provider: "A", inferenceTypes: ["ON_DEMAND"]),
        ]
        let catalog = QuotaCatalog(inventory: Inventory(models: models))
        #expect(catalog.lifecycle(ofModel: "a.b") == lifecycle)
        #expect(catalog.lifecycle(ofModel: "a.c") == nil && catalog.lifecycle(ofModel: "a.d") == nil)
    }
}
