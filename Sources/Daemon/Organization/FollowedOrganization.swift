import AWSClient
import Reading
import Synchronization
import System

/// An organization that the daemon follows: what its accounts share, the watch of them, and the task that runs it.
final class FollowedOrganization: Sendable {
    /// What a configuration says of it: while it stays the same, all goes on.
    struct Plan: Equatable, Sendable {
        let settings: OrganizationSettings
        let shard: AccountShard
        /// Those that the configuration names, which win over found ones.
        let accounts: [AccountSettings]
    }

    let board: OrganizationBoard
    private let plan: Plan
    private let connections: OrganizationConnections
    private let watch: OrganizationWatch
    private let run = Mutex(Run())

    private struct Run {
        var isRestored = false
        var task: Task<Void, Never>?
    }

    /// Throws as `OrganizationConnections`.
    init(
        _ plan: Plan, _ factory: AccountFactory, _ shared: SharedConfig, after old: FollowedOrganization?,
        services: OrganizationWatch.Services
    ) throws {
        self.plan = plan
        let connections = try OrganizationConnections(
            plan.settings, among: plan.accounts, factory, shared, after: old?.connections)
        self.connections = connections
        board = services.board
        watch = OrganizationWatch(
            plan.settings, shard: plan.shard,
            reserved: Set(plan.accounts.compactMap { $0.name ?? $0.knownID }),
            reservedIDs: Set(plan.accounts.compactMap(\.knownID)),
            source: OrganizationWatch.Source(
                list: { try await connections.list() },
                ownID: { try await connections.ownID() },
                listedIDs: { [accounts = plan.accounts, log = services.log] in
                    await Self.ids(of: accounts, connections, log)
                },
                check: { try await connections.check($0) },
                keep: { connections.keep($0) }),
            services: services)
    }

    /// Whether the same plan and AWS configuration would make the same.
    func fits(_ plan: Plan, _ factory: AccountFactory, _ shared: SharedConfig) throws -> Bool {
        try plan == self.plan && connections.fits(plan.settings, among: plan.accounts, factory, shared)
    }

    /// Takes up the stored list, once.
    func restore() async {
        let isFirst = run.withLock { run in
            defer { run.isRestored = true }
            return !run.isRestored
        }
        if isFirst { await watch.restore() }
    }

    /// Follows from now on, unless it does already.
    func start() {
        run.withLock { run in
            guard run.task == nil else { return }
            run.task = Task { [watch] in await watch.run() }
        }
    }

    func stop() async {
        let task = run.withLock { $0.task }
        task?.cancel()
        await task?.value
    }

    /// Those that can be read now.
    func accounts() throws -> [ResolvedAccount] { try board.report.read.map(connections.account) }

    /// The session of a found account; nil for one of the configuration.
    func session(for account: ResolvedAccount) -> AccountSession? { connections.session(for: account) }

    /// The IDs of the configuration's accounts as far as they are known: of those without a role AWS is asked.
    private static func ids(
        of accounts: [AccountSettings], _ connections: OrganizationConnections, _ log: Log
    ) async -> Set<String> {
        var ids = Set(accounts.compactMap(\.knownID))
        for account in accounts where account.knownID == nil {
            do {
                ids.insert(try await connections.id(of: account))
            } catch {
                // Whoever has no credentials for it reads nothing of it either; asked again with the next list.
                log.debug("The ID of an account is not known", ["error": String(describing: error)])
            }
        }
        return ids
    }
}
