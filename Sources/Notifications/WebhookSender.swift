import Alerting
import System

/// A URL that takes Alertmanager's webhook body, version 4.
package struct WebhookSender: ReceiverSender {
    package let name: String
    package let post: HTTPPost
    package let secretFile: String?
    package let readFile: BoundedFile.Reader
    package let pageURL: String?

    package func send(_ message: NotificationMessage) async -> DeliveryResult {
        let body: [UInt8]
        do {
            body = try WebhookBody.bytes(message, receiver: name, pageURL: pageURL)
        } catch {
            return .refused(DeliveryFailure(reason: "body", detail: "\(error)"))
        }
        // A message may come twice, when its answer was lost; by its ID a receiver can tell.
        var headers = [(name: "Idempotency-Key", value: message.id)]
        do {
            if let secretFile {
                let secret = Array(try SecretFile.text(secretFile, readFile).utf8)
                headers.append((BodySignature.header, BodySignature.value(of: body, secret: secret)))
            }
        } catch {
            return .later(DeliveryFailure(reason: "secret", detail: "cannot sign: \(error)"))
        }
        return await post.send(body, headers: headers)
    }
}
