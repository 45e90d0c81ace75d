import FoundationEssentials
import QuotaModel
import SQLite

/// AWS's last lists as they were stored.
package struct StoredInventory: Equatable, Sendable {
    package let inventory: Inventory
    /// When AWS was asked, Unix seconds: for the list that is oldest, and for the quotas.
    package let fetchedAt: Int
    package let quotasListedAt: Int
}

/// Table `inventory`: AWS's last lists as JSON, so that a restart works while AWS's lists fail.
struct InventoryArchive {
    private enum Kind: String {
        case quotas
        case models
        case profiles
        /// Missing where there were none.
        case deployments
        /// Of no single account and Region.
        case organization
    }

    private let database: Database
    private let account: String
    private let region: String

    init(_ database: Database, account: String, region: String) {
        self.database = database
        self.account = account
        self.region = region
    }

    func save(_ inventory: Inventory, at time: Int, quotasAt: Int) throws(StoreError) {
        try save(inventory.quotas.map(QuotaJSON.init), as: .quotas, at: quotasAt)
        try save(inventory.models.map(ModelJSON.init), as: .models, at: time)
        try save(inventory.profiles.map(ProfileJSON.init), as: .profiles, at: time)
        try save(inventory.deployments.map(DeploymentJSON.init), as: .deployments, at: time)
    }

    /// AWS was asked for the quotas and said the same as before.
    func noteQuotaListing(at time: Int) throws(StoreError) {
        try database.run(
            "UPDATE inventory SET fetched_at = ?4 WHERE account = ?1 AND region = ?2 AND kind = ?3",
            [.text(account), .text(region), .text(Kind.quotas.rawValue), .integer(time)])
    }

    /// Nil when none was saved.
    func read() throws(StoreError) -> StoredInventory? {
        guard let quotas = try read([QuotaJSON].self, .quotas),
            let models = try read([ModelJSON].self, .models),
            let profiles = try read([ProfileJSON].self, .profiles)
        else { return nil }
        let kept = try values(profiles.list)
        return StoredInventory(
            inventory: Inventory(
                quotas: quotas.list.map(\.value), models: models.list.map(\.value), profiles: kept,
                deployments: try read([DeploymentJSON].self, .deployments)?.list.map(\.value) ?? []),
            fetchedAt: min(quotas.fetchedAt, models.fetchedAt, profiles.fetchedAt),
            quotasListedAt: quotas.fetchedAt)
    }

    /// The profiles alone, with their tags; none when none were saved.
    func profiles() throws(StoreError) -> [InferenceProfile] {
        try values(try read([ProfileJSON].self, .profiles)?.list ?? [])
    }

    private func values(_ profiles: [ProfileJSON]) throws(StoreError) -> [InferenceProfile] {
        var kept: [InferenceProfile] = []
        for profile in profiles {
            guard let value = profile.value else {
                throw unusable(.profiles, "unknown type \"\(profile.type)\"")
            }
            kept.append(value)
        }
        return kept
    }

    /// Of an archive without account and Region.
    func saveOrganization(_ list: some Encodable, at time: Int) throws(StoreError) {
        try save(list, as: .organization, at: time)
    }

    /// Nil when none was saved.
    func readOrganization<List: Decodable>(
        _ type: List.Type
    ) throws(StoreError) -> (list: List, fetchedAt: Int)? {
        try read(type, .organization)
    }

    private func save(_ list: some Encodable, as kind: Kind, at time: Int) throws(StoreError) {
        let json: Data
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            json = try encoder.encode(list)
        } catch {
            throw unusable(kind, "\(error)")
        }
        guard json.count <= StoreLimits.inventoryBytes else {
            throw unusable(kind, "\(json.count) bytes, more than \(StoreLimits.inventoryBytes)")
        }
        try database.run(
            "REPLACE INTO inventory (account, region, kind, fetched_at, json) VALUES (?1, ?2, ?3, ?4, ?5)",
            [
                .text(account), .text(region), .text(kind.rawValue), .integer(time),
                .text(String(decoding: json, as: UTF8.self)),
            ])
    }

    private func read<List: Decodable>(
        _ type: List.Type, _ kind: Kind
    ) throws(StoreError) -> (list: List, fetchedAt: Int)? {
        let row = try database.first(
            "SELECT json, fetched_at FROM inventory WHERE account = ?1 AND region = ?2 AND kind = ?3",
            [.text(account), .text(region), .text(kind.rawValue)]
        ) { (json: $0.text(0), fetchedAt: $0.integer(1)) }
        guard let row else { return nil }
        do {
            return (try JSONDecoder().decode(type, from: Data(row.json.utf8)), row.fetchedAt)
        } catch {
            throw unusable(kind, "not the expected JSON")
        }
    }

    private func unusable(_ kind: Kind, _ reason: String) -> StoreError {
        StoreError(
            cause: .unusableValue, attempt: "store or read AWS's lists", path: database.path,
            reason: "list of \(kind.rawValue): \(reason)")
    }
}

// MARK: The JSON, with AWS's names where AWS has one

private struct QuotaJSON: Codable {
    let quotaCode: String
    let quotaName: String
    let appliedValue: Double?
    let defaultValue: Double?
    let adjustable: Bool

    init(_ quota: ListedQuota) {
        quotaCode = quota.code
        quotaName = quota.name
        appliedValue = quota.appliedValue
        defaultValue = quota.defaultValue
        adjustable = quota.isAdjustable
    }

    var value: ListedQuota {
        ListedQuota(
            code: quotaCode, name: quotaName, appliedValue: appliedValue, defaultValue: defaultValue,
            isAdjustable: adjustable)
    }
}

private struct ModelJSON: Codable {
    let modelId: String
    let modelName: String
    let providerName: String
    let inferenceTypesSupported: [String]
    /// Missing where AWS says nothing of it, and in what was kept before it was read.
    let modelLifecycle: LifecycleJSON?

    init(_ model: FoundationModel) {
        modelId = model.modelID
        modelName = model.name
        providerName = model.provider
        inferenceTypesSupported = model.inferenceTypes
        modelLifecycle = model.lifecycle.map(LifecycleJSON.init)
    }

    var value: FoundationModel {
        FoundationModel(
            modelID: modelId, name: modelName, provider: providerName,
            inferenceTypes: inferenceTypesSupported, lifecycle: modelLifecycle?.value)
    }
}

/// Times in Unix seconds.
private struct LifecycleJSON: Codable {
    let isLegacy: Bool?
    let legacyTime: Double?
    let publicExtendedAccessTime: Double?
    let endOfLifeTime: Double?
    /// Missing when there is none.
    let unread: [String]?

    init(_ lifecycle: ModelLifecycle) {
        isLegacy = lifecycle.isLegacy
        legacyTime = lifecycle.legacyFrom
        publicExtendedAccessTime = lifecycle.extendedAccessFrom
        endOfLifeTime = lifecycle.endOfLife
        unread = lifecycle.unread.isEmpty ? nil : lifecycle.unread
    }

    var value: ModelLifecycle {
        ModelLifecycle(
            isLegacy: isLegacy, legacyFrom: legacyTime, extendedAccessFrom: publicExtendedAccessTime,
            endOfLife: endOfLifeTime, unread: unread ?? [])
    }
}

private struct ProfileJSON: Codable {
    let inferenceProfileId: String
    let inferenceProfileName: String
    let type: String
    let modelArns: [String]
    let inferenceProfileArn: String?
    let tags: [String: String]?

    init(_ profile: InferenceProfile) {
        inferenceProfileId = profile.id
        inferenceProfileName = profile.name
        type = profile.kind.rawValue
        modelArns = profile.modelARNs
        inferenceProfileArn = profile.arn
        tags = profile.tags
    }

    /// Nil for a type that this program does not know.
    var value: InferenceProfile? {
        InferenceProfile.Kind(rawValue: type).map {
            InferenceProfile(
                id: inferenceProfileId, name: inferenceProfileName, kind: $0, modelARNs: modelArns,
                arn: inferenceProfileArn, tags: tags)
        }
    }
}

private struct DeploymentJSON: Codable {
    let customModelDeploymentArn: String
    let customModelDeploymentName: String
    let modelArn: String
    let baseModelId: String?

    init(_ deployment: CustomModelDeployment) {
        customModelDeploymentArn = deployment.arn
        customModelDeploymentName = deployment.name
        modelArn = deployment.modelARN
        baseModelId = deployment.baseModel
    }

    var value: CustomModelDeployment {
        CustomModelDeployment(
            arn: customModelDeploymentArn, name: customModelDeploymentName, modelARN: modelArn,
            baseModel: baseModelId)
    }
}
