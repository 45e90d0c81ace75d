import Exposition
import QuotaModel
import Reading
import Synchronization
import System
import Web

/// What is known of an organization's accounts at one moment.
struct OrganizationReport: Sendable {
    var shard = AccountShard.whole
    /// Those that are polled.
    var read: [OrganizationMember] = []
    /// Those that are to be polled, and cannot.
    var failing: [(member: OrganizationMember, failure: RoleTrials.Failure)] = []
    /// Those whose role was not tried yet.
    var waiting = 0
    /// Those of other exporters.
    var otherShards = 0
    /// Those that the configuration names itself.
    var configured = 0
    /// Nil where the list is an earlier run's.
    var excluded: Int?
    var inactive: Int?
    /// Unix seconds; nil before the first list.
    var listedAt: Double?
    /// Why the last listing failed; nil after one that succeeded.
    var failure: String?
    /// Whether it is known of every account whether it can be read.
    var isSettled = false

    /// Those that are this exporter's, whether they can be read or not.
    var ofThisShard: Int { read.count + failing.count + waiting }

    /// The organizational units of the accounts that are read, by label; empty where accounts are not found by units.
    var units: [String: FleetUnit] {
        Dictionary(
            read.compactMap { member in
                member.unit.map { (member.label, FleetUnit(id: $0, name: member.unitName)) }
            }, uniquingKeysWith: { first, _ in first })
    }

    /// Failing accounts that a document names.
    private static let mostFailing = 100

    /// In the order of the catalog.
    var families: [MetricFamily] {
        var accounts = MetricFamily(MetricCatalog.accounts)
        let states: [(String, Int?)] = [
            ("read", read.count), ("failing", failing.count), ("waiting", waiting),
            ("other_shard", otherShards), ("configured", configured), ("excluded", excluded),
            ("inactive", inactive),
        ]
        for (state, count) in states where listedAt != nil {
            accounts.add(LabelSet([("state", state)]), count.map(Double.init))
        }
        return [accounts, MetricFamily(MetricCatalog.organizationListed, optional: listedAt)]
    }

    func document(now: Double) -> StatusDocument.Organization {
        StatusDocument.Organization(
            shard: shard.description, listed: Nullable(listedAt.map(JSONDocument.time)),
            listAgeSeconds: Nullable(listedAt.map { max(0, now - $0) }), failure: Nullable(failure),
            read: read.count, failing: failing.count, waiting: waiting, otherShards: otherShards,
            configured: configured, excluded: Nullable(excluded), inactive: Nullable(inactive),
            failingAccounts: failing.prefix(Self.mostFailing).map { member, failure in
                StatusDocument.Organization.Failing(
                    account: member.label, accountId: member.id, failure: failure.reason,
                    since: JSONDocument.time(failure.since), nextTry: JSONDocument.time(failure.retryAt))
            },
            renamedAccounts: read.filter(\.isRenamed).prefix(Self.mostFailing).map { member in
                StatusDocument.Organization.Renamed(
                    account: member.label, accountId: member.id, name: member.name)
            })
    }
}

/// Shared between the watch of one organization, the fleet and the pages.
final class OrganizationBoard: Sendable {
    private let current = Mutex(OrganizationReport())

    var report: OrganizationReport { current.withLock { $0 } }

    func publish(_ report: OrganizationReport) { current.withLock { $0 = report } }
}
