import Alerting
import FoundationEssentials
import QuotaModel
import System
import UsageStore
import Web

/// What a running exporter answered at one moment, as far as it is shown; what else its JSON holds is passed over.
struct WatchReading: Equatable, Sendable {
    /// One Region's polling.
    struct Region: Decodable, Equatable, Sendable {
        let account: String
        let region: String
        let up: Bool
        var failure: String?
        var lastSuccessfulPoll: Date?
        /// How far CloudWatch's newest data are behind; nil where that is not known.
        var deliveryLagSeconds: Double?

        /// CloudWatch's usual delay is a few minutes.
        var isLate: Bool { deliveryLagSeconds.map { $0 > 600 } ?? false }
    }

    /// A model ID with traffic and without a quota.
    struct Unmapped: Decodable, Equatable, Sendable {
        let account: String
        let region: String
        let modelId: String
        var profileName: String?
        let reason: String
    }

    /// An alert as the exporter lists it.
    struct Alert: Decodable, Equatable, Sendable {
        let alert: String
        let severity: String
        let state: String
        var since: Date?
        var includedIn: String?
        var labels: [String: String]?

        /// Firing, and no warning whose critical alert fires as well.
        var isShown: Bool { state == "firing" && includedIn == nil }

        /// What it is about, the words of least use last.
        var subject: String {
            let labels = labels ?? [:]
            let model = labels["model_id"] ?? labels["model"].map(WatchNames.short)
            return [labels["region"], labels["scope"], model, labels["quota"], labels["account"]]
                .compactMap { $0 }.joined(separator: " ")
        }
    }

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

    /// The minute that figures are of, in Unix seconds.
    var newestMinute: Double? {
        pools.flatMap(\.quotas).compactMap(\.minute).max()?.timeIntervalSince1970
    }

    /// Regions that were never polled with success, by why.
    var waiting: [Readiness.Waiting] {
        Readiness.grouped(
            regions.filter { $0.lastSuccessfulPoll == nil }.map {
                (RegionKey(account: $0.account, region: $0.region), $0.failure)
            })
    }

    /// Regions whose data are behind, one line for each: polls that fail after some that succeeded, and late deliveries.
    var troubles: [String] {
        regions.flatMap { region in
            let isFailing = !region.up && region.lastSuccessfulPoll != nil
            let failure = isFailing ? "is not up: \(region.failure ?? "not polled yet")" : nil
            let minutes = Int((region.deliveryLagSeconds ?? 0) / 60)
            let lateness = region.isLate ? "CloudWatch delivers late: \(minutes) min" : nil
            return [failure, lateness].compactMap { $0 }.map { "\(region.region) \($0)" }
        }
    }

    /// When the exporter will ask AWS next, in Unix seconds; nil where that is not known.
    var nextPoll: Double? {
        guard let interval = pollIntervalSeconds,
            let last = regions.compactMap(\.lastSuccessfulPoll).min()
        else { return nil }
        return last.timeIntervalSince1970 + interval
    }
}

/// One quota pool with its quotas and its last minutes.
struct WatchPool: Decodable, Equatable, Sendable {
    /// One quota of the pool.
    struct Quota: Decodable, Equatable, Sendable {
        /// Such as `tokens_per_minute`.
        let quota: String
        var quotaCode: String?
        /// Tokens or requests per minute or day; 0 means not permitted.
        let limit: Double
        let limitSource: String
        /// Of the newest settled minute; nil where it is not known.
        var usage: Double?
        var usageSource: String?
        var utilizationRatio: Double?
        /// By window: `5m`, `1h`, `24h`.
        var peakUtilizationRatio: [String: Double?]?
        /// Start of the minute.
        var minute: Date?
    }

    /// A model ID that is an inference profile.
    struct Profile: Decodable, Equatable, Sendable {
        let modelId: String
        var profileName: String?
        let profileType: String
    }

    private enum CodingKeys: CodingKey {
        case account, region, scope, model, modelIds, profiles, burndownRate, burndownSource, quotas, warning,
            critical
    }

    let account: String
    let region: String
    let scope: String
    let model: String
    let modelIds: [String]
    /// Nil where the exporter does not tell.
    var profiles: [Profile]?
    /// Nil where input and output count apart, unweighted.
    var burndownRate: Double?
    let burndownSource: String
    let quotas: [Quota]
    /// Its own thresholds, where the exporter tells them.
    var warning: Double?
    var critical: Double?
    var thresholds = WatchThresholds.usual
    /// The last minutes, the newest last; nil before history has been read.
    var history: WatchHistory?

    /// The model IDs, those of application inference profiles with the names that people gave them.
    var namedModelIDs: [String] {
        modelIds.map { modelID in
            let profile = profiles?.first {
                $0.modelId == modelID && $0.profileType == InferenceProfile.Kind.application.label
            }
            return ModelIDName.phrase(modelID, name: profile?.profileName)
        }
    }

    /// What tells pools apart.
    var id: [String] { [account, region, scope, model] }

    /// The quota of tokens by the minute that is nearest to its limit; mantle has one for input and one for output.
    var tokens: Quota? {
        quotas.filter { $0.quota.hasSuffix("tokens_per_minute") }
            .max { ($0.utilizationRatio ?? -1) < ($1.utilizationRatio ?? -1) }
    }

    var requests: Quota? { quotas.first { $0.quota == "requests_per_minute" } }
    var daily: Quota? { quotas.first { $0.quota == "tokens_per_day" } }

    /// The highest ratio of all quotas; nil where none is known.
    var highestRatio: Double? { quotas.compactMap(\.utilizationRatio).max() }
}

/// The last minutes of one pool.
struct WatchHistory: Equatable, Sendable {
    /// Minutes that are read, and throttles are counted over.
    static let minutes = 15

    /// Ratio of the quota of tokens by minute, the newest last; nil where it is not known.
    var ratios = [Double?](repeating: nil, count: Self.minutes)
    /// Requests that Bedrock throttled; nil where no minute is known.
    var throttles: Double?
}

/// From which ratios figures stand out: those that alerts are raised from.
struct WatchThresholds: Equatable, Sendable {
    /// For an exporter that does not tell its own.
    static let usual = WatchThresholds(
        warning: PoolRules().warning, critical: PoolRules().critical)

    var warning: Double
    var critical: Double

    /// How a ratio looks; one that is not known does not stand out.
    func style(_ ratio: Double?) -> WatchStyle {
        guard let ratio else { return .dim }
        return ratio >= critical ? .critical : ratio >= warning ? .warning : .good
    }
}
