import Alerting
import Polling
import QuotaModel
import System

/// `GET /api/v1/pools`: every pool with its model IDs, quotas, use and where each figure comes from; or those that were
/// asked for, with what is beside the pools of their accounts and Regions.
package struct PoolsDocument: Encodable {
    package struct Pool: Encodable {
        let account: String
        let region: String
        let scope: String
        let model: String
        let modelIds: [String]
        /// Those of the model IDs that are listed inference profiles.
        let profiles: [Profile]
        /// Null where input and output count apart, unweighted.
        let burndownRate: Nullable<Double>
        let burndownSource: String
        /// `listed`, or why there are no quotas: `no_published_quota`, `no_reservation`.
        let quotaState: String
        /// `not_told_apart` where calls with a long context have a quota of their own but are counted here; else null.
        let longContext: Nullable<String>
        /// Utilization from which alerts of this pool are raised.
        let warning: Double
        let critical: Double
        let lifecycle: Nullable<Lifecycle>
        /// Requests that were throttled in the last minutes; null where nothing is known.
        let recentThrottles: Nullable<Double>
        let quotas: [Use]
    }

    package struct Profile: Encodable {
        let modelId: String
        let profileName: Nullable<String>
        /// As the label of `bedrock_model_id_info`.
        let profileType: String
        /// By key; those that the configuration names and the profile has.
        let tags: [String: String]

        package init(_ profile: InferenceProfile, modelID: String, _ tags: [ProfileTag]) {
            modelId = modelID
            profileName = Nullable(profile.shownName)
            profileType = profile.kind.label
            let keys = Set(tags.map(\.key))
            self.tags = (profile.tags ?? [:]).filter { keys.contains($0.key) }
        }
    }

    /// How long AWS goes on with a model.
    package struct Lifecycle: Encodable {
        /// `legacy` or `active`; null when it is not known.
        let status: Nullable<String>
        let legacyFrom: Nullable<String>
        let extendedAccessFrom: Nullable<String>
        let endOfLife: Nullable<String>
        /// Legacy, or near its end of life: what an alert is about when there is traffic.
        /// Null when what AWS says cannot be read.
        let isEnding: Nullable<Bool>
    }

    /// The batch jobs of a Region, which draw on no pool.
    package struct Batch: Encodable {
        let account: String
        let region: String
        /// Null while nothing is known.
        let listedAt: Nullable<String>
        /// Why it cannot be listed.
        let problem: Nullable<String>
        let models: [Model]

        package struct Model: Encodable {
            let model: String
            /// Of each status with jobs.
            let jobs: [String: Int]
            let jobsInFlight: Int
            let recordsInFlight: [String: Nullable<Int>]
            let quotas: [Use]
        }
    }

    package struct Use: Encodable {
        let quota: String
        let quotaCode: Nullable<String>
        let limit: Double
        let limitSource: String
        let matchedBy: Nullable<String>
        let usage: Nullable<Double>
        let usageSource: Nullable<String>
        let utilizationRatio: Nullable<Double>
        let peakUtilizationRatio: Peaks
        /// Covered minutes by expected ones of the minutes that make up `usage`.
        let coverage: Nullable<Double>
        let minute: Nullable<String>
    }

    package struct Peaks: Encodable {
        let peaks: PeakRatios

        private enum Key: String, CodingKey {
            case fiveMinutes = "5m"
            case hour = "1h"
            case day = "24h"
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(Nullable(peaks[.fiveMinutes]), forKey: .fiveMinutes)
            try container.encode(Nullable(peaks[.hour]), forKey: .hour)
            try container.encode(Nullable(peaks[.day]), forKey: .day)
        }
    }

    /// A quota of tokens a day over all models; AWS documents no way to count its use, so there is no ratio.
    package struct DailyQuota: Encodable {
        let account: String
        let region: String
        let quotaCode: Nullable<String>
        let limit: Double
        let limitSource: String
        /// Input and output tokens since 00:00 UTC, unweighted.
        let usageLowerBound: Nullable<Double>
        let accounting = "unknown"
    }

    package struct Unmapped: Encodable {
        let account: String
        let region: String
        let modelId: String
        let profileName: Nullable<String>
        let reason: String
    }

    /// Pools that there are.
    package let total: Int
    /// Of these, those that the parameters fit.
    package let matched: Int
    package let pools: [Pool]
    /// Those that all models of a Region share.
    package let dailyQuotas: [DailyQuota]
    package let unmapped: [Unmapped]
    package let batch: [Batch]

    /// - Parameters:
    ///   - query: Which pools. Its accounts and Regions choose what is beside them as well, and its limit bounds each list.
    ///   - now: Unix seconds, for what is near.
    package init(_ snapshot: Snapshot, _ query: PoolsQuery = PoolsQuery(), rules: AlertRules, now: Double) {
        let found = query.select(from: snapshot)
        total = snapshot.regions.reduce(0) { $0 + $1.pools.count }
        matched = found.matched
        pools = found.pools.map {
            Pool($0.pool, of: $0.region, rules: rules.rules(for: $0.pool.pool), now: now)
        }
        let regions = snapshot.regions.filter { query.fits($0.key) }
        let limit = query.limit ?? .max
        batch = regions.prefix(limit).map { Batch($0.batch, of: $0.key) }
        dailyQuotas = Array(regions.lazy.compactMap(DailyQuota.init).prefix(limit))
        unmapped = Array(regions.lazy.flatMap { Unmapped.all(of: $0) }.prefix(limit))
    }
}

extension PoolsDocument.DailyQuota {
    fileprivate init?(_ region: RegionSnapshot) {
        guard let use = region.dailyQuota else { return nil }
        account = region.key.account
        self.region = region.key.region
        quotaCode = Nullable(use.quota.code)
        limit = use.quota.limit
        limitSource = use.quota.source.rawValue
        usageLowerBound = Nullable(use.leastUse)
    }
}

extension PoolsDocument.Unmapped {
    fileprivate static func all(of region: RegionSnapshot) -> [Self] {
        region.unmapped.map { model in
            Self(
                account: region.key.account, region: region.key.region, modelId: model.modelID,
                profileName: Nullable(region.identities[model.modelID]?.profile?.givenName),
                reason: model.reason.rawValue)
        }
    }
}

extension PoolsDocument.Pool {
    package init(_ pool: PoolSnapshot, of snapshot: RegionSnapshot, rules: PoolRules, now: Double) {
        account = pool.pool.account
        region = pool.pool.region
        scope = pool.pool.scope.rawValue
        model = pool.pool.model
        modelIds = pool.modelIDs
        profiles = pool.modelIDs.compactMap { modelID in
            snapshot.identities[modelID]?.profile.map {
                PoolsDocument.Profile($0, modelID: modelID, snapshot.profileTags)
            }
        }
        burndownRate = Nullable(pool.rate.source == .none ? nil : pool.rate.value)
        quotaState =
            !pool.quotas.isEmpty
            ? "listed" : pool.pool.scope == .mantle ? "no_published_quota" : "no_reservation"
        longContext = Nullable(pool.hidesLongContext ? "not_told_apart" : nil)
        burndownSource = pool.rate.source.rawValue
        warning = rules.warning
        critical = rules.critical
        lifecycle = Nullable(
            pool.lifecycle.map {
                PoolsDocument.Lifecycle($0, isEnding: $0.isEnding(within: rules.endOfLifeDays, now: now))
            })
        recentThrottles = Nullable(pool.recentThrottles)
        quotas = pool.quotas.map { PoolsDocument.Use($0, minute: pool.minute) }
    }
}

extension PoolsDocument.Lifecycle {
    package init(_ lifecycle: ModelLifecycle, isEnding: Bool?) {
        status = Nullable(lifecycle.status)
        legacyFrom = Nullable(lifecycle.legacyFrom.map(JSONDocument.time))
        extendedAccessFrom = Nullable(lifecycle.extendedAccessFrom.map(JSONDocument.time))
        endOfLife = Nullable(lifecycle.endOfLife.map(JSONDocument.time))
        self.isEnding = Nullable(isEnding)
    }
}

extension PoolsDocument.Batch {
    package init(_ batch: BatchSnapshot, of key: RegionKey) {
        account = key.account
        region = key.region
        listedAt = Nullable(batch.listedAt.map(JSONDocument.time))
        problem = Nullable(batch.problem)
        models = batch.uses.map { use in
            Model(
                model: use.model,
                jobs: Dictionary(uniqueKeysWithValues: use.jobs.map { ($0.key.label, $0.value) }),
                jobsInFlight: use.jobsInFlight,
                recordsInFlight: Dictionary(
                    uniqueKeysWithValues: use.records.byResult.map { ($0.result, Nullable($0.count)) }),
                quotas: use.quotas.map { PoolsDocument.Use($0, minute: nil) })
        }
    }
}

extension PoolsDocument.Use {
    package init(_ use: QuotaUse, minute: Minute?) {
        quota = use.quota.kind.rawValue
        quotaCode = Nullable(use.quota.code)
        limit = use.quota.limit
        limitSource = use.quota.source.rawValue
        matchedBy = Nullable(use.quota.match?.rawValue)
        usage = Nullable(use.usage)
        usageSource = Nullable(use.source?.rawValue)
        utilizationRatio = Nullable(use.ratio)
        peakUtilizationRatio = PoolsDocument.Peaks(peaks: use.peaks)
        coverage = Nullable(
            use.expectedMinutes > 0 ? Double(use.coveredMinutes) / Double(use.expectedMinutes) : nil)
        self.minute = Nullable(
            use.usage == nil ? nil : minute.map { JSONDocument.time(Double($0.epochSeconds)) })
    }
}
