import QuotaModel
import System

/// Accounts that an organization lists, instead of a configuration.
package struct OrganizationSettings: Equatable, Sendable {
    /// With its path, without a leading slash; the same in every account.
    package var roleName = "bedrock-quota-monitor"
    /// Sent with the role; not to be shown.
    package var externalID: Secret?
    /// The file that it was read from, if it was.
    package var externalIDFile: String?
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
    /// The name of the account of the configuration through which metrics are read; nil for each account's role.
    package var monitoredBy: String?
    package var foundBy = AccountSource.organization

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
            if monitoredBy != nil { (account.monitoredBy, account.accountID) = (monitoredBy, member.id) }
        }
        return account
    }
}

/// Who lists the accounts that no configuration names.
package enum AccountSource: String, CaseIterable, Sendable {
    /// AWS Organizations.
    case organization
    /// The monitoring account, by the links of CloudWatch cross-account observability.
    case links
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
