import Alerting
import HTTPServer
import Synchronization
import System

/// What is rendered or held in memory for requests; no answer waits for AWS or the store.
package protocol WebState: Sendable {
    /// `/metrics`, rendered.
    var page: RenderedPage { get }
    var readiness: Readiness { get }
    /// The running configuration, secrets hidden.
    var configurationText: String { get }
    /// Pending and firing alerts, ordered.
    var currentAlerts: [TrackedAlert] { get }
    func pools(_ query: PoolsQuery) -> PoolsDocument
    func fleet(_ query: FleetQuery) -> FleetDocument
    func status(_ query: RegionsQuery) -> StatusDocument
}

/// The Regions that a document is asked about.
package struct RegionsQuery: Equatable, Sendable {
    /// Empty for all.
    package var accounts: Set<String> = []
    package var regions: Set<String> = []
    /// Entries at most; nil for all.
    package var limit: Int?

    package init() {}

    /// - Throws: The parameter that is not allowed, with what is.
    package static func read(_ query: [(name: String, value: String)]) throws(InvalidValue) -> RegionsQuery {
        let parameters = try QueryParameters(query, once: ["limit"], repeated: ["account", "region"])
        var read = RegionsQuery()
        read.accounts = parameters.values("account")
        read.regions = parameters.values("region")
        read.limit = try parameters.integer("limit", in: 0...PoolsQuery.maximumLimit)
        return read
    }

    package func fits(account: String, region: String) -> Bool {
        (accounts.isEmpty || accounts.contains(account)) && (regions.isEmpty || regions.contains(region))
    }
}

/// The web server: where it listens, what it serves, who may look.
package struct WebSettings: Equatable, Sendable {
    package var listenAddress = ListenAddress(host: .ipv4("127.0.0.1"), port: 9747)
    /// Begins with `/` and is none of the server's other paths.
    package var telemetryPath = "/metrics"
    package var metrics = Metrics.all
    /// User names with their bcrypt hashes; empty when no one has to log in.
    package var basicAuthUsers: [String: Secret] = [:]
    /// The file that they were read from; nil where they are written down.
    package var basicAuthUsersFile: String?
    /// Names and addresses under which it is answered besides those of the loopback, lowercase.
    package var allowedHosts: [String] = []
    /// Requests answered at a time; more get status 503.
    package var maxRequests = 40

    package init() {}

    /// All that is settled once the server listens.
    package var ofServer: WebSettings {
        var settings = self
        (settings.basicAuthUsers, settings.basicAuthUsersFile) = ([:], nil)
        return settings
    }

    /// What the metrics page has.
    package enum Metrics: String, CaseIterable, Sendable {
        case all
        /// Without the families by model ID, and the usage of bedrock-mantle by model, which remote write carries.
        case quotas
    }

    /// The paths that the server itself answers; whatever lies below them is its own as well.
    package static let reservedPaths = ["/-", "/api", "/assets", "/config", "/pool"]
}

/// Who is answered: requests meant for this server, no changes on behalf of foreign web pages, and, where there are
/// users, whoever logs in.
package final class WebAccess: Sendable {
    /// Who may log in, everybody where there are none.
    package struct Users: Sendable {
        fileprivate let hashes: [String: Secret]
        fileprivate let authenticator: BasicAuthenticator?
    }

    private let hosts: HTTPHostGuard
    private let current: Mutex<Users>

    /// Throws `HTTPServerError` for an address that cannot be listened on and a user who could never log in.
    package init(_ web: WebSettings) throws {
        hosts = HTTPHostGuard(
            listeningOn: web.listenAddress, names: web.allowedHosts)
        current = Mutex(try Self.users(web.basicAuthUsers))
    }

    private static func users(_ hashes: [String: Secret]) throws -> Users {
        Users(
            hashes: hashes,
            authenticator: hashes.isEmpty
                ? nil : try BasicAuthenticator(users: hashes.mapValues(\.value), realm: BuildInfo.name))
    }

    /// Those of other settings; while nothing changes, the same, so that nobody's password is checked anew. Throws as `init`.
    package func users(of web: WebSettings) throws -> Users {
        let now = current.withLock { $0 }
        return now.hashes == web.basicAuthUsers ? now : try Self.users(web.basicAuthUsers)
    }

    /// From now on only these may log in.
    package func take(_ users: Users) { current.withLock { $0 = users } }

    /// What becomes of the request before an endpoint sees it.
    package func admission(of request: HTTPRequest) -> HTTPAdmission {
        guard hosts.admits(request) else {
            return .refused(
                WebEndpoints.error(
                    421,
                    "this host name is not answered; a name under which the exporter is to be reached belongs in "
                        + "web.allowed_hosts of its configuration"))
        }
        guard !HTTPOrigin.isForeignChange(request) else {
            return .refused(
                WebEndpoints.error(403, "a web page of another origin must not change anything here"))
        }
        return current.withLock { $0.authenticator }?.admission(of: request) ?? .admitted
    }
}

/// How many requests may read the store at the same time; what is beyond is refused, never queued.
package final class ReadingPlaces: Sendable {
    private let free: Mutex<Int>

    package init(_ count: Int) {
        free = Mutex(count)
    }

    /// False when all are taken; each true wants one `giveBack`.
    package func take() -> Bool {
        free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
    }

    package func giveBack() {
        free.withLock { $0 += 1 }
    }

    /// The answer when all are taken.
    package static func busy(_ reason: String, _ error: @Sendable (Int, String) -> HTTPResponse)
        -> HTTPResponse
    {
        var response = error(503, "\(reason); try again in a second")
        response.headers.append(("Retry-After", "1"))
        return response
    }
}
