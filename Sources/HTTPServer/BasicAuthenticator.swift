/// Checks HTTP basic authentication (RFC 7617) against bcrypt hashes.
package final class BasicAuthenticator: Sendable {
    /// User names to bcrypt hashes; throws `invalidUser` for a hash it could not check.
    package init(users: [String: String], realm: String = "restricted") throws(HTTPServerError) {}

    /// Whether the request carries a known user's password.
    package func authenticate(_ request: HTTPRequest) async -> Bool { false }

    /// The handler behind authentication: 401 with `WWW-Authenticate` for everybody else.
    package func protecting(_ handler: @escaping HTTPHandler) -> HTTPHandler { handler }
}
