import AWSClient
import HTTPClient
import QuotaModel
import System

/// Builds the sessions of the configured accounts from the AWS environment.
package struct AccountFactory: Sendable {
    /// Where neither the configuration nor the environment names a Region: the source Regions in which the Global
    /// cross-Region profiles of Claude were launched for South East Asia and Taiwan.
    package static let defaultRegions = [
        "ap-southeast-1", "ap-southeast-3", "ap-southeast-5", "ap-southeast-7", "ap-east-2",
    ]

    /// How to name others.
    package static let regionHint =
        "name yours with accounts: [{ regions: [us-east-1] }] in the configuration, or AWS_REGION; check lists where there "
        + "is traffic"

    private let environment: AWSEnvironment
    private let metrics: SelfMetrics
    private let meter: SpendingMeter

    /// - Parameter meter: Counts what is billed, and holds back what a budget does not cover.
    package init(environment: AWSEnvironment, metrics: SelfMetrics, meter: SpendingMeter = SpendingMeter()) {
        self.environment = environment
        self.meter = meter
        self.metrics = metrics
    }

    /// One session an account. Throws `CredentialsError` for a profile that does not exist and `TransportError` for
    /// a CA bundle that cannot be read.
    package func sessions(for accounts: [AccountSettings]) throws -> [AccountSession] {
        let shared = try SharedConfig.load(environment)
        return try resolve(accounts, shared).map(session)
    }

    /// The configured accounts with what the environment says of each. Throws `CredentialsError` for a profile that does
    /// not exist.
    package func resolve(_ accounts: [AccountSettings], _ shared: SharedConfig) throws -> [ResolvedAccount] {
        try accounts.map { account in
            let settings = try ProfileSettings.load(environment, profile: account.profile)
            return ResolvedAccount(account, settings, shared, regions: try Self.regions(account, settings))
        }
    }

    /// Throws `TransportError` for a CA bundle that cannot be read.
    package func session(for resolved: ResolvedAccount) throws -> AccountSession {
        session(for: resolved, over: try transport(resolved.basis.settings), base: nil)
    }

    /// - Parameters:
    ///   - options: Changes what is usual for one account.
    func transport(
        _ settings: ProfileSettings, options change: (inout CurlOptions) -> Void = { _ in }
    ) throws -> CurlTransport {
        var options = CurlOptions(
            version: BuildInfo.version, caBundle: settings.caBundlePath, environment: environment.variables)
        change(&options)
        return try CurlTransport(options)
    }

    /// - Parameter base: Credentials that several accounts share, below the account's role; nil for the account's own.
    func session(
        for resolved: ResolvedAccount, over transport: CurlTransport, base: RotatingCredentials?
    ) -> AccountSession {
        let (account, settings) = (resolved.basis.account, resolved.basis.settings)
        let endpoints = EndpointResolver(
            accountURL: account.endpointURL?.text.value, environment: environment.variables,
            profile: settings.endpoints)
        let retries = settings.maximumAttempts.map { RetryPolicy(maximumAttempts: $0) } ?? RetryPolicy()
        let counter = RequestCounter(
            account: account.name ?? AccountSession.unknownName, metrics: metrics, meter: meter)
        let tokens = AWSCaller(
            transport: transport, credentials: nil, endpoints: endpoints, retries: retries, observer: counter)
        let context = CredentialsContext(
            environment: environment, transport: transport,
            roles: STSClient(caller: tokens, region: resolved.basis.homeRegion))
        let role = account.roleARN.map {
            AssumeRoleRequest(roleARN: $0, externalID: account.externalID?.value)
        }
        let credentials = CredentialsChain.account(
            context: context, profile: account.profile, role: role, base: base)
        let caller = AWSCaller(
            transport: transport, credentials: credentials, endpoints: endpoints, retries: retries,
            observer: counter)
        return AccountSession(
            configuredName: account.name, regions: resolved.regions,
            namesRegions: resolved.namesRegions, profileTags: account.profileTags.map(ProfileTag.init),
            callers: account.callers, caller: caller, requests: counter)
    }

    /// Credentials for several accounts to share.
    func base(of resolved: ResolvedAccount, over transport: CurlTransport) -> RotatingCredentials {
        let settings = resolved.basis.settings
        let endpoints = EndpointResolver(
            accountURL: resolved.basis.account.endpointURL?.text.value, environment: environment.variables,
            profile: settings.endpoints)
        let caller = AWSCaller(transport: transport, credentials: nil, endpoints: endpoints)
        let context = CredentialsContext(
            environment: environment, transport: transport,
            roles: STSClient(caller: caller, region: resolved.basis.homeRegion))
        return CredentialsChain.account(context: context, profile: resolved.basis.account.profile)
    }

    /// Found accounts, which share one profile's settings.
    func resolve(
        _ accounts: [AccountSettings], _ settings: ProfileSettings, _ shared: SharedConfig
    ) throws -> [ResolvedAccount] {
        try accounts.map { account in
            ResolvedAccount(account, settings, shared, regions: try Self.regions(account, settings))
        }
    }

    func settings(ofProfile profile: String?) throws -> ProfileSettings {
        try ProfileSettings.load(environment, profile: profile)
    }

    /// The configuration's, the environment's, or the usual ones. Throws for one that AWS cannot have: its host name
    /// would not exist, or not be AWS's.
    private static func regions(
        _ account: AccountSettings, _ settings: ProfileSettings
    ) throws -> [String] {
        guard account.regions.isEmpty else { return account.regions }
        guard let region = settings.region else { return defaultRegions }
        if let problem = RegionName.problem(region) {
            throw CredentialsError.failed(source: settings.regionSource, reason: problem)
        }
        return [region]
    }
}

/// A configured account with what the AWS environment says of it.
package struct ResolvedAccount: Sendable {
    /// What the account's session is made of: while it stays the same, the session may stay as well.
    package struct Basis: Equatable, Sendable {
        /// Without its Regions, of which each has a poller of its own.
        package let account: AccountSettings
        /// Whose STS endpoint assumes roles.
        let homeRegion: String
        let settings: ProfileSettings
        /// Profiles may lead to other profiles, so the files count as a whole.
        let shared: SharedConfig
    }

    package let basis: Basis
    /// As configured, or those of the environment.
    package let regions: [String]
    /// False where neither names a Region, so that the usual ones are watched.
    package let namesRegions: Bool

    package init(
        _ account: AccountSettings, _ settings: ProfileSettings, _ shared: SharedConfig,
        regions: [String]
    ) {
        namesRegions = !account.regions.isEmpty || settings.region != nil
        var account = account
        account.regions = []
        basis = Basis(
            account: account, homeRegion: regions.first ?? AccountFactory.defaultRegions[0],
            settings: settings, shared: shared)
        self.regions = regions
    }
}

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
    /// Keys of tags of application inference profiles that become labels, each once.
    package var profileTags: [String] = []
    /// Whether and how it is read who used the quotas.
    package var callers = CallerSettings()

    package init() {}
}
