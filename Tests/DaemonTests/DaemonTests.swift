import AWSClient
import AWSSimulator
import Configuration
import Glibc
import HTTPServer
import QuotaModel
import Synchronization
import TestBench
import Testing
import UsageStore

@testable import Daemon

@Suite("Daemon against the simulated AWS", .timeLimit(.minutes(5)))
struct DaemonTests {
    /// A configuration that a test changes, as a person would change the file.
    private final class File: Sendable {
        private let content: Mutex<Result<Configuration, Broken>>

        struct Broken: Error, CustomStringConvertible {
            let description = "config.yml:3:1: broken"
        }

        init(_ configuration: Configuration) { content = Mutex(.success(configuration)) }

        func write(_ change: (inout Configuration) -> Void) {
            content.withLock { content in
                guard case .success(var configuration) = content else { return }
                change(&configuration)
                content = .success(configuration)
            }
        }

        func spoil() -> Configuration? {
            content.withLock { content in
                defer { content = .failure(Broken()) }
                guard case .success(let configuration) = content else { return nil }
                return configuration
            }
        }

        private let reads = Atomic(0)
        var readCount: Int { reads.load(ordering: .relaxed) }

        func read() throws -> Configuration {
            reads.add(1, ordering: .relaxed)
            return try content.withLock { try $0.get() }
        }
    }

    private struct Running {
        let folder: TestFolder
        let simulator: SimulatedAWS
        let file: File
        let daemon: Daemon
        let address: ListenAddress

        func stop() async {
            await daemon.stop()
            await simulator.stop()
        }

        func get(_ path: String, method: String = "GET") async throws -> (status: Int, text: String) {
            let transport = try CurlTransport(
                CurlOptions(version: "test", caBundle: nil, environment: ["NO_PROXY": "127.0.0.1"]))
            let response = try await transport.send(
                TransportRequest(
                    method: method, url: "http://\(address)\(path)", headers: [], body: [], signing: nil,
                    timeout: .seconds(10), maximumResponseBytes: 1 << 20))
            return (response.status, String(decoding: response.body, as: UTF8.self))
        }
    }

    private func start(account: String? = "prod", faults: [(Fault, SimulatedOperation)] = []) async throws
        -> Running
    {
        let folder = try TestFolder()
        let minute = Minute(containingEpochSeconds: Int(time(nil)))
        var traffic = Traffic()
        for region in [Traffic.region, Traffic.other] {
            traffic.addGolden(10, minute.advanced(by: -30)..<minute.advanced(by: 1), region: region)
        }
        let simulator = SimulatedAWS(scenario: traffic.scenario, clock: PollClock.system.now)
        for (fault, operation) in faults { simulator.faults.add(fault, operation: operation, times: nil) }
        let endpoint = try await simulator.start()
        var configuration = Configuration()
        configuration.web.listenAddress = WebAddress(host: "127.0.0.1", port: 0)
        configuration.storage.path = folder.database
        configuration.accounts[0].name = account
        configuration.accounts[0].regions = [Traffic.region]
        let file = File(configuration)
        let daemon = try Daemon(
            Daemon.Surroundings(
                environment: PollBench.environment(endpoint), clock: .system, log: Log(write: { _ in }),
                loadConfiguration: { try file.read() }))
        return Running(
            folder: folder, simulator: simulator, file: file, daemon: daemon,
            address: try await daemon.start())
    }

    private func isReady(_ running: Running) async throws -> Bool {
        try await eventually { try await running.get("/-/ready").status == 200 }
    }

    @Test("starts, gets ready, shows the pool, and stops with a closed store")
    func lifeCycle() async throws {
        let running = try await start()
        #expect(try await isReady(running))
        let page = try await running.get("/metrics")
        #expect(
            page.text.contains(
                #"bedrock_quota_usage{account="prod",region="ap-southeast-1",scope="global","#
                    + #"model="anthropic.claude-sonnet-4-6",quota="tokens_per_minute"} 350000"#))
        #expect(page.text.contains(#"bedrock_exporter_up{account="prod",region="ap-southeast-1"} 1"#))
        await running.stop()
        let store = try UsageStore.open(path: running.folder.database)
        #expect(
            try await store.totals(account: "prod", region: Traffic.region)[Traffic.sonnet]?[.invocations]
                == 310)
        try await store.close()
    }

    @Test("a bad file keeps the old configuration, and the page tells")
    func badReload() async throws {
        let running = try await start()
        #expect(try await isReady(running))
        _ = running.file.spoil()
        let answer = try await running.get("/-/reload", method: "POST")
        #expect(answer.status == 500)
        #expect(answer.text == "Configuration not reloaded: config.yml:3:1: broken\n")
        let page = try await running.get("/metrics").text
        #expect(page.contains("bedrock_exporter_config_last_reload_successful 0\n"))
        #expect(page.contains(#"bedrock_exporter_up{account="prod",region="ap-southeast-1"} 1"#))
        await running.stop()
    }

    @Test("what needs a restart is refused with its reason")
    func needsRestart() async throws {
        let running = try await start()
        running.file.write { $0.web.telemetryPath = "/other" }
        #expect(await running.daemon.reload() == "web: a change needs a restart; nothing was changed")
        running.file.write {
            $0.web.telemetryPath = "/metrics"
            $0.storage.path = "/elsewhere/usage.db"
        }
        #expect(
            await running.daemon.reload() == "storage.path: a change needs a restart; nothing was changed")
        await running.stop()
    }

    @Test(
        "a reload adds and takes away Regions, also of an account labelled by its ID",
        arguments: ["prod", nil])
    func regions(account: String?) async throws {
        let running = try await start(account: account)
        #expect(try await isReady(running))
        let name = account ?? "111122223333"
        func up(_ region: String) -> String {
            #"bedrock_exporter_up{account="\#(name)",region="\#(region)"} 1"#
        }
        running.file.write { $0.accounts[0].regions = [Traffic.region, Traffic.other] }
        #expect(await running.daemon.reload() == nil)
        #expect(try await eventually { try await running.get("/metrics").text.contains(up(Traffic.other)) })
        #expect(try await running.get("/metrics").text.contains(up(Traffic.region)))
        #expect(try await running.get("/-/ready").status == 200)
        running.file.write { $0.accounts[0].regions = [Traffic.other] }
        #expect(await running.daemon.reload() == nil)
        let page = try await running.get("/metrics").text
        #expect(page.contains(up(Traffic.other)))
        #expect(!page.contains("bedrock_exporter_up{account=\"\(name)\",region=\"ap-southeast-1\"}"))
        #expect(!page.contains("bedrock_quota_limit{account=\"\(name)\",region=\"ap-southeast-1\""))
        #expect(page.contains("bedrock_quota_limit{account=\"\(name)\",region=\"ap-southeast-3\""))
        #expect(!page.contains("up{account=\"unknown\""))
        await running.stop()
    }

    @Test(
        "a reload while the first poll hangs waits for nothing, nor does the stop",
        arguments: [SimulatedOperation.getMetricData, .getCallerIdentity])
    func hanging(operation: SimulatedOperation) async throws {
        let running = try await start(account: nil, faults: [(.hang, operation)])
        #expect(await eventually { running.simulator.log.count(operation) > 0 })
        let start = ContinuousClock.now
        #expect(await running.daemon.reload() == nil)
        #expect(await eventually { running.simulator.log.count(operation) > 1 })
        #expect(try await running.get("/-/ready").status == 503)
        await running.daemon.stop()
        #expect(ContinuousClock.now - start < .seconds(60))
        #expect(await running.daemon.reload() == "the exporter is stopping")
        await running.simulator.stop()
    }

    @Test("a stop during a reload leaves no fleet behind")
    func stopDuringReload() async throws {
        for _ in 0..<5 {
            let running = try await start(account: nil, faults: [(.hang, .getCallerIdentity)])
            #expect(await eventually { running.simulator.log.total == 1 })
            let reads = running.file.readCount
            let reload = Task { await running.daemon.reload() }
            #expect(await eventually { running.file.readCount > reads })
            await running.daemon.stop()
            // Either the reload came first, then its fleet was stopped, or none was begun.
            let answer = await reload.value
            #expect(answer == nil || answer == "the exporter is stopping")
            // What was under way at the stop may arrive a little later, but nothing after it.
            try await Task.sleep(for: .milliseconds(250))
            #expect(running.simulator.log.total <= (answer == nil ? 2 : 1))
            await running.simulator.stop()
        }
    }
}
