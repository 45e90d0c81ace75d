import HTTPClient

/// Roles that a profile of the shared files names (botocore's `AssumeRoleProvider`).
package struct AssumeRoleCredentials: CredentialsProvider {
    static let source = "assume role from profile"
    let context: CredentialsContext
    let profile: String
    let config: SharedConfig

    package func credentials() async throws(CredentialsError) -> AWSCredentials {
        guard let chain = try RoleChain.resolve(profile, in: config) else {
            throw .notConfigured(source: Self.source, reason: "no role_arn in profile \(profile)")
        }
        var credentials = try await baseCredentials(chain.base)
        for role in chain.roles {
            credentials = try await AssumedRole.assume(
                role, with: credentials, roles: context.roles, source: Self.source)
        }
        return credentials
    }

    private func baseCredentials(_ base: RoleChain.Base) async throws(CredentialsError) -> AWSCredentials {
        let name: String
        let providers: [any CredentialsProvider]
        switch base {
        case .profile(let profile):
            name = "source_profile \(profile)"
            providers = CredentialsChain.profileSources(
                of: profile, in: config, context, readsEnvironment: false)
        case .source(let source):
            name = "credential_source \(source.rawValue)"
            providers = [provider(of: source)]
        }
        switch try await CredentialsChain.firstConfigured(of: providers) {
        case .found(let credentials): return credentials
        case .nothing(let misses):
            throw .failed(
                source: Self.source,
                reason: "profile \(profile): its \(name) gave no keys: \(misses.joined(separator: "; "))")
        }
    }

    private func provider(of source: RoleChain.NamedSource) -> any CredentialsProvider {
        switch source {
        case .environment: EnvironmentCredentials(environment: context.environment)
        case .container: ContainerCredentials(context: context)
        case .instanceMetadata:
            InstanceMetadataCredentials(
                context: context, profile: config.profile(profile) ?? ProfileSection())
        }
    }
}
