import AWSClient
import Configuration
import Glibc
import Synchronization
import Testing

@testable import Alerting
@testable import Notifications
@testable import System

@Suite("Fleets of notifiers")
struct NotifierFleetTests {
    private let source = FakeSource(["a": .single, "b": .single, "c": .single, "sns": .single])
    private let metrics = DeliveryMetrics()

    private func configuration(_ receivers: String, _ more: String = "") throws -> Configuration {
        try Configuration.load(text: "alerts: { \(more) receivers: [\(receivers)] }", file: "f")
    }

    private func settings(_ configuration: Configuration) -> SenderFactory.Settings {
        SenderFactory.Settings(
            pollInterval: configuration.polling.interval, pageURL: configuration.alerts.pageURL)
    }

    private func fleet(_ configuration: Configuration, after old: NotifierFleet? = nil) throws
        -> NotifierFleet
    {
        let services = DeliveryServices(
            source: source, clock: .system, log: Log(level: .error, write: { _ in }), metrics: metrics)
        return try NotifierFleet(
            configuration.receivers, settings(configuration), after: old, services: services
        ) { settings in
            try SenderFactory(
                settings,
                environment: AWSEnvironment(
                    variables: ["AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s"], homeDirectory: "",
                    readFile: { (_, _) throws(FileError) in nil }),
                now: PollClock.system.now)
        }
    }

    @Test("A new fleet goes on with the notifiers of unchanged receivers, and the old one ends the others")
    func takesOver() async throws {
        let receiver = RecordingReceiver()
        let address = try receiver.start()
        let hooks = ["a", "b", "c"].map { "{ type: webhook, name: \($0), url: \"http://\(address)/\($0)\" }" }
        let first = try fleet(configuration(hooks[...1].joined(separator: ", ")))
        await first.start()
        await source.enqueue([announced(1)])
        try await eventually("both are told") { receiver.requests.count == 2 }
        let changed = hooks[1].replacing("/b\"", with: "/new\"")
        let second = try fleet(
            configuration([hooks[0], changed, hooks[2]].joined(separator: ", ")), after: first)
        await first.stop(before: second)
        await source.enqueue([announced(2)])
        try await eventually("the unchanged one works on, nobody else does") {
            receiver.requests.map(\.path).sorted() == ["/a", "/a", "/b"]
        }
        await second.start()
        try await eventually("the others are told what waits") {
            receiver.requests.map(\.path).sorted() == ["/a", "/a", "/b", "/c", "/c", "/new"]
        }
        await second.stop()
        #expect(metrics["a"].attempts == 2)
        await receiver.stop()
    }

    @Test("A stop waits for no program that hangs; what it was told is told again")
    func hangingProgram() async throws {
        let path = "/tmp/fleet-\(UInt64.random(in: 0...UInt64.max))"
        defer { unlink(path) }
        let script = "echo $$ > \(path); sleep 300"
        let hanging = try fleet(
            configuration("{ type: command, name: a, command: [/bin/sh, -c, \"\(script)\"] }"))
        await hanging.start()
        await source.enqueue([announced(1)])
        try await eventually("it runs") { access(path, R_OK) == 0 }
        // Before the program's own time is over.
        await hanging.stop(drainSeconds: 0.1)
        #expect(metrics["a"].attempts == 1 && metrics["a"].failures.isEmpty)
        #expect(await source.next(for: "a") != nil)
    }

    @Test("What all messages depend on makes all notifiers new, and SNS's profile may have changed")
    func dependencies() throws {
        let hook = "{ type: webhook, name: a, url: \"http://127.0.0.1:9\" }"
        let made = Mutex(0)
        func count(
            _ configuration: Configuration, after old: NotifierFleet?, shared: SharedConfig? = nil
        ) throws -> NotifierFleet {
            let services = DeliveryServices(
                source: source, clock: .system, log: Log(level: .error, write: { _ in }), metrics: metrics)
            return try NotifierFleet(
                configuration.receivers, settings(configuration), after: old, shared: shared,
                services: services
            ) { settings in
                made.withLock { $0 += 1 }
                return try SenderFactory(
                    settings,
                    environment: AWSEnvironment(
                        variables: [:], homeDirectory: "",
                        readFile: { (_, _) throws(FileError) in nil }),
                    now: PollClock.system.now)
            }
        }
        let first = try count(configuration(hook), after: nil)
        let same = try count(configuration(hook, "critical: 0.9,"), after: first)
        #expect(made.withLock { $0 } == 1, "nothing that messages depend on")
        let page = try count(configuration(hook, "page_url: \"https://p\","), after: same)
        #expect(made.withLock { $0 } == 2)
        let topic = "{ type: sns, topic_arn: \"arn:aws:sns:us-east-1:111122223333:t\" }"
        let sns = try count(configuration(topic), after: page)
        _ = try count(configuration(topic), after: sns)
        #expect(made.withLock { $0 } == 4)
        _ = try count(configuration(""), after: sns)
        #expect(made.withLock { $0 } == 4, "no transport without receivers")
        let known = try count(configuration(topic), after: sns, shared: try files(""))
        _ = try count(configuration(topic), after: known, shared: try files(""))
        #expect(made.withLock { $0 } == 5, "the AWS files are the same")
        _ = try count(
            configuration(topic), after: known, shared: try files("[default]\nregion = eu-west-1\n"))
        #expect(made.withLock { $0 } == 6)
    }

    /// What the AWS tools' configuration file says.
    private func files(_ text: String) throws -> SharedConfig {
        try SharedConfig.load(
            AWSEnvironment(
                variables: [:], homeDirectory: "/h",
                readFile: { (path, _) throws(FileError) in
                    path == "/h/.aws/config" ? Array(text.utf8) : nil
                }))
    }
}
