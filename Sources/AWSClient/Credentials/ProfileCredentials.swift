import HTTPClient

/// Keys that stand in a profile of one of the shared files (botocore's `SharedCredentialProvider` and
/// `ConfigProvider`).
package struct ProfileCredentials: CredentialsProvider {
    /// Which of the two files is meant.
    package enum File: Sendable {
        case credentials
        case config
    }

    let file: File
    let profile: String
    let config: SharedConfig

    package func credentials() async throws(CredentialsError) -> AWSCredentials {
        let (kind, path, profiles) =
            switch file {
            case .credentials: ("shared credentials file", config.credentialsPath, config.credentialsProfiles)
            case .config: ("config file", config.configPath, config.configProfiles)
            }
        guard let section = profiles[profile] else {
            throw .notConfigured(source: kind, reason: "no profile \(profile) in \(path)")
        }
        guard let accessKeyID = section["aws_access_key_id"] else {
            throw .notConfigured(
                source: kind, reason: "no aws_access_key_id in profile \(profile) of \(path)")
        }
        guard let secret = section["aws_secret_access_key"] else {
            throw .failed(
                source: kind,
                reason: "profile \(profile) of \(path) has aws_access_key_id without aws_secret_access_key")
        }
        return AWSCredentials(
            accessKeyID: accessKeyID, secretAccessKey: secret,
            sessionToken: section["aws_security_token"] ?? section["aws_session_token"],
            accountID: section["aws_account_id"])
    }
}

/// What the environment and the profile in use say beside credentials, in botocore's order: a variable goes before
/// the profile's key.
package struct ProfileSettings: Equatable, Sendable {
    /// `default` where nothing names one.
    package let profileName: String
    /// `AWS_REGION`, then `AWS_DEFAULT_REGION`, then the profile's `region`.
    package let region: String?
    /// Where the Region comes from: the variable, or the profile.
    package let regionSource: String
    /// Endpoint keys of the profile alone: the endpoint resolver puts the variables over them.
    package let endpoints: ProfileEndpoints
    /// Path of a file with certificate authorities, `~` replaced.
    package let caBundlePath: String?
    /// Attempts in all, at least 1.
    package let maximumAttempts: Int?

    /// Reads the settings; `profile` is the explicitly named one. Throws where the profile does not exist, and for
    /// values that cannot be used.
    package static func load(_ environment: AWSEnvironment, profile: String? = nil) throws(CredentialsError)
        -> ProfileSettings
    {
        try ProfileSettings(environment, SharedConfig.load(environment), profile: profile)
    }

    init(_ environment: AWSEnvironment, _ config: SharedConfig, profile explicitProfile: String?)
        throws(CredentialsError)
    {
        let selection = try ProfileSelection(explicitProfile, environment, config)
        let profile = selection.section
        profileName = selection.name
        let variable = ["AWS_REGION", "AWS_DEFAULT_REGION"].first { environment[$0] != nil }
        region = variable.flatMap { environment[$0] } ?? profile["region"]
        regionSource = variable ?? "profile \(selection.name)"
        caBundlePath = (environment["AWS_CA_BUNDLE"] ?? profile["ca_bundle"]).map(environment.expandedPath)
        maximumAttempts = try Self.attempts(environment, profile, selection.name)
        endpoints = ProfileEndpoints(
            url: profile["endpoint_url"],
            serviceURLs: try Self.serviceURLs(of: selection, in: config),
            ignoresConfiguredURLs: profile.flag("ignore_configured_endpoint_urls"),
            usesFIPS: profile.flag("use_fips_endpoint"), usesDualStack: profile.flag("use_dualstack_endpoint")
        )
    }

    private static func attempts(
        _ environment: AWSEnvironment, _ profile: ProfileSection, _ name: String
    ) throws(CredentialsError) -> Int? {
        let source = environment["AWS_MAX_ATTEMPTS"] == nil ? "profile \(name)" : "environment"
        guard let text = environment["AWS_MAX_ATTEMPTS"] ?? profile["max_attempts"] else { return nil }
        guard let attempts = Int(text), attempts >= 1 else {
            throw .failed(source: source, reason: "max_attempts must be a whole number from 1 up")
        }
        return attempts
    }

    /// `services = NAME` leads to `[services NAME]`, where each service has an indented block.
    private static func serviceURLs(
        of selection: ProfileSelection, in config: SharedConfig
    ) throws(CredentialsError) -> [AWSService: String] {
        guard let name = selection.section["services"] else { return [:] }
        guard let section = config.services[name] else {
            throw .failed(
                source: "profile \(selection.name)",
                reason: "its services section [services \(name)] does not exist in \(config.configPath)")
        }
        var urls: [AWSService: String] = [:]
        for service in AWSService.allCases {
            urls[service] = section.block(service.environmentSuffix.lowercased())["endpoint_url"]
        }
        return urls
    }
}

/// Which profile counts, and its keys.
struct ProfileSelection {
    let name: String
    /// Named by our own configuration, so that the keys in the environment do not count.
    let isExplicit: Bool
    let section: ProfileSection

    /// The explicitly named profile, else `AWS_DEFAULT_PROFILE`, else `AWS_PROFILE` (botocore's order), else
    /// `default`. Only the last need not exist.
    init(_ explicit: String?, _ environment: AWSEnvironment, _ config: SharedConfig) throws(CredentialsError)
    {
        let named = explicit ?? environment["AWS_DEFAULT_PROFILE"] ?? environment["AWS_PROFILE"]
        name = named ?? "default"
        isExplicit = explicit != nil
        let section = config.profile(name)
        if let named, section == nil {
            throw .failed(
                source: "profile \(named)",
                reason: "it exists neither in \(config.configPath) nor in \(config.credentialsPath)"
                    + config.notes.map { "; \($0)" }.joined())
        }
        self.section = section ?? ProfileSection()
    }
}

/// Profiles made by `aws login`, whose tokens need a signature that this program cannot make. Present so that such
/// a profile says so instead of being passed over.
struct LoginCredentials: CredentialsProvider {
    static let source = "aws login"
    let profile: String
    let config: SharedConfig

    func credentials() async throws(CredentialsError) -> AWSCredentials {
        guard config.profile(profile)?["login_session"] != nil else {
            throw .notConfigured(source: Self.source, reason: "no login_session in profile \(profile)")
        }
        throw .failed(
            source: Self.source,
            reason:
                "profile \(profile) uses login_session, which is not supported; give the daemon a role, or use "
                + "credential_process = aws configure export-credentials --profile \(profile) in another profile"
        )
    }
}
