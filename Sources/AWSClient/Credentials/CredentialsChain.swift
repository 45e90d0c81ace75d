import FoundationEssentials
import HTTPClient
import System

/// Anything that yields credentials: one source, the chain of all, or a role assumed on top.
package protocol CredentialsProvider: Sendable {
    /// Valid credentials, fetched or cached. Throws `CredentialsError`; a failure is never remembered.
    func credentials() async throws(CredentialsError) -> AWSCredentials
}

/// Why a source gave no credentials. Messages never hold a secret.
package enum CredentialsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The source is not configured here; the chain goes on to the next.
    case notConfigured(source: String, reason: String = "not configured")
    /// The source is configured and failed; the chain stops.
    case failed(source: String, reason: String)

    package var description: String {
        switch self {
        case .notConfigured(let source, let reason), .failed(let source, let reason):
            Redactor.process.redacted("\(source): \(reason)")
        }
    }
}

/// What every credential source works with; a value, so that tests replace each part.
package struct CredentialsContext: Sendable {
    package let environment: AWSEnvironment
    package let transport: any HTTPTransport
    package let roles: any RoleAssuming
    package let now: @Sendable () -> Date
    /// Waits; returns early when the task is cancelled.
    package let pause: @Sendable (Duration) async -> Void
    package let random: @Sendable (ClosedRange<Int>) -> Int

    package init(
        environment: AWSEnvironment, transport: any HTTPTransport, roles: any RoleAssuming,
        now: @escaping @Sendable () -> Date = { Date() },
        pause: @escaping @Sendable (Duration) async -> Void = CredentialsContext.sleep,
        random: @escaping @Sendable (ClosedRange<Int>) -> Int = { Int.random(in: $0) }
    ) {
        self.environment = environment
        self.transport = transport
        self.roles = roles
        self.now = now
        self.pause = pause
        self.random = random
    }

    @Sendable
    package static func sleep(_ duration: Duration) async {
        do {
            try await Task.sleep(for: duration)
        } catch {
            // Cancelled: the caller's next step notices.
            return
        }
    }
}

/// All sources in botocore's order; the first that is configured counts, and when it fails no other is asked.
package struct CredentialsChain: CredentialsProvider {
    static let source = "credential chain"

    enum Search: Sendable {
        case found(AWSCredentials)
        /// Each source with the reason why it has nothing.
        case nothing([String])
    }

    private let context: CredentialsContext
    private let profile: String?

    /// `profile` is one named by our own configuration: it has to exist, and the keys in the environment do not
    /// count then.
    package init(context: CredentialsContext, profile: String? = nil) {
        self.context = context
        self.profile = profile
    }

    /// Reads the shared files anew each time, because tools rewrite them.
    package func credentials() async throws(CredentialsError) -> AWSCredentials {
        let config = try SharedConfig.load(context.environment)
        let selection = try ProfileSelection(profile, context.environment, config)
        switch try await Self.firstConfigured(of: sources(selection, config)) {
        case .found(let credentials): return credentials
        case .nothing(let misses):
            throw .failed(
                source: Self.source,
                reason: "no AWS credentials found; set one of these up. "
                    + (misses + config.notes).joined(separator: "; "))
        }
    }

    /// The chain behind a cache, and the role of our own configuration on top of it behind another.
    ///
    /// - Parameter base: Stands for the chain where accounts share it.
    package static func account(
        context: CredentialsContext, profile: String? = nil, role: AssumeRoleRequest? = nil,
        base shared: RotatingCredentials? = nil
    )
        -> RotatingCredentials
    {
        let base =
            shared
            ?? RotatingCredentials(
                source: CredentialsChain(context: context, profile: profile), now: context.now)
        guard let role else { return base }
        return RotatingCredentials(
            source: AssumedRole(base: base, role: role, roles: context.roles), now: context.now)
    }

    private func sources(_ selection: ProfileSelection, _ config: SharedConfig) -> [any CredentialsProvider] {
        var sources: [any CredentialsProvider] = []
        if !selection.isExplicit { sources.append(EnvironmentCredentials(environment: context.environment)) }
        sources.append(AssumeRoleCredentials(context: context, profile: selection.name, config: config))
        sources += Self.profileSources(
            of: selection.name, in: config, context, readsEnvironment: !selection.isExplicit)
        sources.append(ContainerCredentials(context: context))
        sources.append(InstanceMetadataCredentials(context: context, profile: selection.section))
        return sources
    }

    /// The sources that a profile itself can name, also as the `source_profile` of another.
    static func profileSources(
        of profile: String, in config: SharedConfig, _ context: CredentialsContext, readsEnvironment: Bool
    ) -> [any CredentialsProvider] {
        [
            WebIdentityCredentials(
                context: context, profile: profile, config: config, readsEnvironment: readsEnvironment),
            SSOTokenCredentials(context: context, profile: profile, config: config),
            ProfileCredentials(file: .credentials, profile: profile, config: config),
            LoginCredentials(profile: profile, config: config),
            ProcessCredentials(context: context, profile: profile, config: config),
            ProfileCredentials(file: .config, profile: profile, config: config),
        ]
    }

    /// Asks each source in turn until one is configured.
    static func firstConfigured(of sources: [any CredentialsProvider]) async throws(CredentialsError)
        -> Search
    {
        var misses: [String] = []
        for source in sources {
            do throws(CredentialsError) {
                return .found(try await source.credentials())
            } catch {
                guard case .notConfigured = error else { throw error }
                misses.append("\(error)")
            }
        }
        return .nothing(misses)
    }
}

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
