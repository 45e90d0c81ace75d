import Exposition
import Synchronization
import Testing

@testable import Daemon
@testable import Notifications
@testable import System

@Suite("Figures of delivery")
struct DeliveryMetricsTests {
    @Test("Series exist from the start and go with their receiver")
    func series() {
        let metrics = DeliveryMetrics()
        metrics.register(["a", "b"])
        metrics.attempted("a")
        metrics.attempted("a")
        metrics.failed("a", reason: "timeout")
        metrics.waiting("a", queueLength: 3, dropped: 2)
        metrics.attempted("unknown")
        #expect(text(metrics) == Self.both)
        metrics.register(["b"])
        metrics.failed("a", reason: "timeout")
        #expect(!text(metrics).contains("\"a\""))
        metrics.register(["a"])
        #expect(metrics["a"] == DeliveryMetrics.Receiver())
    }

    @Test("Reasons are bounded")
    func bounded() {
        let metrics = DeliveryMetrics()
        metrics.register(["a"])
        for code in 0..<1000 { metrics.failed("a", reason: "Code\(code)") }
        #expect(metrics["a"].failures.count == DeliveryLimits.failureReasons + 1)
        #expect(metrics["a"].failures["other"] == 1000 - DeliveryLimits.failureReasons)
    }

    private func text(_ metrics: DeliveryMetrics) -> String {
        let page = String(decoding: PageEncoder.section(metrics.families(), format: .text), as: UTF8.self)
        return page.split(separator: "\n").filter { !$0.hasPrefix("#") }.joined(separator: "\n")
    }

    private static let both = """
        bedrock_exporter_notifications_total{receiver="a"} 2
        bedrock_exporter_notifications_total{receiver="b"} 0
        bedrock_exporter_notification_failures_total{receiver="a",reason="timeout"} 1
        bedrock_exporter_notifications_dropped_total{receiver="a"} 2
        bedrock_exporter_notifications_dropped_total{receiver="b"} 0
        bedrock_exporter_notification_queue_length{receiver="a"} 3
        bedrock_exporter_notification_queue_length{receiver="b"} 0
        """

    @Test("A storm of requests renders the page once a pause, and the last request is not forgotten")
    func throttle() async throws {
        let box = ThrottleBox()
        let throttle = PublishThrottle(
            clock: PollClock(
                now: { 0 },
                sleep: { seconds in
                    #expect(seconds == PublishThrottle.pauseSeconds)
                    await box.wait()
                })
        ) { box.render() }
        for round in 1...3 {
            for _ in 0..<100 { throttle.request() }
            try await eventually("one waits") { await box.waiting == 1 }
            await box.open()
            try await eventually("rendered") { box.rendered == round }
        }
        #expect(box.rendered == 3)
    }
}

/// Pauses that end when the test says so.
private actor ThrottleBox {
    private let count = Atomic(0)
    private var sleepers: [CheckedContinuation<Void, Never>] = []

    var waiting: Int { sleepers.count }
    nonisolated var rendered: Int { count.load(ordering: .acquiring) }
    nonisolated func render() { count.add(1, ordering: .acquiringAndReleasing) }

    func wait() async { await withCheckedContinuation { sleepers.append($0) } }

    func open() {
        for sleeper in sleepers { sleeper.resume() }
        sleepers = []
    }
}
