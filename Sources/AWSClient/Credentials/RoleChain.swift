import HTTPClient
import System

/// Credentials for a service outside the configured accounts: a profile's or the default chain's, with a role on top
/// where one is configured.
package struct SigningCredentials: Sendable {
    package let provider: any CredentialsProvider
    package let endpoints: EndpointResolver
    /// Trusts what the profile says.
    package let transport: any HTTPTransport

    /// Throws `TransportError` for a CA bundle that cannot be read.
    package init(
        environment: AWSEnvironment, settings: ProfileSettings, profile: String?, roleARN: String?,
        region: String
    ) throws {
        transport = try CurlTransport(
            CurlOptions(
                version: BuildInfo.version, caBundle: settings.caBundlePath,
                environment: environment.variables))
        endpoints = EndpointResolver(environment: environment.variables, profile: settings.endpoints)
        let caller = AWSCaller(transport: transport, credentials: nil, endpoints: endpoints)
        let context = CredentialsContext(
            environment: environment, transport: transport, roles: STSClient(caller: caller, region: region))
        let role = roleARN.map { AssumeRoleRequest(roleARN: $0, externalID: nil) }
        provider = CredentialsChain.account(context: context, profile: profile, role: role)
    }
}

/// The roles that a profile leads to through `source_profile`, worked out from the files alone.
struct RoleChain: Equatable, Sendable {
    /// `credential_source`: where the first keys come from when no profile holds them.
    enum NamedSource: String, CaseIterable, Sendable {
        case environment = "Environment"
        case container = "EcsContainer"
        case instanceMetadata = "Ec2InstanceMetadata"
    }

    enum Base: Equatable, Sendable {
        case profile(String)
        case source(NamedSource)
    }

    let base: Base
    /// The first is assumed with the base's keys, each further one with the keys of the one before.
    let roles: [AssumeRoleRequest]

    /// Nil where the profile assumes no role (botocore's `_has_assume_role_config_vars`).
    static func resolve(_ profile: String, in config: SharedConfig) throws(CredentialsError) -> RoleChain? {
        guard let section = config.profile(profile), assumesRole(section) else { return nil }
        var roles: [AssumeRoleRequest] = []
        var visited = [profile]
        var name = profile
        var current = section
        while true {
            let link = Link(name: name, section: current)
            roles.insert(try link.role(), at: 0)
            guard let next = try link.sourceProfile() else {
                return RoleChain(base: .source(try link.namedSource()), roles: roles)
            }
            guard let nextSection = config.profile(next) else {
                throw link.failure("its source_profile \(next) does not exist")
            }
            // A profile may name itself as the source of the keys that stand beside its role.
            if visited.contains(next), next != name || !hasKeys(nextSection) {
                throw link.failure(
                    "its source_profile is a loop: \((visited + [next]).joined(separator: " -> "))")
            }
            if hasKeys(nextSection) || !assumesRole(nextSection) {
                return RoleChain(base: .profile(next), roles: roles)
            }
            visited.append(next)
            guard visited.count <= CredentialsLimits.roleChainLength else {
                throw link.failure("its chain of roles is longer than \(CredentialsLimits.roleChainLength)")
            }
            (name, current) = (next, nextSection)
        }
    }

    private static func assumesRole(_ section: ProfileSection) -> Bool {
        section["role_arn"] != nil && section["web_identity_token_file"] == nil
    }

    private static func hasKeys(_ section: ProfileSection) -> Bool {
        section["aws_access_key_id"] != nil || section["aws_secret_access_key"] != nil
    }
}

/// One profile of the chain.
private struct Link {
    let name: String
    let section: ProfileSection

    func role() throws(CredentialsError) -> AssumeRoleRequest {
        guard section["mfa_serial"] == nil else {
            throw failure(
                "it asks for an MFA code (mfa_serial), which a daemon cannot type; use a role without MFA")
        }
        guard let roleARN = section["role_arn"] else { throw failure("it has no role_arn") }
        var duration: Int?
        if let text = section["duration_seconds"] {
            guard let seconds = Int(text), seconds > 0 else {
                throw failure("its duration_seconds is not a whole number of seconds")
            }
            duration = seconds
        }
        return AssumeRoleRequest(
            roleARN: roleARN,
            sessionName: section["role_session_name"] ?? CredentialsLimits.defaultRoleSessionName,
            externalID: section["external_id"], durationSeconds: duration)
    }

    /// Nil where `credential_source` stands instead; exactly one of the two must.
    func sourceProfile() throws(CredentialsError) -> String? {
        switch (section["source_profile"], section["credential_source"]) {
        case (.some, .some): throw failure("it has both source_profile and credential_source; keep one")
        case (nil, nil): throw failure("it has role_arn but neither source_profile nor credential_source")
        case (let profile, nil): return profile
        case (nil, .some): return nil
        }
    }

    func namedSource() throws(CredentialsError) -> RoleChain.NamedSource {
        guard let source = RoleChain.NamedSource(rawValue: section["credential_source"] ?? "") else {
            let known = RoleChain.NamedSource.allCases.map(\.rawValue).joined(separator: ", ")
            throw failure("its credential_source is not one of \(known)")
        }
        return source
    }

    func failure(_ reason: String) -> CredentialsError {
        .failed(source: AssumeRoleCredentials.source, reason: "profile \(name): \(reason)")
    }
}
