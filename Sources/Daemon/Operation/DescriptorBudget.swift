import Glibc
import HTTPServer
import Reading

/// How the file descriptors that the system allows are shared out between web clients and all the rest.
struct DescriptorBudget: Equatable, Sendable {
    /// Store, log, libraries and receivers.
    private static let base = 112
    /// Connections to one account's AWS endpoints.
    private static let perAccount = 16
    /// Connections to AWS of all accounts of an organization, in use and idle, and what looks names up.
    private static let organization = 2 * OrganizationLimits.concurrentRequests + 16
    /// Descriptors of web clients: fewer would not do for a scraper, a page and a few people.
    private static let leastConnections = 64

    /// The soft limit to be set; at least the one that is there.
    let limit: Int
    /// Web clients at a time.
    let connections: Int

    struct TooFew: Error, Equatable, CustomStringConvertible {
        let limit: Int
        let least: Int

        var description: String {
            "only \(limit) file descriptors are allowed; at least \(least) are needed: "
                + "raise them with ulimit -n, or LimitNOFILE= in systemd"
        }
    }

    /// - Parameters:
    ///   - soft: What the system allows now.
    ///   - hard: What the process may allow itself.
    ///   - accounts: Of the configuration.
    init(soft: Int, hard: Int, accounts: Int, hasOrganization: Bool = false) throws(TooFew) {
        let found = hasOrganization ? Self.organization : 0
        let rest = Self.base + Self.perAccount * max(accounts, hasOrganization ? 0 : 1) + found
        let wanted = HTTPServerLimits()
        // Only as high as needed: children inherit the limit, and some close every descriptor below it.
        limit = max(soft, min(hard, rest + wanted.connections + wanted.refusedConnections))
        let least = rest + Self.leastConnections
        guard limit >= least else { throw TooFew(limit: limit, least: least) }
        // An eighth more are told that there are too many.
        connections = min(wanted.connections, (limit - rest) / 9 * 8 + (limit - rest) % 9 * 8 / 9)
    }

    /// Raises the soft limit as far as it is needed and allowed.
    static func ofThisProcess(accounts: Int, hasOrganization: Bool = false) throws -> DescriptorBudget {
        var limits = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limits) == 0 else {
            return try DescriptorBudget(
                soft: .max, hard: .max, accounts: accounts, hasOrganization: hasOrganization)
        }
        let (soft, hard) = (Int(clamping: limits.rlim_cur), Int(clamping: limits.rlim_max))
        let budget = try DescriptorBudget(
            soft: soft, hard: hard, accounts: accounts, hasOrganization: hasOrganization)
        guard budget.limit > soft else { return budget }
        limits.rlim_cur = rlim_t(budget.limit)
        guard setrlimit(resource, &limits) == 0 else {
            return try DescriptorBudget(
                soft: soft, hard: soft, accounts: accounts, hasOrganization: hasOrganization)
        }
        return budget
    }
}
