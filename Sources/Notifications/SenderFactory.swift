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
                post: HTTPPost(url: url, path: AlertmanagerBody.path, transport: transport, now: now),
                resendSeconds: Double(receiver.resend.seconds), evaluationSeconds: settings.evaluationSeconds,
                pageURL: settings.pageURL)
        case .webhook(let url):
            return WebhookSender(
                name: receiver.name, post: HTTPPost(url: url, transport: transport, now: now),
                secretFile: receiver.hmacSecretFile, readFile: environment.readFile, pageURL: settings.pageURL
            )
        case .slack(let url):
            return SlackSender(
                post: HTTPPost(url: url, transport: transport, now: now), pageURL: settings.pageURL)
        case .sns(let topicARN): return try publisher(receiver, topicARN)
        case .command(let program, let arguments):
            return CommandSender(
                name: receiver.name, program: program, arguments: arguments,
                environment: CommandEnvironment.variables(of: environment.variables),
                pageURL: settings.pageURL)
        }
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
