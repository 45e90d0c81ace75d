import Configuration
import QuotaModel

/// `GET /api/v1/status`: how the exporter itself is doing.
struct StatusDocument: Encodable {
    struct Region: Encodable {
        let account: String
        let region: String
        let up: Bool
        let failure: Nullable<String>
        let lastSuccessfulPoll: Nullable<String>
        let pollDurationSeconds: Nullable<Double>
        let newestDatapoint: Nullable<String>
        let settledMinute: Nullable<String>
        let modelIds: Int
        let pools: Int
        let unmapped: Int
    }

    /// What pages need of the configuration.
    struct Settings: Encodable {
        let telemetryPath: String
        let pollIntervalSeconds: Int
        let staleAfterSeconds: Int
        /// Utilization from which something is wrong, and badly wrong.
        let warning: Double
        let critical: Double

        init(_ configuration: Configuration) {
            telemetryPath = configuration.web.telemetryPath
            pollIntervalSeconds = configuration.polling.interval.seconds
            staleAfterSeconds = configuration.alerts.rules.staleAfter.seconds
            warning = configuration.alerts.warning
            critical = configuration.alerts.critical
        }
    }

    let version: String
    let settings: Settings
    let ready: Bool
    let started: String
    let now: String
    let storagePath: String
    let storageSizeBytes: Nullable<Int>
    let billedMetrics: Int
    let estimatedCostDollars: Double
    let regions: [Region]
}

extension StatusDocument.Region {
    /// - Parameter snapshot: Nil before the Region's first successful poll.
    init(key: RegionKey, poll: SelfMetrics.Poll, snapshot: RegionSnapshot?) {
        account = key.account
        region = key.region
        up = poll.isUp
        failure = Nullable(poll.failure)
        lastSuccessfulPoll = Nullable(poll.lastSuccess.map(JSONDocument.time))
        pollDurationSeconds = Nullable(poll.durationSeconds)
        newestDatapoint = Nullable(
            snapshot?.newestDatapoint.map { JSONDocument.time(Double($0.epochSeconds)) })
        settledMinute = Nullable(snapshot?.settledMinute.map { JSONDocument.time(Double($0.epochSeconds)) })
        modelIds = snapshot?.models.count ?? 0
        pools = snapshot?.pools.count ?? 0
        unmapped = snapshot?.unmapped.count ?? 0
    }
}
