import HTTPClient

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
    package static func account(
        context: CredentialsContext, profile: String? = nil, role: AssumeRoleRequest? = nil
    )
        -> RotatingCredentials
    {
        let base = RotatingCredentials(
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
