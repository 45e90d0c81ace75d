import AWSClient
import HTTPClient
import QuotaModel
import Synchronization
import System

/// What all accounts of an organization share: connections, the credentials below the role, and the list's client. A
/// thousand accounts have one thread and a bounded number of sockets.
package final class OrganizationConnections: Sendable {
    /// What it is made of: while it stays the same, all stays as well.
    private struct Basis: Equatable {
        let organization: OrganizationSettings
        let settings: ProfileSettings
        let shared: SharedConfig
        /// What the account is made of through which metrics are read; empty for none.
        let monitoring: [ResolvedAccount.Basis]

        /// Whether the list is asked for and roles are assumed in the same way.
        func connects(as other: Basis) -> Bool {
            settings == other.settings && shared == other.shared
                && organization.profile == other.organization.profile
                && organization.endpointURL == other.organization.endpointURL
                && organization.regions.first == other.organization.regions.first
        }
    }

    /// The name under which requests are counted that are for no single account.
    package static let accountName = "organization"

    private let factory: AccountFactory
    private let basis: Basis
    private let transport: CurlTransport
    private let base: RotatingCredentials
    private let own: AccountSession
    private let region: String
    /// The account through which metrics are read; nil for none.
    private let monitoring: (account: ResolvedAccount, session: AccountSession)?
    private let sessions = Mutex<[String: Made]>([:])
    /// Of accounts of the configuration, by profile.
    private let others = Mutex<[String?: AccountSession]>([:])

    private struct Made {
        let resolved: ResolvedAccount
        let session: AccountSession
    }

    /// Throws as `AccountFactory.session`, and for a Region of the environment that AWS cannot have.
    ///
    /// - Parameters:
    ///   - accounts: Those of the configuration, among which is the one through which metrics are read.
    ///   - old: Whose connections, credentials and sessions go on where they would be the same, so that changed settings
    ///     neither open more sockets nor assume roles anew.
    package init(
        _ settings: OrganizationSettings, among accounts: [AccountSettings], _ factory: AccountFactory,
        _ shared: SharedConfig, after old: OrganizationConnections? = nil
    ) throws {
        self.factory = factory
        let monitor = try Self.monitoringAccount(settings, accounts, factory, shared)
        monitoring = try monitor.map { ($0, try factory.monitoringSession($0)) }
        basis = Basis(
            organization: settings, settings: try factory.settings(ofProfile: settings.profile),
            shared: shared, monitoring: monitor.map { [$0.basis] } ?? [])
        var account = AccountSettings()
        account.name = Self.accountName
        (account.regions, account.profile) = (settings.regions, settings.profile)
        account.endpointURL = settings.endpointURL
        let resolved = try factory.resolve([account], basis.settings, shared)[0]
        region = resolved.basis.homeRegion
        if let old, old.basis.connects(as: basis) {
            (transport, base, own) = (old.transport, old.base, old.own)
            let (made, others) = (old.sessions.withLock { $0 }, old.others.withLock { $0 })
            sessions.withLock { $0 = made }
            self.others.withLock { $0 = others }
            return
        }
        transport = try factory.transport(basis.settings) {
            $0.maximumConcurrent = OrganizationLimits.concurrentRequests
            $0.maximumConcurrentPerHost = OrganizationLimits.concurrentRequestsPerHost
            $0.maximumIdleConnections = OrganizationLimits.concurrentRequests
        }
        base = factory.base(of: resolved, over: transport)
        own = factory.session(for: resolved, over: transport, base: base)
    }

    /// Whether the same settings would make the same.
    package func fits(
        _ settings: OrganizationSettings, among accounts: [AccountSettings], _ factory: AccountFactory,
        _ shared: SharedConfig
    ) throws -> Bool {
        let monitor = try Self.monitoringAccount(settings, accounts, factory, shared)
        return basis
            == Basis(
                organization: settings, settings: try factory.settings(ofProfile: settings.profile),
                shared: shared, monitoring: monitor.map { [$0.basis] } ?? [])
    }

    private static func monitoringAccount(
        _ settings: OrganizationSettings, _ accounts: [AccountSettings], _ factory: AccountFactory,
        _ shared: SharedConfig
    ) throws -> ResolvedAccount? {
        var found = AccountSettings()
        found.monitoredBy = settings.monitoredBy
        return try factory.monitoringAccount(of: found, among: accounts, shared)
    }

    /// The accounts that the settings ask for.
    package func list() async throws(AWSError) -> OrganizationList {
        let settings = basis.organization
        switch settings.foundBy {
        case .organization:
            return try await OrganizationReader(own.organizations(region), settings).read()
        case .links:
            guard let monitoring else { return OrganizationList([]) }
            let regions = settings.regions.isEmpty ? own.regions : settings.regions
            return try await LinkReader(monitoring.session, regions: regions, excluded: settings.exclude)
                .read()
        }
    }

    /// The ID of the account that the credentials below the role are of.
    package func ownID() async throws -> String { try await own.accountID(region: region) }

    /// The ID of an account of the configuration without a role.
    package func id(of account: AccountSettings) async throws -> String {
        if account.profile == basis.organization.profile { return try await ownID() }
        let settings = try factory.settings(ofProfile: account.profile)
        let resolved = try factory.resolve([account], settings, basis.shared)[0]
        let session = others.withLock { sessions in
            if let session = sessions[account.profile] { return session }
            let made = factory.session(for: resolved, over: transport, base: nil)
            sessions[account.profile] = made
            return made
        }
        return try await session.accountID(region: resolved.basis.homeRegion)
    }

    /// Proves that the account can be read as it is to be. Throws the reason why not.
    package func check(_ member: OrganizationMember) async throws {
        let session = try session(of: member)
        guard session.monitoring == nil else {
            // Whatever its role says: without it limits are AWS's defaults.
            _ = try await session.cloudWatch(region).firstMetrics(
                namespace: UsageSource.runtime.namespace)
            return
        }
        let found = try await session.accountID(region: region)
        guard found == member.id else { throw WrongAccount(found: found) }
    }

    /// The account as the fleet takes it.
    package func account(of member: OrganizationMember) throws -> ResolvedAccount {
        try made(member).resolved
    }

    /// The session that belongs to the account, the one whose role was tried.
    package func session(of member: OrganizationMember) throws -> AccountSession {
        try made(member).session
    }

    /// The session of an account that `account` gave; nil for any other.
    package func session(for account: ResolvedAccount) -> AccountSession? {
        sessions.withLock { sessions in
            let byRole = account.basis.account.knownID.flatMap { sessions[$0] }
            let made = byRole ?? sessions.values.first { $0.resolved.basis == account.basis }
            return made?.resolved.basis == account.basis ? made?.session : nil
        }
    }

    /// Lets the sessions of all other accounts go.
    package func keep(_ ids: Set<String>) {
        sessions.withLock { sessions in sessions = sessions.filter { ids.contains($0.key) } }
    }

    private func made(_ member: OrganizationMember) throws -> Made {
        let account = basis.organization.account(
            member, partition: Partition(region: region))
        let monitor = account.monitoredBy == nil ? nil : monitoring
        let resolved = try factory.resolve(
            [account], basis.settings, basis.shared, monitoring: monitor?.account)[0]
        return sessions.withLock { sessions in
            if let made = sessions[member.id], made.resolved.basis == resolved.basis { return made }
            let made = Made(
                resolved: resolved,
                session: factory.session(
                    for: resolved, over: transport, base: base, monitoring: monitor?.session))
            sessions[member.id] = made
            return made
        }
    }

    private struct WrongAccount: Error, CustomStringConvertible {
        let found: String
        var description: String { "the credentials are of account \(found)" }
    }
}
