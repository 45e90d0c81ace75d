import Exposition
import QuotaModel
import Testing

@testable import Daemon
@testable import Reading

struct SelfMetricsTests {
    private let unknown = RegionKey(account: "unknown", region: "r1")
    private let known = RegionKey(account: "123456789012", region: "r1")

    private func page(_ metrics: SelfMetrics) -> String {
        let state = metrics.current
        let regions = state.regions.sorted { $0.key < $1.key }.map {
            RenderedFamilies($0.value.families(of: $0.key))
        }
        let text =
            PageEncoder.section(regions, format: .text) + PageEncoder.section(state.families, format: .text)
        return String(decoding: text, as: UTF8.self)
    }

    @Test("what was counted before the account had a name moves to its label, and nothing stays behind")
    func rename() {
        let metrics = SelfMetrics()
        metrics.register(unknown)
        metrics.awsRequest(unknown, operation: "GetCallerIdentity", billedMetrics: 0)
        metrics.awsFailure(unknown, operation: "GetCallerIdentity", code: "timeout")
        metrics.awsRequest(known, operation: "GetCallerIdentity", billedMetrics: 2)
        metrics.pollEnded(unknown, failure: "no", durationSeconds: 1, at: 5)
        metrics.rename(unknown, to: known)
        let text = page(metrics)
        #expect(!text.contains("unknown"))
        #expect(
            text.contains(
                #"bedrock_exporter_aws_requests_total{account="123456789012",region="r1",operation="GetCallerIdentity"} 2"#
            ))
        #expect(
            text.contains(
                #"aws_request_failures_total{account="123456789012",region="r1",operation="GetCallerIdentity",code="timeout"} 1"#
            ))
        #expect(
            text.contains(#"bedrock_exporter_aws_billed_metrics_total{account="123456789012",region="r1"} 2"#)
        )
        #expect(text.contains(#"bedrock_exporter_up{account="123456789012",region="r1"} 0"#))
    }

    @Test("Invariant 8: error codes beyond the bound are counted as other")
    func bound() {
        let metrics = SelfMetrics()
        for number in 0..<5000 { metrics.awsFailure(known, operation: "Op", code: "Code\(number)") }
        let failures = metrics.current.regions[known]?.failures ?? [:]
        #expect(failures.count == 2001)
        #expect(failures.values.reduce(0, +) == 5000)
        #expect(failures[SelfMetrics.Failure(operation: "Op", code: "other")] == 3000)
        metrics.awsFailure(known, operation: "Op", code: "Code0")
        #expect(
            metrics.current.regions[known]?.failures[
                SelfMetrics.Failure(operation: "Op", code: "Code0")] == 2)
    }

    @Test("Invariant 2: before the first poll there is no duration and no time of success")
    func firstPoll() {
        let metrics = SelfMetrics()
        metrics.register(known)
        #expect(metrics.current.polledWithSuccess.isEmpty)
        #expect(page(metrics).contains(#"bedrock_exporter_up{account="123456789012",region="r1"} 0"#))
        #expect(!page(metrics).contains("poll_duration_seconds"))
        metrics.pollEnded(known, failure: "down", durationSeconds: 2, at: 100)
        #expect(metrics.current.polledWithSuccess.isEmpty)
        #expect(!page(metrics).contains("last_successful_poll"))
        metrics.pollEnded(known, failure: nil, durationSeconds: 3, at: 160)
        metrics.pollEnded(known, failure: "down again", durationSeconds: 2, at: 220)
        #expect(metrics.current.polledWithSuccess == [known])
        #expect(metrics.poll(known).lastSuccess == 160)
        #expect(!metrics.poll(known).isUp)
        #expect(metrics.poll(known).failure == "down again")
    }

    @Test("cost mirrors the bill: 0.01 dollars per 1,000 metrics")
    func cost() {
        let metrics = SelfMetrics()
        for _ in 0..<10 { metrics.awsRequest(known, operation: "GetMetricData", billedMetrics: 500) }
        #expect(metrics.billedMetrics == 5000)
        #expect(
            page(metrics).contains(
                #"aws_estimated_cost_dollars_total{account="123456789012",region="r1"} 0.05"#))
    }

    @Test("reloads: counters count, the last result shows")
    func reloads() {
        let metrics = SelfMetrics()
        metrics.configurationLoaded(at: 10)
        metrics.reloadEnded(succeeded: false, at: 20)
        #expect(page(metrics).contains("config_last_reload_successful 0\n"))
        #expect(page(metrics).contains("config_last_reload_success_timestamp_seconds 10\n"))
        metrics.reloadEnded(succeeded: true, at: 30)
        #expect(page(metrics).contains("config_reloads_total 2\n"))
        #expect(page(metrics).contains("config_reload_failures_total 1\n"))
        #expect(page(metrics).contains("config_last_reload_success_timestamp_seconds 30\n"))
    }
}
