import AWSSimulator
import Configuration
import Glibc
import HTTPServer
import QuotaModel
import Reading
import SimulatedFaults
import Synchronization
import TestBench
import Testing
import UsageStore

@testable import Daemon
@testable import HTTPClient
@testable import System

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
        let clock: ManualClock?
        let file: File
        let daemon: Daemon
        let address: ListenAddress

        func stop() async {
            await daemon.stop()
            await simulator.stop()
        }

        func get(_ path: String, method: String = "GET", headers: [(String, String)] = []) async throws
            -> (status: Int, text: String)
        {
            let transport = try CurlTransport(
                CurlOptions(version: "test", caBundle: nil, environment: ["NO_PROXY": "127.0.0.1"]))
            let response = try await transport.send(
                TransportRequest(
                    method: method, url: "http://\(address)\(path)", headers: headers.map { ($0.0, $0.1) },
                    body: [], signing: nil,
                    timeout: .seconds(10), maximumResponseBytes: 1 << 20))
            return (response.status, String(decoding: response.body, as: UTF8.self))
        }
    }

    /// - Parameter isStanding: Time stands still: after its first poll no Region has another one by itself.
    private func start(
        account: String? = "prod", faults: [(Fault, SimulatedOperation)] = [], isStanding: Bool = false,
        _ change: (inout Configuration) -> Void = { _ in }
    ) async throws -> Running {
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
        configuration.web.listenAddress = ListenAddress(host: .ipv4("127.0.0.1"), port: 0)
        configuration.storage.path = folder.database
        configuration.accounts[0].name = account
        configuration.accounts[0].regions = [Traffic.region]
        change(&configuration)
        let file = File(configuration)
        let standing = isStanding ? ManualClock(PollClock.system.now()) : nil
        var clock = PollClock.system
        if let standing {
            clock = PollClock(
                now: { standing.now }, sleep: { _ in try await Task.sleep(for: .seconds(3600)) })
        }
        let daemon = try Daemon(
            Daemon.Surroundings(
                environment: PollBench.environment(endpoint), clock: clock, log: Log(write: { _ in }),
                loadConfiguration: { try file.read() }))
        return Running(
            folder: folder, simulator: simulator, clock: standing, file: file, daemon: daemon,
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

    @Test("who may log in changes without a restart, and is asked from the next request on")
    func users() async throws {
        let running = try await start()
        let hash = Secret("$2y$04$BQExporterTestSaltAAA.nL/XtFoESN0XeRSGH73DE/wVqi/T3Ui")
        #expect(try await running.get("/metrics").status == 200)
        running.file.write { $0.web.basicAuthUsers = ["ann": hash] }
        #expect(await running.daemon.reload() == nil)
        #expect(try await running.get("/metrics").status == 401)
        running.file.write {
            $0.web.basicAuthUsers = ["bob": hash]
            $0.web.telemetryPath = "/other"
        }
        #expect(await running.daemon.reload() == "web: a change needs a restart; nothing was changed")
        running.file.write {
            $0.web.basicAuthUsers = [:]
            $0.web.telemetryPath = "/metrics"
        }
        #expect(await running.daemon.reload() == nil)
        #expect(try await running.get("/metrics").status == 200)
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
        // Other credentials, as far as anybody can tell.
        running.file.write { $0.accounts[0].externalID = Secret("other") }
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

    // MARK: What a reload leaves alone

    private func billed(_ running: Running) async throws -> [Substring] {
        try await running.get("/metrics").text.split(separator: "\n").filter {
            $0.hasPrefix("bedrock_exporter_aws_billed_metrics_total{")
        }
    }

    @Test("forty reloads, in a row and at once, poll nothing and bill nothing")
    func quietReloads() async throws {
        let running = try await start(isStanding: true) {
            $0.accounts[0].regions = [Traffic.region, Traffic.other]
        }
        #expect(try await isReady(running))
        let (requests, billed) = (running.simulator.log.total, try await billed(running))
        #expect(billed.count == 2)
        for _ in 0..<20 { #expect(await running.daemon.reload() == nil) }
        let reads = running.file.readCount
        let outcomes = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<20 { group.addTask { await running.daemon.reload() } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.allSatisfy { $0 == nil } && outcomes.count == 20)
        #expect(running.file.readCount - reads < 20)
        #expect(running.simulator.log.total == requests)
        #expect(try await self.billed(running) == billed)
        await running.stop()
    }

    @Test("changed quotas, alerts and intervals show without a poll")
    func settingsWithoutPolls() async throws {
        let running = try await start(isStanding: true)
        #expect(try await isReady(running))
        let requests = running.simulator.log.total
        let limit =
            #"bedrock_quota_limit{account="prod",region="ap-southeast-1",scope="global","#
            + #"model="anthropic.claude-sonnet-4-6",quota="tokens_per_minute"} "#
        #expect(try await !running.get("/metrics").text.contains(limit + "400000\n"))
        running.file.write {
            $0.quotas.overrides = [
                QuotaOverride(
                    scope: .global, model: "anthropic.claude-sonnet-4-6", limits: [.tokensPerMinute: 400_000])
            ]
            $0.polling.interval = .minutes(5)
            $0.alerts.standard.warning = 0.5
        }
        #expect(await running.daemon.reload() == nil)
        #expect(
            try await eventually { try await running.get("/metrics").text.contains(limit + "400000\n") })
        // 350,000 of 400,000 tokens.
        #expect(
            try await eventually { try await running.get("/api/v1/alerts").text.contains("sonnet-4-6") })
        #expect(running.simulator.log.total == requests)
        await running.stop()
    }

    @Test("a new Region and a changed account are polled, all others go on untouched")
    func onlyChangedRegions() async throws {
        let running = try await start(isStanding: true) {
            var other = AccountSettings()
            other.name = "dev"
            other.regions = [Traffic.other]
            $0.accounts.append(other)
        }
        #expect(try await isReady(running))
        let polls = { (region: String) in
            running.simulator.log.entries.count {
                $0.operation == .getMetricData && $0.region == region
            }
        }
        let (first, second) = (polls(Traffic.region), polls(Traffic.other))
        running.file.write { $0.accounts[1].externalID = Secret("other") }
        #expect(await running.daemon.reload() == nil)
        #expect(await eventually { polls(Traffic.other) > second })
        #expect(polls(Traffic.region) == first)
        running.file.write { $0.accounts[0].regions = [Traffic.region, "ap-southeast-7"] }
        #expect(await running.daemon.reload() == nil)
        #expect(
            try await eventually {
                try await running.get("/metrics").text.contains(
                    #"bedrock_exporter_up{account="prod",region="ap-southeast-7"}"#)
            })
        #expect(polls(Traffic.region) == first)
        await running.stop()
    }

    // MARK: Who is answered

    @Test("a foreign web page changes nothing, and reads nothing under a name of its own")
    func foreignPages() async throws {
        let running = try await start()
        let reads = running.file.readCount
        for (name, value) in [
            ("Origin", "http://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
        ] {
            let answer = try await running.get("/-/reload", method: "POST", headers: [(name, value)])
            #expect(answer.status == 403 && answer.text.hasPrefix(#"{"error":"#), "\(answer)")
        }
        #expect(running.file.readCount == reads)
        let own = [("Origin", "http://\(running.address)"), ("Sec-Fetch-Site", "same-origin")]
        #expect(try await running.get("/-/reload", method: "POST", headers: own).status == 200)
        for path in ["/", "/metrics", "/config", "/api/v1/pools", "/-/healthy", "/nothing"] {
            let answer = try await running.get(path, headers: [("Host", "evil.example")])
            #expect(answer.status == 421 && answer.text.contains("web.allowed_hosts"), "\(answer)")
        }
        for host in ["localhost", "LOCALHOST.:1", "127.0.0.1:9747", "[::1]"] {
            #expect(try await running.get("/-/healthy", headers: [("Host", host)]).status == 200)
        }
        await running.stop()
    }

    @Test("configured hosts are answered")
    func allowedHosts() async throws {
        let running = try await start { $0.web.allowedHosts = ["quotas.example.com"] }
        #expect(
            try await running.get("/-/healthy", headers: [("Host", "Quotas.example.com:80")]).status == 200)
        #expect(try await running.get("/-/healthy", headers: [("Host", "example.com")]).status == 421)
        await running.stop()
    }
}
