import QuotaModel
import System

/// One AWS account to watch.
package struct AccountSettings: Equatable, Sendable {
    /// The label `account`; nil for the 12-digit account ID.
    package var name: String?
    /// Source Regions, each once; empty for those of the environment.
    package var regions: [String] = []
    /// A profile of the AWS configuration files; nil for the default credential chain.
    package var profile: String?
    /// A role that is assumed on top.
    package var roleARN: String?
    /// Sent with the role; not to be shown.
    package var externalID: Secret?
    /// The file that it was read from, if it was.
    package var externalIDFile: String?
    /// Where all services are; nil for AWS's own endpoints.
    package var endpointURL: ServiceURL?
    /// Keys of tags of application inference profiles that become labels, each once.
    package var profileTags: [String] = []
    /// Whether and how it is read who used the quotas.
    package var callers = CallerSettings()
    /// The 12 digits, where they are known without asking.
    package var accountID: String?
    /// The name of the account through which this one's metrics are read; nil for its own credentials.
    package var monitoredBy: String?

    package init() {}
}

extension AccountSettings {
    /// What the account is told apart by between shards: its ID; where nobody knows that before AWS was asked, the name or
    /// else the profile.
    package var shardKey: String { knownID ?? name ?? profile ?? "default" }

    /// The ID as far as it is known without asking: as configured, or that in the role's ARN.
    package var knownID: String? {
        accountID
            ?? roleARN.flatMap { arn in
                let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
                return parts.count > 4 ? String(parts[4]) : nil
            }
    }

    /// How the account is read through the session of another one; nil where it is not.
    func monitoring(by session: AccountSession?) -> Monitoring? {
        guard let session, let monitoredBy, let id = knownID else { return nil }
        return Monitoring(
            name: monitoredBy, accountID: id, hasRole: roleARN != nil, session: session)
    }
}
