import AWSClient
import AWSSimulator
import FoundationEssentials
import HTTPClient

/// The simulated AWS without sockets and cryptography, so that a day of polls takes seconds.
struct DirectTransport: HTTPTransport {
    let simulator: SimulatedAWS
    /// Unix seconds.
    let now: @Sendable () -> Double

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        let parts = request.url.split(separator: "?", maxSplits: 1)
        let path = parts[0].split(separator: "/", omittingEmptySubsequences: false).dropFirst(3)
        let query = parts.dropFirst().flatMap { $0.split(separator: "&") }.map { pair in
            let halves = pair.split(separator: "=", maxSplits: 1).map(String.init)
            return (name: halves[0], value: halves.count > 1 ? halves[1] : "")
        }
        let response = simulator.respond(
            to: SimulatedRequest(
                method: request.method, path: "/" + path.joined(separator: "/"), query: query,
                headers: request.headers + signature(request.signing), body: request.body))
        var headers: [String: String] = [:]
        for header in response.headers { headers[header.name.lowercased()] = header.value }
        return TransportResponse(status: response.status, headers: headers, body: response.body)
    }

    /// What the simulator looks at: account, Region, service and time.
    private func signature(_ scope: SigningScope?) -> [(name: String, value: String)] {
        guard let scope else { return [] }
        let time = Date(timeIntervalSince1970: now()).formatted(.iso8601)
        let stamp = time.filter { $0 != "-" && $0 != ":" }
        let credential =
            "\(scope.credentials.accessKeyID)/\(stamp.prefix(8))/\(scope.region)/\(scope.service)/aws4_request"
        let signature = String(repeating: "0", count: 64)
        return [
            ("host", "localhost"), ("x-amz-date", stamp),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=\(credential), SignedHeaders=host;x-amz-date, Signature=\(signature)"
            ),
        ]
    }
}

/// Keys that never change.
struct FixedCredentials: CredentialsProvider {
    func credentials() async throws(CredentialsError) -> AWSCredentials {
        AWSCredentials(accessKeyID: "AKIATESTTESTTESTTEST", secretAccessKey: "secret")
    }
}
