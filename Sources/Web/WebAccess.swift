import HTTPServer
import System

/// Who is answered: requests meant for this server, no changes on behalf of foreign web pages, and, where there are
/// users, whoever logs in.
package struct WebAccess: Sendable {
    private let hosts: HTTPHostGuard
    private let users: BasicAuthenticator?

    /// Throws `HTTPServerError` for an address that cannot be listened on and a user who could never log in.
    package init(_ web: WebSettings) throws {
        hosts = HTTPHostGuard(
            listeningOn: web.listenAddress, names: web.allowedHosts)
        users =
            web.basicAuthUsers.isEmpty
            ? nil
            : try BasicAuthenticator(users: web.basicAuthUsers.mapValues(\.value), realm: BuildInfo.name)
    }

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
        return users?.admission(of: request) ?? .admitted
    }
}
