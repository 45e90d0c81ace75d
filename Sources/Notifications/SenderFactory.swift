import AWSClient
import Alerting
import HTTPClient
import System

/// Makes the senders of the configured receivers, which share one transport.
package struct SenderFactory: Sendable {
    /// What messages to all receivers depend on.
    package struct Settings: Equatable, Sendable {
        /// Between two polls.
        let evaluationSeconds: Double
        let pageURL: String?

        package init(pollInterval: TimeSpan, pageURL: String?) {
            evaluationSeconds = Double(pollInterval.seconds)
            self.pageURL = pageURL
        }
    }

    private let environment: AWSEnvironment
    private let now: @Sendable () -> Double
    private let settings: Settings
    private let transport: any HTTPTransport

    /// Throws `TransportError` for a CA bundle that cannot be read.
    package init(
        _ settings: Settings, environment: AWSEnvironment, now: @escaping @Sendable () -> Double
    ) throws {
        self.environment = environment
        self.now = now
        self.settings = settings
        transport = try CurlTransport(
            CurlOptions(version: BuildInfo.version, environment: environment.variables))
    }

    /// Throws `CredentialsError` for a profile that does not exist.
    package func sender(_ receiver: AlertReceiver) throws -> any ReceiverSender {
        switch receiver.target {
        case .alertmanager(let url):
            return AlertmanagerSender(
                post: post(to: url, path: AlertmanagerBody.path),
                resendSeconds: Double(receiver.resend.seconds), evaluationSeconds: settings.evaluationSeconds,
                pageURL: settings.pageURL)
        case .webhook(let url):
            return WebhookSender(
                name: receiver.name, post: post(to: url),
                secretFile: receiver.hmacSecretFile, readFile: environment.readFile, pageURL: settings.pageURL
            )
        case .slack(let url):
            return SlackSender(post: post(to: url), pageURL: settings.pageURL)
        case .sns(let topicARN): return try publisher(receiver, topicARN)
        case .command(let program, let arguments):
            return CommandSender(
                name: receiver.name, program: program, arguments: arguments,
                environment: CommandEnvironment.variables(of: environment.variables),
                pageURL: settings.pageURL)
        }
    }

    private func post(to url: URLSource, path: String = "") -> HTTPPost {
        HTTPPost(source: url, readFile: environment.readFile, path: path, transport: transport, now: now)
    }

    private func publisher(_ receiver: AlertReceiver, _ topicARN: String) throws -> SNSSender {
        // The configuration takes nothing but topics' ARNs, which all name a Region.
        let region = SNSPublish.region(ofTopic: topicARN) ?? ""
        let settings = try ProfileSettings.load(environment, profile: receiver.profile)
        let signing = try SigningCredentials(
            environment: environment, settings: settings, profile: receiver.profile,
            roleARN: receiver.roleARN, region: region)
        // The notifier itself tries again.
        let caller = AWSCaller(
            transport: signing.transport, credentials: signing.provider, endpoints: signing.endpoints,
            retries: RetryPolicy(maximumAttempts: 1))
        return SNSSender(client: SNSClient(caller: caller, region: region), topicARN: topicARN)
    }
}

/// What came of one attempt to deliver.
package enum DeliveryResult: Equatable, Sendable {
    case accepted
    /// To be tried again, not before so many seconds when the receiver says so.
    case later(DeliveryFailure, afterSeconds: Double? = nil)
    /// The receiver will never take the message.
    case refused(DeliveryFailure)
    case cancelled
}

/// Why an attempt did not succeed. Holds no secret.
package struct DeliveryFailure: Equatable, Sendable {
    /// An HTTP status, an error code of AWS or a short word; for counters.
    package let reason: String
    /// A sentence for people.
    package let detail: String
}

/// Sends a message to one receiver once, without retries.
package protocol ReceiverSender: Sendable {
    func send(_ message: NotificationMessage) async -> DeliveryResult
}

/// A receiver that forgets what it is not told again.
package protocol StandingSender: ReceiverSender {
    /// Between two times that it is told of a firing alert.
    var resendSeconds: Double { get }

    /// At most `AlertLimits.alertsPerRequest` alerts as they are now.
    func send(_ notices: [AlertNotice]) async -> DeliveryResult
}

/// Posts JSON to one receiver, and tells what its answer means without telling the URL's secrets.
package struct HTTPPost: Sendable {
    package let source: URLSource
    package let readFile: BoundedFile.Reader
    /// Appended to the URL, without a second slash between them.
    package var path = ""
    package let transport: any HTTPTransport
    package let now: @Sendable () -> Double

    package func send(_ body: [UInt8], headers: [(name: String, value: String)] = []) async -> DeliveryResult
    {
        let url: ServiceURL
        do throws(SecretFile.Failure) {
            url = try source.url(readFile)
        } catch {
            // Whoever mends the file need not restart anything.
            return .later(DeliveryFailure(reason: "url_file", detail: "url_file: \(error.description)"))
        }
        let request = TransportRequest(
            method: "POST", url: target(url),
            headers: [("Content-Type", "application/json")] + Self.authorization(url) + headers, body: body,
            timeout: DeliveryLimits.requestTimeout, maximumResponseBytes: DeliveryLimits.responseBytes)
        do {
            return result(of: try await transport.send(request), from: url)
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

    private func target(_ url: ServiceURL) -> String {
        var text = url.withoutUser.value
        guard !path.isEmpty else { return text }
        while text.hasSuffix("/") { text.removeLast() }
        return text + path
    }

    private static func authorization(_ url: ServiceURL) -> [(name: String, value: String)] {
        URLUser.authorization(url).map { [("Authorization", $0)] } ?? []
    }

    private func result(of response: TransportResponse, from url: ServiceURL) -> DeliveryResult {
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
