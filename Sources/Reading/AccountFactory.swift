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
    private let monitoring: MonitoringSessions

    /// - Parameters:
    ///   - meter: Counts what is billed, and holds back what a budget does not cover.
    ///   - monitoring: Keeps the sessions of monitoring accounts.
    package init(
        environment: AWSEnvironment, metrics: SelfMetrics, meter: SpendingMeter = SpendingMeter(),
        monitoring: MonitoringSessions = MonitoringSessions()
    ) {
        self.monitoring = monitoring
        self.environment = environment
        self.meter = meter
        self.metrics = metrics
    }

    /// One session an account. Throws `CredentialsError` for a profile that does not exist and `TransportError` for
    /// a CA bundle that cannot be read.
    ///
    /// - Parameter all: As of `resolve`.
    package func sessions(
        for accounts: [AccountSettings], among all: [AccountSettings]? = nil
    ) throws -> [AccountSession] {
        let shared = try SharedConfig.load(environment)
        return try resolve(accounts, among: all, shared).map(session)
    }

    /// The configured accounts with what the environment says of each. Throws `CredentialsError` for a profile that does
    /// not exist.
    ///
    /// - Parameter all: Every account of the configuration, where these are only some of it: among them are those through
    ///   which others are read.
    package func resolve(
        _ accounts: [AccountSettings], among all: [AccountSettings]? = nil, _ shared: SharedConfig
    ) throws -> [ResolvedAccount] {
        try accounts.map { account in
            let settings = try settings(ofProfile: account.profile)
            return ResolvedAccount(
                account, settings, shared, regions: try Self.regions(account, settings),
                monitoring: try monitoringAccount(of: account, among: all ?? accounts, shared))
        }
    }

    /// The account through which another one is read; nil for none.
    func monitoringAccount(
        of account: AccountSettings, among all: [AccountSettings], _ shared: SharedConfig
    ) throws -> ResolvedAccount? {
        guard let name = account.monitoredBy else { return nil }
        guard let settings = all.first(where: { $0.name == name && $0.monitoredBy == nil }) else {
            throw CredentialsError.failed(
                source: "monitored_by", reason: "\(name) is no monitoring account of the configuration")
        }
        return try resolve([settings], shared)[0]
    }

    /// Throws `TransportError` for a CA bundle that cannot be read.
    package func session(for resolved: ResolvedAccount) throws -> AccountSession {
        session(
            for: resolved, over: try transport(resolved.basis.settings), base: nil,
            monitoring: try monitoringSession(of: resolved))
    }

    /// The session of the account through which this one is read; nil for none.
    private func monitoringSession(of resolved: ResolvedAccount) throws -> AccountSession? {
        try resolved.monitoring.map(monitoringSession)
    }

    /// The one session of a monitoring account.
    func monitoringSession(_ account: ResolvedAccount) throws -> AccountSession {
        try monitoring.session(for: account, make: session)
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

    /// - Parameters:
    ///   - base: Credentials that several accounts share, below the account's role; nil for the account's own.
    ///   - monitoring: Of the account through which this one's metrics are read.
    func session(
        for resolved: ResolvedAccount, over transport: CurlTransport, base: RotatingCredentials?,
        monitoring: AccountSession? = nil
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
        // Others would be those of another account.
        let credentials =
            account.monitoredBy != nil && role == nil
            ? nil
            : CredentialsChain.account(
                context: context, profile: account.profile, role: role, base: base)
        let caller = AWSCaller(
            transport: transport, credentials: credentials, endpoints: endpoints, retries: retries,
            observer: counter)
        return AccountSession(
            configuredName: account.name, regions: resolved.regions,
            namesRegions: resolved.namesRegions, profileTags: account.profileTags.map(ProfileTag.init),
            callers: account.callers, monitoring: account.monitoring(by: monitoring), caller: caller,
            requests: counter)
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
    ///
    /// - Parameter monitoring: The account through which all of them are read; nil for none.
    func resolve(
        _ accounts: [AccountSettings], _ settings: ProfileSettings, _ shared: SharedConfig,
        monitoring: ResolvedAccount? = nil
    ) throws -> [ResolvedAccount] {
        try accounts.map { account in
            ResolvedAccount(
                account, settings, shared, regions: try Self.regions(account, settings),
                monitoring: monitoring)
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
        /// What the session is made of through which metrics are read; empty where it is this one.
        let monitoring: [Basis]
    }

    package let basis: Basis
    private let monitoringAccount: [ResolvedAccount]
    /// As configured, or those of the environment.
    package let regions: [String]
    /// False where neither names a Region, so that the usual ones are watched.
    package let namesRegions: Bool

    package init(
        _ account: AccountSettings, _ settings: ProfileSettings, _ shared: SharedConfig,
        regions: [String], monitoring: ResolvedAccount? = nil
    ) {
        monitoringAccount = monitoring.map { [$0] } ?? []
        namesRegions = !account.regions.isEmpty || settings.region != nil
        var account = account
        account.regions = []
        basis = Basis(
            account: account, homeRegion: regions.first ?? AccountFactory.defaultRegions[0],
            settings: settings, shared: shared, monitoring: monitoring.map { [$0.basis] } ?? [])
        self.regions = regions
    }

    /// The account through which metrics are read; nil where that is this one.
    var monitoring: ResolvedAccount? { monitoringAccount.first }
}
