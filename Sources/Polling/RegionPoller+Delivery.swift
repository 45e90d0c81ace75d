import AWSClient
import QuotaModel

/// Late data: what has been delivered, and whether a silence is one.
extension RegionPoller {
    /// How far data must be behind before that is worth a line in the log.
    private static let loggedLagSeconds = 600.0

    /// Minutes before are settled: old enough not to change, and not past what CloudWatch has delivered.
    func settledEdge(now: Double) -> Minute {
        delivery.settledEdge(
            before: plan.settledEdge(now: now), timeoutMinutes: plan.settings.silenceTimeout.wholeMinutes)
    }

    /// The newest minute delivered, if the last poll left a doubt whether data are late: reads then begin before it.
    var lateSince: Minute? { isDeliveryDoubtful ? delivery.newest : nil }

    /// At the end of a poll: remembers whether data seem late, and says so once.
    func noteLateness(now: Double) {
        let edge = plan.settledEdge(now: now)
        let timeout = plan.settings.silenceTimeout.wholeMinutes
        isDeliveryDoubtful = delivery.silence(before: edge, timeoutMinutes: timeout) == .doubtful
        deliveryLagSeconds = delivery.lagSeconds(now: now, edge: edge, timeoutMinutes: timeout)
        let lag = deliveryLagSeconds ?? 0
        let isLate = lag > Self.loggedLagSeconds
        guard isLate != isLatenessLogged else { return }
        isLatenessLogged = isLate
        services.log.warn(
            isLate
                ? "CloudWatch delivers late; minutes without data are unknown until newer ones come"
                : "CloudWatch delivers as usual again",
            ["account": shownKey.account, "region": region, "lag_seconds": "\(Int(lag))"])
    }

    /// Asks for CloudWatch's own count of this daemon's calls, which goes on while models have no traffic: what is newer
    /// than the Region's silence shows that nothing is late. Only while there is a doubt, one metric a poll.
    func askForOtherDelivery(now: Double) async throws {
        guard isDeliveryDoubtful, let newest = delivery.newest else { return }
        let window = min(newest, plan.liveWindow(now: now).lowerBound)..<plan.liveWindow(now: now).upperBound
        do throws(AWSError) {
            let answer = try await account.cloudWatch(region).getMetricData(
                queries: [Self.ownCalls], start: window.lowerBound.epochSeconds,
                end: window.upperBound.epochSeconds)
            for point in answer.series.values.flatMap(\.points) where point.value > 0 {
                delivery.takeOther(Minute(containingEpochSeconds: point.epochSeconds))
            }
        } catch {
            guard error.kind != .cancelled else { throw error }
            // Without an answer the doubt stays; the failure is counted where all are.
            services.log.debug(
                "Asking for other data failed", ["region": region, "error": String(describing: error)])
        }
    }

    /// CloudWatch usage metrics (CloudWatch User Guide, "Usage metrics"): calls of an API by this account.
    private static let ownCalls = MetricQuery(
        id: "calls", namespace: "AWS/Usage", metricName: "CallCount",
        dimensions: [
            MetricDimension(name: "Class", value: "None"),
            MetricDimension(name: "Resource", value: "GetMetricData"),
            MetricDimension(name: "Service", value: "CloudWatch"),
            MetricDimension(name: "Type", value: "API"),
        ], statistic: "Sum")
}
