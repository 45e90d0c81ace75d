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
    /// Where all services are; nil for AWS's own endpoints.
    package var endpointURL: ServiceURL?

    package init() {}
}
