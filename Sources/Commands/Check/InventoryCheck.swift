import AWSClient
import QuotaModel
import Reading
import System

/// Tries the lists that quotas are found by, and what else the account's own rights give of a Region.
struct InventoryCheck {
    let session: AccountSession
    let region: String
    let now: @Sendable () -> Double
    let report: CheckReport

    private var bedrock: BedrockClient { session.bedrock(region) }

    /// The lists of the account itself.
    func own(_ modelIDs: [String]) async -> Inventory {
        var inventory = Inventory()
        inventory.quotas = await quotas()
        inventory.profiles =
            await report.count("\(region) bedrock:ListInferenceProfiles", "profiles") {
                try await bedrock.listInferenceProfiles()
            } ?? []
        inventory.models =
            await report.count("\(region) bedrock:ListFoundationModels", "models") {
                try await bedrock.listFoundationModels()
            } ?? []
        if modelIDs.contains(where: ModelID.isCustomModelDeployment) {
            inventory.deployments = await deployments()
        }
        await checkBatchJobs()
        await LoggingCheck(session: session, region: region, now: now(), report: report.tell).run()
        return inventory
    }

    /// What AWS says of every account, where a linked one cannot be asked itself.
    func shared() async -> Inventory {
        let subject = "\(region) servicequotas:ListAWSDefaultServiceQuotas"
        let shared = await report.attempt(subject) { try await session.sharedInventory(region, now: now()) }
        guard let shared else { return Inventory() }
        let through = session.monitoring?.name ?? ""
        report.ok(
            subject,
            "\(shared.quotas.count) default quotas, \(shared.models.count) models and "
                + "\(shared.profiles.count) profiles through \(through)")
        return shared
    }

    /// The quotas as polling would know them: none, unless both lists can be read.
    private func quotas() async -> [ListedQuota] {
        let client = session.serviceQuotas(region)
        let items = "quotas of Bedrock"
        let applied = await report.count("\(region) servicequotas:ListServiceQuotas", items) {
            try await client.listAppliedQuotas()
        }
        let defaults = await report.count("\(region) servicequotas:ListAWSDefaultServiceQuotas", items) {
            try await client.listDefaultQuotas()
        }
        guard let applied, let defaults else { return [] }
        return ServiceQuotasClient.merge(defaults: defaults, applied: applied)
    }

    /// The custom model deployments; without the rights to list them only their model IDs have no quota.
    private func deployments() async -> [CustomModelDeployment] {
        let bases = await report.count("\(region) bedrock:ListCustomModels", "custom models", orElse: .warn) {
            try await bedrock.listCustomModelBases()
        }
        let subject = "\(region) bedrock:ListCustomModelDeployments"
        return await report.count(subject, "deployments", orElse: .warn) {
            try await bedrock.listCustomModelDeployments(bases: bases ?? [:])
        } ?? []
    }

    /// One profile tells whether tags may be read. Without them labels are empty and all else works.
    func checkTags(_ profiles: [InferenceProfile]) async {
        guard !session.profileTags.isEmpty else { return }
        let subject = "\(region) bedrock:ListTagsForResource"
        guard let profile = profiles.first(where: { $0.arn != nil }), let arn = profile.arn else {
            return report.ok(subject, "no application inference profile has traffic")
        }
        do {
            let tags = try await bedrock.listTags(ofResource: arn)
            let found = session.profileTags.map(\.key).filter { tags[$0] != nil }
            let name = VisibleText.escaped(ModelIDName.phrase(profile.id, name: profile.givenName))
            report.ok(
                subject,
                "\(name) has \(found.isEmpty ? "none of the tags" : "the tags " + found.joined(separator: ", "))"
            )
        } catch {
            let labels = session.profileTags.map(\.label).joined(separator: ", ")
            report.warn(subject, "\(labels) stay empty: \(error)")
        }
    }

    /// The right to list them is optional.
    private func checkBatchJobs() async {
        let subject = "\(region) bedrock:ListModelInvocationJobs"
        let start = now() - Double(BatchJobsReader.listedDays) * 86_400
        do throws(AWSError) {
            let jobs = try await bedrock.listBatchJobs(submittedAfter: start)
            let inFlight = jobs.count { $0.status.isInFlight }
            report.ok(
                subject,
                "\(jobs.count) batch jobs of the last \(BatchJobsReader.listedDays) days, \(inFlight) in flight"
            )
        } catch {
            report.warn(subject, "batch jobs stay unknown, all else works without this right: \(error)")
        }
    }
}
