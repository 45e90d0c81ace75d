import AWSClient
import QuotaModel
import Synchronization

/// Through whom the metrics of a linked account are read: a monitoring account of CloudWatch cross-account observability.
package struct Monitoring: Sendable {
    /// The monitoring account's name in the configuration.
    package let name: String
    /// The linked account, 12 digits.
    package let accountID: String
    /// Whether the linked account has a role to be asked with itself.
    package let hasRole: Bool
    /// With the monitoring account's credentials.
    let session: AccountSession

    package init(name: String, accountID: String, hasRole: Bool, session: AccountSession) {
        (self.name, self.accountID, self.hasRole, self.session) = (name, accountID, hasRole, session)
    }
}

/// Nothing is listed of a linked account that had data within a day, although CloudWatch lists a metric for two weeks.
struct LostLink: Error, CustomStringConvertible {
    let monitoringAccount: String

    var description: String {
        "\(monitoringAccount) sees no metric of an account that had data within the last day: it seems no longer to be linked"
    }
}

/// What the figures of an account's Region rest on.
package struct AccountBasis: Equatable, Sendable {
    /// Whose the limits are that are known.
    package enum Limits: String, Sendable {
        /// The account's own, as Service Quotas lists them for it.
        case account
        /// AWS's defaults, because the account itself cannot be asked.
        case defaults = "aws_defaults"
        case unknown
    }

    /// The account through which metrics are read; nil where they are read with the account's own credentials.
    package var monitoringAccount: String?
    package var limits = Limits.unknown
    /// Why the linked account itself cannot be asked; nil where it can, or no attempt was made.
    package var roleProblem: String?

    package init() {}

    package init(_ monitoring: Monitoring?, _ inventory: Inventory, roleProblem: String?) {
        monitoringAccount = monitoring?.name
        self.roleProblem = monitoring.flatMap { $0.hasRole ? roleProblem : "no role is configured" }
        guard !inventory.quotas.isEmpty else { return }
        let isOwn = monitoring == nil || inventory.hasOwnQuotas
        limits = isOwn ? .account : .defaults
    }
}

extension Inventory {
    /// Whether quotas were listed for the account itself.
    var hasOwnQuotas: Bool { quotas.contains { $0.appliedValue != nil } }

    /// Takes what AWS says of every account, of one that cannot be asked itself. Its own quotas, once they were read, are
    /// better than AWS's defaults, however old they are.
    package mutating func take(shared: Inventory) {
        if !hasOwnQuotas { quotas = shared.quotas }
        models = shared.models
        take(profiles: shared.profiles)
    }
}

/// The sessions of monitoring accounts, one for all accounts that are linked to it, as long as one of these is read.
package final class MonitoringSessions: Sendable {
    private struct Made {
        let basis: ResolvedAccount.Basis
        weak var session: AccountSession?
    }

    private let made = Mutex<[Made]>([])

    package init() {}

    func session(
        for account: ResolvedAccount, make: (ResolvedAccount) throws -> AccountSession
    ) rethrows -> AccountSession {
        try made.withLock { made in
            made.removeAll { $0.session == nil }
            if let session = made.first(where: { $0.basis == account.basis })?.session { return session }
            let session = try make(account)
            made.append(Made(basis: account.basis, session: session))
            return session
        }
    }
}
