/// Bounds and intervals of everything that fetches credentials.
package enum CredentialsLimits {
    /// A configuration, token or credentials file longer than this is refused.
    package static let fileBytes = 1 << 20
    /// STS refuses web identity tokens of more than 20,000 characters; metadata tokens are shorter.
    package static let tokenFileBytes = 20_000
    /// The answer of a metadata service, of the SSO portal or of a credential process.
    package static let answerBytes = 64 << 10

    /// How long a `credential_process` may run.
    package static let processTimeout: Duration = .seconds(60)

    /// Whole exchange with a container credential service, in each attempt.
    package static let containerTimeout: Duration = .seconds(2)
    package static let containerAttempts = 3
    package static let containerRetryPause: Duration = .seconds(1)

    /// Defaults of `AWS_METADATA_SERVICE_TIMEOUT` and `AWS_METADATA_SERVICE_NUM_ATTEMPTS`, and their ranges.
    package static let instanceMetadataTimeoutSeconds = 1
    package static let instanceMetadataTimeoutRangeSeconds = 1...60
    package static let instanceMetadataAttempts = 1
    package static let instanceMetadataAttemptsRange = 1...10
    /// Lifetime asked for an IMDSv2 session token; the longest that the service grants.
    package static let instanceMetadataTokenSeconds = 21_600
    /// Added to the advisory window when IMDS hands out expired keys, so that a fleet does not ask in step.
    package static let expiredExtensionJitterSeconds = 120...600

    package static let ssoTimeout: Duration = .seconds(10)

    /// Roles that may stand on one another through `source_profile`.
    package static let roleChainLength = 10
    /// Written to CloudTrail as the session's name where the profile gives none.
    package static let defaultRoleSessionName = "bedrock-quota-exporter"

    package static let advisoryRefreshSeconds = 900.0
    package static let mandatoryRefreshSeconds = 600.0
    /// A failed refresh is not tried again before this has passed.
    package static let refreshRetrySeconds = 5.0
}
