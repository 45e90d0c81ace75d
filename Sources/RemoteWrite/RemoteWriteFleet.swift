import AWSClient
import HTTPClient
import Synchronization
import System

/// The senders of all receivers, each in a task of its own, so that none waits for another.
package final class RemoteWriteFleet: Sendable {
    private struct Member {
        let receiver: RemoteWriteSettings
        let sender: RemoteWriteSender
        let task = TaskHolder()

        var signs: Bool {
            if case .sigv4 = receiver.authentication { true } else { false }
        }
    }

    private final class TaskHolder: Sendable {
        private let task = Mutex<Task<Void, Never>?>(nil)

        /// Once; a second call does nothing.
        func start(_ body: @escaping @Sendable () async -> Void) {
            task.withLock { $0 = $0 ?? Task { await body() } }
        }
        func cancel() { task.withLock { $0 }?.cancel() }
        func end() async { await task.withLock { $0 }?.value }
    }

    private let members: [Member]
    private let reach: RemoteWriteReach
    /// The AWS files, which those that sign take credentials from; nil where they are not known to be the same.
    private let shared: SharedConfig?
    private let metrics: RemoteWriteMetrics

    /// Takes over from the fleet before it the senders that would be made again just as they are, with what they are at.
    ///
    /// Throws `CredentialsError` for a profile that does not exist and `TransportError` for a CA bundle that cannot
    /// be read; nothing has begun or ended then.
    package init(
        _ receivers: [RemoteWriteSettings], after old: RemoteWriteFleet? = nil,
        shared: SharedConfig? = nil,
        environment: AWSEnvironment, services: RemoteWriteServices
    ) throws {
        let kept = old?.reach == services.reach
        let mayGoOnSigning = shared != nil && old?.shared == shared
        members = try receivers.map { receiver in
            let same = old?.members.first { $0.receiver == receiver && (!$0.signs || mayGoOnSigning) }
            if kept, let same { return same }
            return Member(
                receiver: receiver,
                sender: RemoteWriteSender(
                    receiver, client: try Self.client(receiver, environment, services.clock),
                    services: services))
        }
        reach = services.reach
        self.shared = shared
        metrics = services.metrics
    }

    package var senders: [RemoteWriteSender] { members.map(\.sender) }

    /// Those that were taken over are at work already.
    package func start() {
        metrics.register(members.map(\.receiver.name))
        for member in members { member.task.start { await member.sender.run() } }
    }

    /// Cancels all requests but those of senders that the next fleet has taken over, and waits until each has noticed.
    package func stop(before next: RemoteWriteFleet? = nil) async {
        let ending = members.filter { member in
            next?.members.contains { $0.sender === member.sender } != true
        }
        for member in ending { member.task.cancel() }
        for member in ending { await member.task.end() }
    }

    private static func client(
        _ receiver: RemoteWriteSettings, _ environment: AWSEnvironment, _ clock: PollClock
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
