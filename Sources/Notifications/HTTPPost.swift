import AWSClient
import Alerting
import HTTPClient
import System

/// Posts JSON to one receiver, and tells what its answer means without telling the URL's secrets.
package struct HTTPPost: Sendable {
    package let url: ServiceURL
    /// Appended to the URL, without a second slash between them.
    package var path = ""
    package let transport: any HTTPTransport
    package let now: @Sendable () -> Double

    package func send(_ body: [UInt8], headers: [(name: String, value: String)] = []) async -> DeliveryResult
    {
        let request = TransportRequest(
            method: "POST", url: target,
            headers: [("Content-Type", "application/json")] + authorization + headers, body: body,
            timeout: DeliveryLimits.requestTimeout, maximumResponseBytes: DeliveryLimits.responseBytes)
        do {
            return result(of: try await transport.send(request))
        } catch .cancelled {
            return .cancelled
        } catch {
            let failure = DeliveryFailure(
                reason: error.failureCode, detail: MessageText.bounded("\(error)", without: url.secrets))
            switch error {
            case .timedOut, .cannotConnect, .connectionFailed, .cancelled: return .later(failure)
            // Both would come again, and the receiver may have taken the message.
            case .responseTooLarge, .badRequest: return .refused(failure)
            }
        }
    }

    private var target: String {
        var text = url.withoutUser.value
        guard !path.isEmpty else { return text }
        while text.hasSuffix("/") { text.removeLast() }
        return text + path
    }

    private var authorization: [(name: String, value: String)] {
        URLUser.authorization(url).map { [("Authorization", $0)] } ?? []
    }

    private func result(of response: TransportResponse) -> DeliveryResult {
        let text = MessageText.bounded(
            String(decoding: response.body, as: UTF8.self), limit: DeliveryLimits.loggedCharacters,
            without: url.secrets)
        let failure = DeliveryFailure(
            reason: String(response.status),
            detail: "status \(response.status)\(text.isEmpty ? "" : ": \(text)")")
        switch DeliveryOutcome(status: response.status) {
        case .accepted: return .accepted
        case .refused: return .refused(failure)
        case .tryAgain:
            let wait = RetryAfter.seconds(
                in: response, now: now(), atMost: AlertLimits.longestRetrySeconds)
            return .later(failure, afterSeconds: wait)
        }
    }
}
