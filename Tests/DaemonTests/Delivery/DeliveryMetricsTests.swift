import Exposition
import Testing

@testable import Daemon

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
}
