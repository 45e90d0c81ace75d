import AWSClient
import Configuration
import Reading
import UsageStore

/// Whose past is read: the accounts that the configuration names, and of its organization those that the daemon has read
/// before. Others have no label yet under which their history could be stored.
struct BackfillAccounts {
    private let configuration: Configuration
    private let factory: AccountFactory
    private let shared: SharedConfig
    private let order: BackfillOrder

    /// - Throws: As `SharedConfig.load`.
    init(
        _ configuration: Configuration, _ order: BackfillOrder, environment: AWSEnvironment,
        meter: SpendingMeter
    ) throws {
        self.configuration = configuration
        self.order = order
        factory = AccountFactory(environment: environment, metrics: SelfMetrics(), meter: meter)
        shared = try SharedConfig.load(environment)
    }

    /// Those of this exporter's shard, by what the store knows of the organization.
    ///
    /// - Throws: As `AccountFactory.session`, and `StoreError`.
    func sessions(in store: UsageStore) async throws -> [AccountSession] {
        let named = configuration.accounts.filter { configuration.shard.holds($0.shardKey) }
        return try factory.resolve(named, among: configuration.accounts, shared).map(factory.session)
            + (try await found(in: store))
    }

    private func found(in store: UsageStore) async throws -> [AccountSession] {
        guard let settings = configuration.organization else { return [] }
        let members = try await store.organization([OrganizationMember].self)?.list ?? []
        let readable = members.filter { member in
            member.isListed && member.hasWorked && !member.isConfigured
                && configuration.shard.holds(member.id) && wants(member)
        }
        if readable.isEmpty, order.account == nil {
            Output.error(
                "The accounts of organization are left out: none was read by the daemon with this store so far"
            )
        }
        guard !readable.isEmpty else { return [] }
        let connections = try OrganizationConnections(
            settings, among: configuration.accounts, factory, shared)
        return try readable.map(connections.session)
    }

    private func wants(_ member: OrganizationMember) -> Bool {
        order.account.map { $0 == member.label || $0 == member.id } ?? true
    }
}
