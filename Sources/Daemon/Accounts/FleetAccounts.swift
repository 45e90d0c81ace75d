import AWSClient
import Configuration
import Polling
import Reading

/// Which accounts a configuration means: those that it names and those that its organization lists.
struct FleetAccounts {
    let factory: AccountFactory

    /// The organization to follow, the one that is followed already where it would be the same; nil for none.
    func organization(
        of configuration: Configuration, after followed: FollowedOrganization?, _ shared: SharedConfig,
        services: @autoclosure () -> OrganizationWatch.Services
    ) throws -> FollowedOrganization? {
        guard let settings = configuration.organization else { return nil }
        let plan = FollowedOrganization.Plan(
            settings: settings, shard: configuration.shard, accounts: configuration.accounts)
        if let followed, try followed.fits(plan, factory, shared) { return followed }
        return try FollowedOrganization(plan, factory, shared, after: followed, services: services())
    }

    /// The accounts of this exporter's shard, set against the fleet that polls.
    func fleetPlan(
        of configuration: Configuration, _ organization: FollowedOrganization?, _ shared: SharedConfig,
        after fleet: Fleet?
    ) throws -> FleetPlan {
        let named = configuration.accounts.filter { configuration.shard.holds($0.shardKey) }
        let found = try organization?.accounts() ?? []
        return try FleetPlan(
            try factory.resolve(named, among: configuration.accounts, shared) + found, after: fleet
        ) { account in
            if let session = organization?.session(for: account) { return session }
            return try factory.session(for: account)
        }
    }
}
