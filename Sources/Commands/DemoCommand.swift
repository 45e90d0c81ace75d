import AWSClient
import AWSSimulator
import Configuration
import Daemon
import Glibc
import QuotaModel
import System

/// `demo`: the daemon against a simulated AWS on loopback, through the same client code as the real one.
struct DemoCommand {
    /// Faster than the default of 60 s, so that a visitor sees figures move; the simulation costs nothing.
    private static let pollingInterval = TimeSpan.seconds(10)

    /// Those of the simulated application profile.
    private static let profileTags = ["team", "app"]

    private let log: Log
    private let durationSeconds: Int?
    private let loadConfiguration: @Sendable () throws -> Configuration
    private let storagePath: String?

    init(_ invocation: Invocation) throws {
        log = try invocation.log()
        loadConfiguration = invocation.configurationLoader
        storagePath = invocation[.storagePath]
        durationSeconds = try invocation[.duration].map { text in
            guard let span = TimeSpan(text), span.seconds > 0 else {
                throw Invocation.UsageError(
                    description: "--duration: \"\(text)\" is not a duration; allowed: such as 90s, 2m, 1h")
            }
            return span.seconds
        }
    }

    func run() async throws -> Int32 {
        let signals = Signals()
        // Its sources end with it, and the compiler may end it after its last use.
        defer { withExtendedLifetime(signals) {} }
        let simulator = SimulatedAWS(scenario: .demonstration(), clock: PollClock.system.now)
        let endpoint = try await simulator.start()
        let folder = try storagePath == nil ? TemporaryFolder() : nil
        defer { folder?.remove() }
        let daemon = try Daemon(
            Daemon.Surroundings(
                environment: Self.environment(endpoint: endpoint), clock: .system, log: log,
                loadConfiguration: { [loadConfiguration] in
                    var configuration = try loadConfiguration()
                    configuration.polling.interval = Self.pollingInterval
                    for index in configuration.accounts.indices {
                        configuration.accounts[index].profileTags = Self.profileTags
                    }
                    configuration.quotas.reservations = [Self.reservation]
                    if let folder { configuration.storage.path = folder.storePath }
                    return configuration
                }))
        let address = try await daemon.start()
        log.info("Listening on", ["address": address.description])
        Output.print(
            Self.welcome(
                address: address.description, endpoint: endpoint, duration: durationSeconds,
                store: storagePath ?? folder?.storePath ?? "", isKept: storagePath != nil))
        await waitForEnd(signals)
        await daemon.stop()
        await simulator.stop()
        return 0
    }

    /// Of the model whose simulated traffic has a reserved part.
    private static let reservation = Reservation(
        route: .global, model: "anthropic.claude-haiku-4-5-20251001-v1:0", inputTokensPerMinute: 1_200_000,
        outputTokensPerMinute: 240_000)

    private func waitForEnd(_ signals: Signals) async {
        let end = durationSeconds.map { seconds in
            Task {
                try await Task.sleep(for: .seconds(seconds))
                // The same road as Ctrl-C.
                kill(getpid(), SIGTERM)
            }
        }
        for await event in signals.events {
            if case .stop = event { break }
        }
        end?.cancel()
    }

    /// An environment of its own, so that a visitor's real credentials stay out of it.
    private static func environment(endpoint: String) -> AWSEnvironment {
        AWSEnvironment(
            variables: [
                "AWS_ACCESS_KEY_ID": "AKIADEMODEMODEMODEMO", "AWS_SECRET_ACCESS_KEY": "simulated",
                "AWS_ENDPOINT_URL": endpoint, "NO_PROXY": "127.0.0.1",
            ],
            homeDirectory: "",
            readFile: { _, _ in nil })
    }

    /// What it is, and three things to try.
    private static func welcome(
        address: String, endpoint: String, duration: Int?, store: String, isKept: Bool
    ) -> String {
        let program = CommandLine.arguments.first ?? BuildInfo.name
        return """

            bedrock-quota-exporter watches a simulated AWS (\(endpoint)): five source Regions,
            Claude on Global cross-Region inference, 15 days of past, a burst beyond 80 % every few minutes.

              Metrics   http://\(address)/metrics
              Pools     http://\(address)/api/v1/pools
              Store     \(store)\(isKept ? "" : " (removed at the end)")

            \(duration.map { "It stops after \($0) s, or at once" } ?? "It stops") with Ctrl-C.

            Three things to try:

              1. See which quota is nearly used up, and open its pool:
                 http://\(address)/
              2. Watch the figures of each minute come, in another terminal:
                 \(program) watch --web.url http://\(address)
              3. Ask there why requests were throttled, and what to do:
                 \(program) throttles --start -1d --storage.path \(store)

            """
    }
}

/// A folder for a store that is not kept.
final class TemporaryFolder: Sendable {
    let path: String

    var storePath: String { "\(path)/usage.db" }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init() throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/bedrock-quota-exporter-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failure(
                description: "cannot create a folder in \(base): \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func remove() {
        for suffix in ["", "-wal", "-shm", ".lock"] { unlink(storePath + suffix) }
        rmdir(path)
    }
}
