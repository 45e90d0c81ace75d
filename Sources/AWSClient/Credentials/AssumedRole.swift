import HTTPClient
import System

/// A role of our own configuration, assumed on top of any other source.
package struct AssumedRole: CredentialsProvider {
    static let source = "role of the configuration"
    private let base: any CredentialsProvider
    private let role: AssumeRoleRequest
    private let roles: any RoleAssuming

    /// `base` should cache, because it is asked at each refresh of the role.
    package init(base: any CredentialsProvider, role: AssumeRoleRequest, roles: any RoleAssuming) {
        self.base = base
        self.role = role
        self.roles = roles
    }

    package func credentials() async throws(CredentialsError) -> AWSCredentials {
        let credentials = try await base.credentials()
        do throws(AWSError) {
            return try await roles.assumeRole(role, signedBy: credentials)
        } catch {
            if error.kind == .credentialsRejected {
                await (base as? any RefreshableCredentials)?.invalidate(credentials)
            }
            throw Self.failure(error, role.roleARN, source: Self.source, with: credentials)
        }
    }

    /// Assumes one role with keys that nobody caches.
    static func assume(
        _ role: AssumeRoleRequest, with credentials: AWSCredentials, roles: any RoleAssuming, source: String
    ) async throws(CredentialsError) -> AWSCredentials {
        do throws(AWSError) {
            return try await roles.assumeRole(role, signedBy: credentials)
        } catch {
            throw failure(error, role.roleARN, source: source, with: credentials)
        }
    }

    private static func failure(
        _ error: AWSError, _ roleARN: String, source: String, with credentials: AWSCredentials
    ) -> CredentialsError {
        .failed(
            source: source,
            reason: "cannot assume \(roleARN) with key …\(credentials.accessKeyID.suffix(4)): \(error)")
    }
}

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

/// A role to be assumed.
package struct AssumeRoleRequest: Equatable, Sendable {
    package let roleARN: String
    package let sessionName: String
    package let externalID: String?
    /// Nil leaves it at the hour that STS gives by default.
    package let durationSeconds: Int?

    package init(
        roleARN: String, sessionName: String = CredentialsLimits.defaultRoleSessionName,
        externalID: String? = nil, durationSeconds: Int? = nil
    ) {
        self.roleARN = roleARN
        self.sessionName = sessionName
        self.externalID = externalID
        self.durationSeconds = durationSeconds
    }
}

/// A role to be assumed with a token of an OpenID Connect provider.
package struct WebIdentityRequest: Equatable, Sendable, SecretHolder {
    package let roleARN: String
    package let sessionName: String
    package let token: String

    package init(roleARN: String, sessionName: String, token: String) {
        self.roleARN = roleARN
        self.sessionName = sessionName
        self.token = token
    }

    package var description: String { "WebIdentityRequest(\(roleARN))" }
}

/// The two calls of the Security Token Service that yield credentials.
package protocol RoleAssuming: Sendable {
    /// The role's temporary credentials, asked for with the given ones.
    func assumeRole(_ request: AssumeRoleRequest, signedBy credentials: AWSCredentials) async throws(AWSError)
        -> AWSCredentials

    /// The role's temporary credentials for a token; sent unsigned.
    func assumeRoleWithWebIdentity(_ request: WebIdentityRequest) async throws(AWSError) -> AWSCredentials
}

extension STSClient: RoleAssuming {
    package func assumeRole(_ request: AssumeRoleRequest, signedBy credentials: AWSCredentials)
        async throws(AWSError) -> AWSCredentials
    {
        try await assumeRole(
            roleARN: request.roleARN, sessionName: request.sessionName, externalID: request.externalID,
            durationSeconds: request.durationSeconds, using: credentials)
    }

    package func assumeRoleWithWebIdentity(_ request: WebIdentityRequest) async throws(AWSError)
        -> AWSCredentials
    {
        try await assumeRoleWithWebIdentity(
            roleARN: request.roleARN, sessionName: request.sessionName, webIdentityToken: request.token)
    }
}
