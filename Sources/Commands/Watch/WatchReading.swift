import QuotaModel
import Web

/// What a running exporter answered at one moment, as far as it is shown.
struct WatchReading: Equatable, Sendable {
    /// One Region's polling.
    struct Region: Equatable, Sendable {
        let account: String
        let region: String
        let isUp: Bool
        let failure: String?
        /// Unix seconds.
        let lastSuccessfulPoll: Double?
        /// How far CloudWatch's newest data are behind; nil where that is not known.
        var deliveryLagSeconds: Double?

        /// In words, when CloudWatch is later than usual.
        var lateness: String? {
            guard let lag = deliveryLagSeconds, lag > WatchReading.lateSeconds else { return nil }
            return "CloudWatch delivers late: \(Int(lag / 60)) min"
        }
    }

    /// A model ID with traffic and without a quota.
    struct Unmapped: Equatable, Sendable {
        let account: String
        let region: String
        let modelID: String
        let reason: String
    }

    /// A firing alert.
    struct Alert: Equatable, Sendable {
        let name: String
        let severity: String
        /// Unix seconds.
        let since: Double?
        /// What it is about, the words of least use last.
        let subject: String
    }

    /// CloudWatch's usual delay is a few minutes.
    private static let lateSeconds = 600.0

    /// Unix seconds by the clock of this machine.
    var takenAt: Double
    var pools: [WatchPool]
    var unmapped: [Unmapped] = []
    var regions: [Region] = []
    /// Whether every Region was polled with success since the exporter's start.
    var isReady = true
    /// How often the exporter asks AWS; nil where it does not say.
    var pollIntervalSeconds: Double?
    /// Nil where the exporter has no list of alerts.
    var alerts: [Alert]?
    /// Of pools that have none of their own.
    var thresholds = WatchThresholds.usual

    /// Regions that were never polled with success, by why.
    var waiting: [Readiness.Waiting] {
        let never = regions.filter { $0.lastSuccessfulPoll == nil }
        return Readiness.grouped(
            never.map { (RegionKey(account: $0.account, region: $0.region), $0.failure) })
    }

    /// Regions whose data are behind, one line for each: polls that fail after some that succeeded, and late deliveries.
    var troubles: [String] {
        regions.flatMap { region in
            let failing = !region.isUp && region.lastSuccessfulPoll != nil
            return [
                failing ? "is not up: \(region.failure ?? "not polled yet")" : nil,
                region.lateness,
            ].compactMap { $0 }.map { "\(region.region) \($0)" }
        }
    }

    /// When the exporter will ask AWS next, in Unix seconds; nil where that is not known.
    var nextPoll: Double? {
        guard let interval = pollIntervalSeconds,
            let last = regions.compactMap(\.lastSuccessfulPoll).min()
        else { return nil }
        return last + interval
    }
}

/// One quota pool with its quotas and its last minutes.
struct WatchPool: Equatable, Sendable {
    /// What tells pools apart.
    struct ID: Hashable, Sendable {
        let account: String
        let region: String
        let scope: String
        let model: String
    }

    /// One quota of the pool.
    struct Quota: Equatable, Sendable {
        /// Such as `tokens_per_minute`.
        let kind: String
        let code: String?
        /// Tokens or requests per minute or day; 0 means not permitted.
        let limit: Double
        let limitSource: String
        /// Of the newest settled minute; nil where it is not known.
        let usage: Double?
        let usageSource: String?
        let ratio: Double?
        /// Highest ratio by window, the shortest window first.
        let peaks: [Peak]
        /// Start of the minute in Unix seconds.
        let minute: Double?
    }

    struct Peak: Equatable, Sendable {
        let window: String
        let ratio: Double?
    }

    let id: ID
    let modelIDs: [String]
    let burndownRate: Double
    let burndownSource: String
    let quotas: [Quota]
    var thresholds = WatchThresholds.usual
    /// The last minutes, the newest last; nil before history has been read.
    var history: WatchHistory?

    /// The quota of tokens by the minute that is nearest to its limit; mantle has one for input and one for output.
    var tokens: Quota? {
        let candidates = quotas.filter { $0.kind.hasSuffix("tokens_per_minute") }
        return candidates.max { ($0.ratio ?? -1) < ($1.ratio ?? -1) }
    }

    var requests: Quota? { quotas.first { $0.kind == "requests_per_minute" } }
    var daily: Quota? { quotas.first { $0.kind == "tokens_per_day" } }

    /// The highest ratio of all quotas; nil where none is known.
    var highestRatio: Double? { quotas.compactMap(\.ratio).max() }
}

/// The last minutes of one pool.
struct WatchHistory: Equatable, Sendable {
    /// Minutes that are read, and throttles are counted over.
    static let minutes = 15

    /// Ratio of the quota of tokens by minute, the newest last; nil where it is not known.
    var ratios: [Double?]
    /// Requests that Bedrock throttled; nil where no minute is known.
    var throttles: Double?
}
