import AWSClient
import QuotaModel

/// What CloudWatch has delivered of a Region, for which minutes without data are minutes without traffic, and how late it
/// was at the last poll.
package struct RegionDelivery: Sendable {
    /// How far data must be behind before that is worth a line in the log.
    private static let loggedLagSeconds = 600.0

    package var minutes = Delivery()
    /// Whether the last poll left a doubt that data are late.
    private var isDoubtful = false
    /// How far the newest delivered minute was behind at the last poll; nil while nothing can be late.
    package private(set) var lagSeconds: Double?
    private var isLatenessLogged = false

    /// Minutes before are settled: old enough not to change, and not past what CloudWatch has delivered.
    package func settledEdge(now: Double, _ plan: PollPlan) -> Minute {
        minutes.settledEdge(
            before: plan.settledEdge(now: now), timeoutMinutes: plan.settings.silenceTimeout.wholeMinutes)
    }

    /// The newest minute delivered, if the last poll left a doubt whether data are late: reads then begin before it.
    package var lateSince: Minute? { isDoubtful ? minutes.newest : nil }

    /// After a clock was set back, nothing of what was delivered holds.
    package mutating func forget() { (minutes, isDoubtful, lagSeconds) = (Delivery(), false, nil) }

    /// At the end of a poll: remembers whether data seem late.
    ///
    /// - Returns: Whether they are very late, when that is news.
    package mutating func noteLateness(now: Double, _ plan: PollPlan) -> Bool? {
        let edge = plan.settledEdge(now: now)
        let timeout = plan.settings.silenceTimeout.wholeMinutes
        isDoubtful = minutes.silence(before: edge, timeoutMinutes: timeout) == .doubtful
        lagSeconds = minutes.lagSeconds(now: now, edge: edge, timeoutMinutes: timeout)
        let isLate = lagSeconds ?? 0 > Self.loggedLagSeconds
        guard isLate != isLatenessLogged else { return nil }
        isLatenessLogged = isLate
        return isLate
    }

    /// CloudWatch usage metrics (CloudWatch User Guide, "Usage metrics"): this account's own calls of CloudWatch, which
    /// go on while models have no traffic.
    package static let ownCalls = MetricQuery(
        id: "calls", namespace: "AWS/Usage", metricName: "CallCount",
        dimensions: [
            MetricDimension(name: "Class", value: "None"),
            MetricDimension(name: "Resource", value: "GetMetricData"),
            MetricDimension(name: "Service", value: "CloudWatch"),
            MetricDimension(name: "Type", value: "API"),
        ], statistic: "Sum")
}
