import QuotaModel

/// What is known of one account and Region at one time: all that the rules look at.
package struct AlertObservation: Sendable {
    package var account: String
    package var region: String
    /// Unix seconds.
    package var now: Double
    /// The newest minute that is old enough not to change and was asked for; nil before the first.
    package var settled: Minute?
    /// The newest minute that had settled by the clock when the Region was last read, delivered or not.
    package var readThrough: Minute?
    /// How far CloudWatch's newest minute is behind, in seconds; nil while nothing can be late.
    package var deliveryLagSeconds: Double?
    /// Since when polls of this Region succeed, Unix seconds; nil while the last one failed or there was none.
    package var upSince: Double?
    /// Why the last poll failed, for people; nil when it did not.
    package var pollFailure: String?
    /// The poll failed because the open store was deleted or replaced, which no other poll can mend.
    package var isStoreLost = false
    /// Data no older than this is not stale, whatever the rules say: polls come later on purpose. 0 when they do not.
    package var freshSeconds = 0.0
    package var pools: [PoolObservation]
    package var unmapped: [UnmappedTraffic]
    /// The daily quota that all models share; nil where none is listed.
    package var dailyQuota: Quota?
    /// The batch jobs of each model; nil while they are not known.
    package var batch: [BatchUse]?

    package init(
        account: String, region: String, now: Double, settled: Minute?, upSince: Double?,
        pollFailure: String? = nil,
        pools: [PoolObservation] = [], unmapped: [UnmappedTraffic] = []
    ) {
        self.account = account
        self.region = region
        self.now = now
        self.settled = settled
        readThrough = settled
        self.upSince = upSince
        self.pollFailure = pollFailure
        self.pools = pools
        self.unmapped = unmapped
    }
}

/// One pool as the rules see it.
package struct PoolObservation: Sendable {
    package var pool: QuotaPool
    package var quotas: [ObservedQuota]
    /// Its covered minutes are exact; known but uncovered ones are lower bounds.
    package var history: PoolHistory
    package var errors: ErrorHistory
    /// The model IDs with their part of recent quota tokens, for annotations.
    package var shares: [ModelShare]
    package var rate: BurndownRate
    /// By AWS's own weighted counts; nil when those say nothing.
    package var measuredRate: BurndownRate?
    /// How long AWS goes on with the model; nil where it does not say.
    package var lifecycle: ModelLifecycle?
    /// The newest episode of throttling, as it is stored; nil where none is recent.
    package var episode: ThrottleEpisode?

    package init(
        pool: QuotaPool, quotas: [ObservedQuota], history: PoolHistory, errors: ErrorHistory = ErrorHistory(),
        shares: [ModelShare] = [], rate: BurndownRate = BurndownRate(value: 1, source: .assumed),
        measuredRate: BurndownRate? = nil, lifecycle: ModelLifecycle? = nil
    ) {
        self.pool = pool
        self.quotas = quotas
        self.history = history
        self.errors = errors
        self.shares = shares
        self.rate = rate
        self.measuredRate = measuredRate
        self.lifecycle = lifecycle
    }
}

/// A quota with what its own rules need.
package struct ObservedQuota: Sendable {
    package var quota: Quota
    package var change: LimitChange?
    /// Up to `Forecast.historyDays`; nil when they were not looked up this time, which decides nothing.
    package var dailyPeaks: [DailyPeak]?

    package init(quota: Quota, change: LimitChange? = nil, dailyPeaks: [DailyPeak]? = nil) {
        self.quota = quota
        self.change = change
        self.dailyPeaks = dailyPeaks
    }
}

/// The last time that a limit moved.
package struct LimitChange: Equatable, Sendable {
    package var previousLimit: Double
    /// When the new limit was first seen, Unix seconds.
    package var seenAt: Double

    package init(previousLimit: Double, seenAt: Double) {
        self.previousLimit = previousLimit
        self.seenAt = seenAt
    }
}

/// A model ID's part of its pool, from 0 to 1.
package struct ModelShare: Equatable, Sendable {
    package var modelID: String
    /// The name that people gave it, as that of an application inference profile.
    package var name: String?
    package var share: Double

    package init(modelID: String, name: String? = nil, share: Double) {
        self.modelID = modelID
        self.name = name
        self.share = share
    }
}

/// Traffic on a model ID that belongs to no pool.
package struct UnmappedTraffic: Equatable, Sendable {
    package var modelID: String
    /// The name that people gave it.
    package var name: String?
    package var reason: String
    /// The newest minute with a request.
    package var lastMinute: Minute

    package init(modelID: String, name: String? = nil, reason: String, lastMinute: Minute) {
        self.modelID = modelID
        self.name = name
        self.reason = reason
        self.lastMinute = lastMinute
    }
}
