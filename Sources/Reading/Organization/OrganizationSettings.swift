import QuotaModel
import System

/// Accounts that an organization lists, instead of a configuration.
package struct OrganizationSettings: Equatable, Sendable {
    /// With its path, without a leading slash; the same in every account.
    package var roleName = "bedrock-quota-monitor"
    /// Sent with the role; not to be shown.
    package var externalID: Secret?
    /// Source Regions of every account, each once; empty for those of the environment.
    package var regions: [String] = []
    /// Roots and organizational units whose accounts are read, those below them included; empty for all accounts.
    package var organizationalUnits: [String] = []
    /// IDs of accounts, and of organizational units with all below them.
    package var exclude: [String] = []
    /// How often the accounts are listed.
    package var refresh = TimeSpan.hours(1)
    /// Whose credentials list the accounts and assume the role; nil for the default credential chain.
    package var profile: String?
    /// Where all services are; nil for AWS's own endpoints.
    package var endpointURL: ServiceURL?
    /// Keys of tags of application inference profiles that become labels, each once.
    package var profileTags: [String] = []

    package init() {}

    /// How the account is read: by the role, or without one where the credentials are its own.
    package func account(_ member: OrganizationMember, partition: Partition) -> AccountSettings {
        var account = AccountSettings()
        account.name = member.label
        account.regions = regions
        account.profile = profile
        account.endpointURL = endpointURL
        account.profileTags = profileTags
        if !member.isOwn {
            account.roleARN = "arn:\(partition.rawValue):iam::\(member.id):role/\(roleName)"
            account.externalID = externalID
        }
        return account
    }
}

/// Every bound on reading an organization.
package enum OrganizationLimits {
    /// Roots and units that are walked; AWS allows 2,000 in an organization.
    package static let units = 5000
    /// Accounts whose name is remembered, those that left among them.
    package static let members = 40_000
    /// Roles that are tried at the same time.
    package static let concurrentTrials = 16
    /// Requests at a time to AWS, all found accounts together.
    package static let concurrentRequests = 64
    /// Of these to one host, so that a dead Region cannot take every place.
    package static let concurrentRequestsPerHost = 32
    /// Of an account's name in the label, in characters; AWS allows 50.
    package static let nameCharacters = 64
}

extension AccountSettings {
    /// What the account is told apart by between shards: the ID in the role's ARN; without a role the name, or else the
    /// profile, because nobody knows the ID before AWS was asked.
    package var shardKey: String { roleAccount ?? name ?? profile ?? "default" }

    /// The 12 digits in the role's ARN; nil without a role.
    package var roleAccount: String? {
        roleARN.flatMap { arn in
            let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
            return parts.count > 4 ? String(parts[4]) : nil
        }
    }
}
