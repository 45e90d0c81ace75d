import Synchronization
import Testing

@testable import Alerting
@testable import Notifications
@testable import System

@Suite("Notifiers")
struct NotifierTests {
    /// Time that jumps when somebody waits for less than a resend's tick; ticks wait for the test.
    private final class Time: Sendable {
        private let state = Mutex((now: 1000.0, pauses: [Double]()))
        private let lines = Mutex<[String]>([])

        var pauses: [Double] { state.withLock { $0.pauses } }
        var log: [String] { lines.withLock { $0 } }
        func advance(_ seconds: Double) { state.withLock { $0.now += seconds } }

        /// - Parameter tick: Sleeps of this length last for real, a few milliseconds, and pass no time.
        func services(_ source: any NotificationSource, _ metrics: DeliveryMetrics, tick: Double? = nil)
            -> DeliveryServices
        {
            let clock = PollClock(
                now: { self.state.withLock { $0.now } },
                sleep: { seconds in
                    if seconds == tick { return try await Task.sleep(for: .milliseconds(5)) }
                    try Task.checkCancellation()
                    self.state.withLock { $0 = ($0.now + seconds, $0.pauses + [seconds]) }
                    await Task.yield()
                })
            return DeliveryServices(
                source: source, clock: clock,
                log: Log(level: .debug, write: { line in self.lines.withLock { $0.append(line) } }),
                metrics: metrics, random: { 0 })
        }
    }

    private let time = Time()
    private let metrics = DeliveryMetrics()
    private let failure = DeliveryFailure(reason: "503", detail: "status 503")

    private func notifier(
        _ name: String, _ sender: any ReceiverSender, _ source: FakeSource, tick: Double? = nil
    ) async -> Notifier {
        metrics.register([name])
        let notifier = Notifier(name, sender: sender, services: time.services(source, metrics, tick: tick))
        await notifier.start()
        return notifier
    }

    private func stop(_ notifier: Notifier) async {
        await notifier.cancel()
        await notifier.end()
    }

    @Test("Messages go out in order, each until it is taken, and what comes later is noticed")
    func order() async throws {
        let source = FakeSource(["r": .single])
        await source.enqueue([announced(1), announced(2, model: "n")])
        let sender = ScriptedSender([.later(failure), .accepted])
        let notifier = await notifier("r", PlainSender(inner: sender), source)
        try await eventually("two are told") { await source.confirmed["r"] == [1, 2] }
        await source.enqueue([announced(3, .resolved)])
        try await eventually("the third is told") { await source.confirmed["r"] == [1, 2, 3] }
        await stop(notifier)
        #expect(sender.sent.map(\.id) == ["1-1000", "1-1000", "2-1000", "3-1000"])
        #expect(metrics["r"].attempts == 4 && metrics["r"].failures == ["503": 1])
        #expect(metrics["r"].queueLength == 0)
    }

    @Test("The pause doubles up to a minute, and a receiver's own wish is kept to")
    func backOff() async throws {
        let source = FakeSource(["r": .single])
        await source.enqueue([announced(1)])
        let sender = ScriptedSender(
            Array(repeating: .later(failure), count: 9) + [.later(failure, afterSeconds: 45)])
        let notifier = await notifier("r", PlainSender(inner: sender), source)
        try await eventually("told in the end") { await source.confirmed["r"] == [1] }
        await stop(notifier)
        #expect(time.pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30, 45])
        #expect(time.log.contains { $0.contains("failures_before=10") })
    }

    @Test(
        "A receiver that is away for ten minutes is asked fifteen to thirty times and told within a minute of its return"
    )
    func outage() async throws {
        let source = FakeSource(["r": .single])
        await source.enqueue([announced(1), announced(2, .resolved)])
        let sender = OutageSender(until: 1600, now: time.services(source, metrics).clock.now)
        let notifier = await notifier("r", sender, source)
        try await eventually("both are told") { await source.confirmed["r"] == [1, 2] }
        await stop(notifier)
        #expect((15...30).contains(metrics["r"].failures["503"] ?? 0))
        #expect((1600...1660).contains(time.services(source, metrics).clock.now()))
    }

    @Test("What is refused is logged, given up and counted, and the next goes out")
    func refused() async throws {
        let source = FakeSource(["r": .single])
        await source.enqueue([announced(1), announced(2, model: "n")])
        let sender = ScriptedSender([.refused(DeliveryFailure(reason: "400", detail: "status 400: no"))])
        let notifier = await notifier("r", PlainSender(inner: sender), source)
        try await eventually("the second is told") { await source.confirmed["r"] == [2] }
        try await eventually("the first is counted") { metrics["r"].dropped == 1 }
        await stop(notifier)
        #expect(metrics["r"].failures == ["400": 1] && time.pauses.isEmpty)
        #expect(time.log.contains { $0.contains("level=ERROR") && $0.contains("status 400: no") })
    }

    @Test("While the store refuses, the confirmation is tried again and not the message")
    func storeRefuses() async throws {
        let source = FakeSource(["r": .single])
        await source.refuse(3)
        await source.enqueue([announced(1), announced(2, model: "n")])
        let sender = ScriptedSender()
        let notifier = await notifier("r", PlainSender(inner: sender), source)
        try await eventually("both are noted") { await source.confirmed["r"] == [1, 2] }
        await stop(notifier)
        #expect(sender.sent.map(\.id) == ["1-1000", "2-1000"])
    }

    @Test("An Alertmanager is told again in time, first what waits, then what stands")
    func resends() async throws {
        let source = FakeSource(["am": .batch])
        await source.enqueue([announced(1), announced(2, model: "n")])
        let sender = ScriptedSender(
            [.later(failure)], resendSeconds: 60, now: time.services(source, metrics).clock.now)
        let notifier = await notifier("am", sender, source, tick: 15)
        try await eventually("told") { await source.confirmed["am"] == [1, 2] }
        await source.enqueue([announced(3, .resolved)])
        try await eventually("the end is told") { await source.confirmed["am"] == [1, 2, 3] }
        try await Task.sleep(for: .milliseconds(50))
        #expect(sender.sent.map(\.id) == ["1-1000", "1-1000", "3-1000"], "nothing is due yet")
        time.advance(60)
        try await eventually("a resend") { sender.sent.count == 4 }
        try await Task.sleep(for: .milliseconds(50))
        #expect(sender.sent.count == 4, "not twice")
        #expect(sender.sent[3].models == ["n firing", "m resolved"] && sender.sent[3].id == "resend")
        await stop(notifier)
    }

    @Test("After a restart everything that stands is told once more")
    func afterRestart() async throws {
        let source = FakeSource(["am": .batch])
        await source.enqueue([announced(1)])
        let first = ScriptedSender()
        let before = await notifier("am", first, source, tick: 15)
        try await eventually("told") { first.sent.count == 1 }
        await stop(before)
        let second = ScriptedSender()
        let after = await notifier("am", second, source, tick: 15)
        try await eventually("told again") { second.sent.map(\.id) == ["resend"] }
        await stop(after)
    }

    @Test("A failed resend is tried again, after what came into the queue meanwhile")
    func failedResend() async throws {
        let source = FakeSource(["am": .batch])
        await source.enqueue([announced(1)])
        let sender = ScriptedSender([.accepted, .later(failure), .refused(failure)])
        let notifier = await notifier("am", sender, source, tick: 15)
        try await eventually("told") { sender.sent.count == 1 }
        time.advance(61)
        try await eventually("again and again") { sender.sent.count == 3 }
        try await Task.sleep(for: .milliseconds(50))
        #expect(sender.sent.map(\.id) == ["1-1000", "resend", "resend"], "a refusal is not repeated at once")
        #expect(metrics["am"].failures == ["503": 2])
        await stop(notifier)
    }

    @Test("A dead receiver delays no other, and a stop waits for it no longer than it may")
    func deadReceiver() async throws {
        let source = FakeSource(["dead": .single, "alive": .single])
        let dead = await notifier("dead", DeadSender(), source)
        let sender = ScriptedSender()
        let alive = await notifier("alive", PlainSender(inner: sender), source)
        for id in 1...50 { await source.enqueue([announced(id, model: "m\(id)")]) }
        try await eventually("all are told") { await source.confirmed["alive"]?.count == 50 }
        #expect(await source.confirmed["dead"] == nil)
        await dead.drain()
        await stop(dead)
        await alive.drain()
        await alive.end()
    }

    @Test("Draining sends what waits, and ends at the first failure")
    func draining() async throws {
        let source = FakeSource(["r": .single])
        await source.enqueue((1...20).map { announced($0, model: "m\($0)") })
        let notifier = await notifier("r", PlainSender(inner: ScriptedSender()), source)
        await notifier.drain()
        await notifier.end()
        #expect(await source.confirmed["r"] == Array(1...20))

        let failing = FakeSource(["r": .single])
        await failing.enqueue([announced(1)])
        let sender = ScriptedSender(Array(repeating: .later(failure), count: 1000))
        let other = Notifier(
            "r", sender: PlainSender(inner: sender), services: time.services(failing, metrics))
        await other.drain()
        await other.start()
        await other.end()
        #expect(sender.sent.count == 1)
    }
}
