import FoundationEssentials
import HTTPClient
import System

/// One operation of one service, before it has an endpoint and a signature.
package struct AWSRequest: Sendable {
    /// Whose keys sign the request.
    package enum Signing: Sendable {
        /// With the caller's own credentials.
        case provider
        /// With these, which are not refreshed.
        case credentials(AWSCredentials)
        case unsigned
    }

    /// Whom the request is for.
    package var service: AWSService
    /// AWS's name of the operation.
    package var operation: String
    /// The Region to call.
    package var region: String
    /// In upper case.
    package var method = "POST"
    /// Begins with a slash and needs no percent-encoding: libcurl signs an encoded path wrongly.
    package var path = "/"
    /// Already sorted by name and percent-encoded; empty for none.
    package var query = ""
    /// Beside those that the transport adds.
    package var headers: [(name: String, value: String)] = []
    /// Empty for a GET.
    package var body: [UInt8] = []
    /// By default with the caller's own credentials.
    package var signing: Signing = .provider
    /// True where a second request would do, and bill, its work a second time: then it is sent once more only after a
    /// refusal, or when there was no connection to send it on.
    package var isSentOnce = false
    /// Metrics that AWS bills when this request is answered with 200.
    package var billedMetrics = 0

    package init(service: AWSService, operation: String, region: String) {
        self.service = service
        self.operation = operation
        self.region = region
    }

    /// An `awsJson1_0` or `awsJson1_1` request; its body is perhaps written by `with(_:)`.
    static func json(
        service: AWSService, operation: String, target: String, version: String, region: String,
        body: [UInt8] = []
    ) -> AWSRequest {
        var request = AWSRequest(service: service, operation: operation, region: region)
        request.headers = [
            ("Content-Type", "application/x-amz-json-\(version)"), ("X-Amz-Target", "\(target).\(operation)"),
        ]
        request.body = body
        return request
    }

    /// A request of the query protocol: a form with `Action` and `Version`.
    static func query(
        service: AWSService, operation: String, version: String, parameters: [(String, String)],
        region: String,
        signing: Signing
    ) -> AWSRequest {
        var request = AWSRequest(service: service, operation: operation, region: region)
        request.headers = [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]
        let form = [("Action", operation), ("Version", version)] + parameters
        request.body = Array(form.map { "\($0)=\(PercentEncoding.encode($1))" }.joined(separator: "&").utf8)
        request.signing = signing
        return request
    }

    /// A `restJson1` GET; parameters are sorted here, because libcurl signs the query as it stands.
    static func get(
        service: AWSService, operation: String, path: String, parameters: [(String, String)], region: String
    ) -> AWSRequest {
        var request = AWSRequest(service: service, operation: operation, region: region)
        request.method = "GET"
        request.path = path
        let pairs = parameters.map { (PercentEncoding.encode($0), PercentEncoding.encode($1)) }
        request.query = pairs.sorted { $0 < $1 }.map { "\($0)=\($1)" }.joined(separator: "&")
        return request
    }

    /// A `restJson1` POST; its body is written by `with(_:)`.
    static func post(
        service: AWSService, operation: String, path: String, region: String
    ) -> AWSRequest {
        var request = AWSRequest(service: service, operation: operation, region: region)
        request.path = path
        request.headers = [("Content-Type", "application/json")]
        return request
    }

    /// The same with an input as its JSON body.
    func with(_ input: some Encodable) throws(AWSError) -> AWSRequest {
        var request = self
        do {
            request.body = Array(try JSONEncoder().encode(input))
        } catch {
            throw self.error(.invalidRequest, "the request cannot be written as JSON")
        }
        return request
    }

    /// The error of this request.
    func error(
        _ kind: AWSError.Kind, status: Int? = nil, code: String? = nil, _ message: String
    ) -> AWSError {
        AWSError(
            kind: kind, service: service, operation: operation, region: region, status: status, code: code,
            message: message)
    }
}
