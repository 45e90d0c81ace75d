import AWSClient
import Reading

/// Tries everything that polling an account needs, once, and tells each result in a line.
struct AccountCheck: Sendable {
    private let session: AccountSession
    private let settings: FigureCheck.Settings
    private let now: @Sendable () -> Double
    private let report: CheckReport

    init(
        session: AccountSession, settings: FigureCheck.Settings, now: @escaping @Sendable () -> Double,
        report: CheckReport
    ) {
        self.session = session
        self.settings = settings
        self.now = now
        self.report = report
    }

    /// The credentials first, because nothing else can work without; then each Region.
    func run() async {
        let name = session.configuredName ?? "default"
        guard let account = await checkCredentials(name) else { return }
        if !session.namesRegions {
            report.warn(
                "Regions \(name)",
                "none is named, so \(session.regions.joined(separator: ", ")) are watched; "
                    + AccountFactory.regionHint)
        }
        var busy: [String] = []
        for region in session.regions {
            let check = RegionCheck(
                session: session, region: region, account: account.label, canAsk: account.canAsk,
                settings: settings, now: now, report: report)
            if await check.run() { busy.append(region) }
        }
        // In other Regions nobody knows whether the account is linked.
        guard session.monitoring == nil else { return }
        let search = TrafficSearch(session)
        report.tell(
            search.line(
                await search.findings(), subject: "other Regions \(name)",
                watched: session.namesRegions ? session.regions : busy))
    }

    /// - Returns: The account's label, and whether the account itself can be asked; nil where nothing works.
    private func checkCredentials(_ name: String) async -> (label: String, canAsk: Bool)? {
        let subject = "credentials \(name)"
        guard session.hasAccess else {
            warnOfLink(subject, "no role is configured")
            return session.monitoring.map { (session.configuredName ?? $0.accountID, false) }
        }
        do {
            let identity = try await session.sts(session.regions[0]).getCallerIdentity()
            guard session.monitoring.map({ $0.accountID == identity.accountID }) ?? true else {
                report.fail(subject, "they are of account \(identity.accountID)")
                return nil
            }
            let through = session.monitoring.map { ", metrics through \($0.name)" } ?? ""
            report.ok(subject, "account \(identity.accountID), \(identity.arn)\(through)")
            return (session.configuredName ?? identity.accountID, true)
        } catch {
            guard let monitoring = session.monitoring else {
                report.fail(subject, String(describing: error))
                return nil
            }
            warnOfLink(subject, String(describing: error))
            return (session.configuredName ?? monitoring.accountID, false)
        }
    }

    private func warnOfLink(_ subject: String, _ reason: String) {
        let monitoring = session.monitoring
        report.warn(
            subject,
            "account \(monitoring?.accountID ?? ""), metrics through \(monitoring?.name ?? ""); limits are AWS's defaults: \(reason)"
        )
    }
}
