import AWSClient
import QuotaModel

/// What CloudWatch has delivered of a Region, for which minutes without data are minutes without traffic, and how late it
/// was at the last poll.
package struct RegionDelivery: Sendable {
    /// How far data must be behind before that is worth a line in the log.
    private static let loggedLagSeconds = 600.0

    /// Of all the Region's series together.
    private var whole = Delivery()
    /// Of each namespace: what another one delivers says nothing of it.
    private var namespaces: [String: Delivery] = [:]
    /// The newest minute delivered of what the last poll left a doubt about whether it is late: reads begin before it.
    package private(set) var lateSince: Minute?
    /// How far the newest delivered minute was behind at the last poll; nil while nothing can be late.
    package private(set) var lagSeconds: Double?
    private var isLatenessLogged = false

    /// Minutes before are settled: old enough not to change, and not past what CloudWatch has delivered.
    package func settledEdge(now: Double, _ plan: PollPlan) -> Minute {
        whole.settledEdge(before: plan.settledEdge(now: now), timeoutMinutes: Self.timeoutMinutes(plan))
    }

    /// The same of a series, by what has been delivered of its own namespace; never later than the Region's.
    package func settledEdge(of series: String, now: Double, _ plan: PollPlan) -> Minute {
        let edge = settledEdge(now: now, plan)
        guard let own = namespaces[SeriesName(series).source.namespace] else { return edge }
        return min(
            edge,
            own.settledEdge(before: plan.settledEdge(now: now), timeoutMinutes: Self.timeoutMinutes(plan)))
    }

    /// Takes minutes in which a series of this source, or the account as a whole, had a datapoint.
    package mutating func take(_ minutes: some Sequence<Minute>, of source: UsageSource = .runtime) {
        guard minutes.contains(where: { _ in true }) else { return }
        var own = namespaces[source.namespace] ?? Delivery()
        for minute in minutes {
            whole.take(minute)
            own.take(minute)
        }
        namespaces[source.namespace] = own
    }

    /// Takes a minute of a series that is published whether or not models have traffic.
    package mutating func takeOther(_ minute: Minute) {
        whole.takeOther(minute)
        for namespace in namespaces.keys { namespaces[namespace]?.takeOther(minute) }
    }

    private static func timeoutMinutes(_ plan: PollPlan) -> Int { plan.settings.silenceTimeout.wholeMinutes }

    /// After a clock was set back, nothing of what was delivered holds.
    package mutating func forget() {
        (whole, namespaces, lateSince, lagSeconds) = (Delivery(), [:], nil, nil)
    }

    /// At the end of a poll: remembers whether data seem late.
    ///
    /// - Returns: Whether they are very late, when that is news.
    package mutating func noteLateness(now: Double, _ plan: PollPlan) -> Bool? {
        let edge = plan.settledEdge(now: now)
        let timeout = Self.timeoutMinutes(plan)
        let known = [whole] + namespaces.values
        lateSince =
            known.filter { $0.silence(before: edge, timeoutMinutes: timeout) == .doubtful }
            .compactMap(\.newest).min()
        lagSeconds = known.compactMap { $0.lagSeconds(now: now, edge: edge, timeoutMinutes: timeout) }.max()
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
        ], statistic: "Sum", isOfCaller: true)
}
