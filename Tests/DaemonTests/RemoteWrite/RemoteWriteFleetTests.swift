import AWSClient
import Configuration
import Testing

@testable import Daemon
@testable import Reading
@testable import RemoteWrite
@testable import System

@Suite("Fleets of remote write")
struct RemoteWriteFleetTests {
    private let bench: RemoteWriteBench

    init() throws { bench = try RemoteWriteBench() }

    private static let plain = "{ url: \"http://127.0.0.1:9/w\", name: plain }"
    private static let signed =
        "{ url: \"http://127.0.0.1:9/w\", name: signed, sigv4: { region: eu-west-1 } }"

    private func environment(_ text: String) -> AWSEnvironment {
        AWSEnvironment(
            variables: ["AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s"], homeDirectory: "/h",
            readFile: { (path, _) throws(FileError) in
                path == "/h/.aws/config" ? Array(text.utf8) : nil
            })
    }

    private func fleet(
        _ more: String = "", receivers: String = plain + ", " + signed, files: String = "",
        after old: RemoteWriteFleet? = nil
    ) throws -> RemoteWriteFleet {
        let configuration = try Configuration.load(text: "remote_write: [\(receivers)]\n\(more)", file: "f")
        let environment = environment(files)
        return try RemoteWriteFleet(
            configuration.remoteWrite, after: old,
            shared: try SharedConfig.load(environment), environment: environment,
            services: RemoteWriteServices(
                store: bench.store, clock: bench.time.clock, log: Log(write: { _ in }),
                metrics: bench.metrics,
                reach: RemoteWriteReach(PollPlan(settings: configuration.polling))))
    }

    private func kept(_ new: RemoteWriteFleet, of old: RemoteWriteFleet) -> [Bool] {
        new.senders.map { sender in old.senders.contains { $0 === sender } }
    }

    @Test("A reload goes on with senders that would be made again just as they are")
    func takesOver() throws {
        let first = try fleet()
        #expect(kept(try fleet(after: first), of: first) == [true, true])
        #expect(kept(try fleet("alerts: { warning: 0.5 }", after: first), of: first) == [true, true])
        let files = try fleet(files: "[default]\nregion = eu-west-1\n", after: first)
        #expect(kept(files, of: first) == [true, false])
        let window = "polling: { reread_window: 20m }"
        #expect(kept(try fleet(window, after: first), of: first) == [false, false])
        #expect(kept(try fleet("polling: { interval: 2m }", after: first), of: first) == [true, true])
        let rates = "quotas: { burndown_rates: [{ model: a.b, rate: 2 }] }"
        #expect(kept(try fleet(rates, after: first), of: first) == [true, true])
        let other = Self.plain.replacing("/w", with: "/other") + ", " + Self.signed
        #expect(kept(try fleet(receivers: other, after: first), of: first) == [false, true])
    }
}
