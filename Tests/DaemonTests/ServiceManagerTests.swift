import Glibc
import Testing

@testable import System

@Suite("Service manager", .timeLimit(.minutes(5)))
struct ServiceManagerTests {
    private static func manager(
        _ listener: NotifyListener?, _ variables: [String: String] = [:], lines: Shared<[String]> = Shared([])
    )
        -> ServiceManager
    {
        var variables = variables
        variables["NOTIFY_SOCKET"] = listener?.name
        return ServiceManager(
            variables: variables, log: Log(write: { line in lines.change { $0.append(line) } }), processID: 42
        )
    }

    @Test("ready, reloading and stopping are told in the words of sd_notify(3)")
    func words() throws {
        let listener = try NotifyListener.abstract("words")
        let manager = Self.manager(listener)
        manager.ready(status: "Listening\non 1.2.3.4:5")
        #expect(listener.next() == ["READY=1", "STATUS=Listening on 1.2.3.4:5"])
        let before = PollWatch.monotonicSeconds()
        manager.reloading()
        let lines = try #require(listener.next())
        let after = PollWatch.monotonicSeconds()
        #expect(lines.count == 2 && lines.first == "RELOADING=1")
        let stamp = try #require(lines.last?.split(separator: "=").last.flatMap { Double($0) })
        #expect(lines.last?.hasPrefix("MONOTONIC_USEC=") == true)
        #expect(before - 0.001 <= stamp / 1_000_000 && stamp / 1_000_000 <= after + 0.001)
        manager.stopping()
        #expect(listener.next() == ["STOPPING=1", "STATUS=Stopping"])
    }

    @Test("without a socket nothing is asked and nothing is logged")
    func absent() async {
        let lines = Shared<[String]>([])
        let manager = Self.manager(nil, ["WATCHDOG_USEC": "1000"], lines: lines)
        manager.ready(status: "")
        manager.reloading()
        manager.stopping()
        await manager.beat {
            Issue.record("asked without a socket")
            return nil
        }
        #expect(lines.value.isEmpty)
    }

    @Test("a socket that cannot be is told once and changes nothing")
    func unusable() async {
        let lines = Shared<[String]>([])
        let manager = ServiceManager(
            variables: ["NOTIFY_SOCKET": "vsock:2:1"],
            log: Log(write: { line in lines.change { $0.append(line) } }))
        manager.ready(status: "")
        #expect(lines.value.count == 1)
        let nobody = ServiceManager(
            variables: ["NOTIFY_SOCKET": "@bedrock-quota-exporter-test-gone"],
            log: Log(write: { line in lines.change { $0.append(line) } }))
        nobody.ready(status: "")
        nobody.stopping()
        #expect(lines.value.count == 2)
    }

    struct Watchdog: Sendable, CustomTestStringConvertible {
        let variables: [String: String]
        let pulseSeconds: Double
        var testDescription: String { variables.description }
    }

    @Test(
        "the beat is half the watchdog's time, and never slower than the status",
        arguments: [
            Watchdog(variables: [:], pulseSeconds: 30),
            Watchdog(variables: ["WATCHDOG_USEC": "20000000"], pulseSeconds: 10),
            Watchdog(variables: ["WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "42"], pulseSeconds: 10),
            Watchdog(variables: ["WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "41"], pulseSeconds: 30),
            Watchdog(variables: ["WATCHDOG_USEC": "600000000"], pulseSeconds: 30),
            Watchdog(variables: ["WATCHDOG_USEC": "0"], pulseSeconds: 30),
            Watchdog(variables: ["WATCHDOG_USEC": "soon"], pulseSeconds: 30),
        ])
    func interval(watchdog: Watchdog) {
        #expect(Self.manager(nil, watchdog.variables).pulseSeconds == watchdog.pulseSeconds)
    }

    @Test("the watchdog hears of the daemon only while it is alive, the status only when it changed")
    func beat() async throws {
        let listener = try NotifyListener.abstract("beat")
        let lines = Shared<[String]>([])
        let manager = Self.manager(listener, ["WATCHDOG_USEC": "2000"], lines: lines)
        let script: [ServiceManager.Pulse?] = [
            .init(isAlive: true, status: "a"), .init(isAlive: true, status: "a"),
            .init(isAlive: false, status: "b"),
            .init(isAlive: false, status: "b"), .init(isAlive: true, status: "b"), nil,
        ]
        let rest = Shared(script)
        await manager.beat {
            let next = rest.value.first ?? nil
            rest.change { $0.removeFirst() }
            return next
        }
        #expect(listener.next() == ["WATCHDOG=1", "STATUS=a"])
        #expect(listener.next() == ["WATCHDOG=1"])
        #expect(listener.next() == ["STATUS=b"])
        #expect(listener.next() == ["WATCHDOG=1"])
        #expect(listener.next(within: 0) == nil)
        #expect(lines.value.count == 1 && lines.value[0].contains("A poller hangs"))
    }

    @Test("without a watchdog only the status is told")
    func unwatched() async throws {
        let listener = try NotifyListener.abstract("unwatched")
        let manager = Self.manager(listener)
        let task = Task { await manager.beat { .init(isAlive: true, status: "a") } }
        #expect(listener.next() == ["STATUS=a"])
        task.cancel()
        await task.value
        #expect(listener.next(within: 0) == nil)
    }
}
