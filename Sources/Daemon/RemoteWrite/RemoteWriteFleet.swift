import AWSClient
import Configuration
import Synchronization

/// The senders of all receivers, each in a task of its own, so that none waits for another.
final class RemoteWriteFleet: Sendable {
    private let senders: [RemoteWriteSender]
    private let names: [String]
    private let metrics: RemoteWriteMetrics
    private let tasks = Mutex<[Task<Void, Never>]>([])

    /// Throws `CredentialsError` for a profile that does not exist and `TransportError` for a CA bundle that cannot
    /// be read; nothing has begun then.
    init(
        _ receivers: [RemoteWriteConfiguration], environment: AWSEnvironment, services: RemoteWriteServices
    ) throws {
        senders = try receivers.map { receiver in
            RemoteWriteSender(
                receiver, client: try Self.client(receiver, environment, services.clock), services: services)
        }
        names = receivers.map(\.name)
        metrics = services.metrics
    }

    func start() {
        metrics.register(names)
        tasks.withLock { $0 = senders.map { sender in Task { await sender.run() } } }
    }

    /// Cancels all requests and waits until each sender has noticed.
    func stop() async {
        let tasks = tasks.withLock { $0 }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    private static func client(
        _ receiver: RemoteWriteConfiguration, _ environment: AWSEnvironment, _ clock: PollClock
    ) throws -> RemoteWriteClient {
        var caBundle: String?
        var credentials: (any CredentialsProvider)?
        if case .sigv4(let sigv4) = receiver.authentication {
            let settings = try ProfileSettings.load(environment, profile: sigv4.profile)
            caBundle = settings.caBundlePath
            credentials = try SigningCredentials(
                environment: environment, settings: settings, profile: sigv4.profile, roleARN: sigv4.roleARN,
                region: sigv4.region
            ).provider
        }
        let transport = try CurlTransport(
            CurlOptions(version: BuildInfo.version, caBundle: caBundle, environment: environment.variables))
        return RemoteWriteClient(
            url: receiver.url, transport: transport,
            authentication: RemoteWriteAuthentication(
                receiver.authentication, credentials: credentials, readFile: environment.readFile),
            clock: clock)
    }
}
