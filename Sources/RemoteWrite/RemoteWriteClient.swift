import AWSClient
import Exposition
import FoundationEssentials
import HTTPClient
import System

/// Sends single requests to one receiver by the Remote-Write 1.0 specification, and tells what an answer means.
package struct RemoteWriteClient: Sendable {
    package enum Outcome: Equatable, Sendable {
        case accepted
        /// Try the same samples again, not before so many seconds when the receiver says so.
        case later(code: String, reason: String, afterSeconds: Double?)
        /// The receiver does not want these samples, now or later.
        case refused(code: String, reason: String)
        case cancelled
    }

    package let url: ServiceURL
    package let transport: any HTTPTransport
    package let authentication: RemoteWriteAuthentication
    package let clock: PollClock

    package func send(_ body: RemoteWriteRequest) async -> Outcome {
        var request = TransportRequest(
            method: "POST", url: url.text.value, headers: Self.headers, body: body.compressed(),
            timeout: RemoteWriteLimits.requestTimeout, maximumResponseBytes: RemoteWriteLimits.responseBytes)
        do {
            try await authentication.sign(&request)
        } catch {
            return .later(code: "credentials", reason: error.reason, afterSeconds: nil)
        }
        do {
            let response = try await transport.send(request)
            let outcome = outcome(of: response)
            if [401, 403].contains(response.status) { await authentication.refused(request) }
            return outcome
        } catch .cancelled {
            return .cancelled
        } catch {
            return .later(
                code: error.failureCode, reason: MessageText.bounded("\(error)", without: url.secrets),
                afterSeconds: nil)
        }
    }

    /// Section "Protocol"; the transport adds `User-Agent`.
    private static let headers = [
        ("Content-Encoding", "snappy"), ("Content-Type", "application/x-protobuf"),
        ("X-Prometheus-Remote-Write-Version", "0.1.0"),
    ].map { (name: $0.0, value: $0.1) }

    /// Section "Retries & Backoff": 5xx must and 429 may be tried again, other 4xx must not.
    ///
    /// Answers that are not about the samples (no right, wrong address, a redirect) are an exception: what is sent
    /// next is another request, with secrets read anew, and what lies in the store need not be thrown away for them.
    private func outcome(of response: TransportResponse) -> Outcome {
        let code = String(response.status)
        switch response.status {
        case 200..<300:
            return .accepted
        case 429, 500...:
            let wait = RetryAfter.seconds(
                in: response, now: clock.now(), atMost: RemoteWriteLimits.longestRetryAfterSeconds)
            return .later(code: code, reason: reason(response), afterSeconds: wait)
        case 401, 403, 404, 405, 407, 408, ..<400:
            return .later(
                code: code, reason: "status \(code)", afterSeconds: RemoteWriteLimits.longestBackoffSeconds)
        case _:
            return .refused(code: code, reason: reason(response))
        }
    }

    private func reason(_ response: TransportResponse) -> String {
        let text = MessageText.bounded(
            String(decoding: response.body, as: UTF8.self), limit: RemoteWriteLimits.loggedCharacters,
            without: url.secrets)
        return "status \(response.status): \(text)"
    }
}
