import QuotaModel
import System

/// A quota of batch jobs of a model that a report is about. The store keeps limits, not jobs: how many are in flight only a
/// running daemon knows.
package struct BatchFigures: Equatable, Sendable {
    package let place: RegionKey
    package let model: String
    package let quota: Quota
    /// Nil where it is not known.
    package var jobsInFlight: Double?

    package init(place: RegionKey, model: String, quota: Quota, jobsInFlight: Double? = nil) {
        self.place = place
        self.model = model
        self.quota = quota
        self.jobsInFlight = jobsInFlight
    }

    /// For the report as text.
    static func markdown(_ batch: [BatchFigures]) -> [String] {
        guard !batch.isEmpty else { return [] }
        var lines = [
            "", "## Batch jobs", "",
            "Jobs in flight at a time; they draw on no quota above. One more waits, without an error.", "",
            "| Model | Region | Account | Quota | Limit | In flight |", "|---|---|---|---|---|---|",
        ]
        lines += batch.map { one in
            let code = one.quota.code.map { ", \($0)" } ?? ""
            return "| \(one.model) | \(one.place.region) | \(one.place.account) | \(one.quota.kind.rawValue)"
                + " | \(Grouped.digits(one.quota.limit)) (\(one.quota.source.rawValue)\(code))"
                + " | \(one.jobsInFlight.map(Grouped.digits) ?? "unknown here; the page tells") |"
        }
        return lines
    }
}

extension ReportReader {
    /// The quotas of batch jobs of the models that the figures are about.
    package func batch(_ figures: [PoolFigures], overrides: [QuotaOverride]) async throws -> [BatchFigures] {
        var models: [RegionKey: Set<String>] = [:]
        for one in figures {
            models[one.pool.place, default: []].insert(one.pool.model)
        }
        var batch: [BatchFigures] = []
        for (place, models) in models.sorted(by: { $0.key < $1.key }) {
            let catalog = QuotaCatalog(
                inventory: try await inventory(of: place), overrides: overrides, account: place.account,
                region: place.region)
            for model in models.sorted() {
                batch += catalog.quotas(scope: .batch, model: model).map {
                    BatchFigures(place: place, model: model, quota: $0)
                }
            }
        }
        return batch
    }
}

extension ReportDocument {
    /// A quota of batch jobs.
    package struct Batch: Encodable, Sendable {
        let account: String
        let region: String
        let model: String
        let quota: String
        let quotaCode: Nullable<String>
        let limit: Double
        let limitSource: String
        let jobsInFlight: Nullable<Double>

        init(_ figures: BatchFigures) {
            account = figures.place.account
            region = figures.place.region
            model = figures.model
            quota = figures.quota.kind.rawValue
            quotaCode = Nullable(figures.quota.code)
            limit = figures.quota.limit
            limitSource = figures.quota.source.rawValue
            jobsInFlight = Nullable(figures.jobsInFlight)
        }
    }

    /// How long AWS goes on with a pool's model.
    package struct Lifecycle: Encodable, Sendable {
        /// `legacy` or `active`; null when it is not known.
        let status: Nullable<String>
        let legacyFrom: Nullable<String>
        let extendedAccessFrom: Nullable<String>
        let endOfLife: Nullable<String>

        package init(_ lifecycle: ModelLifecycle) {
            status = Nullable(lifecycle.status)
            legacyFrom = Nullable(lifecycle.legacyFrom.map(JSONDocument.time))
            extendedAccessFrom = Nullable(lifecycle.extendedAccessFrom.map(JSONDocument.time))
            endOfLife = Nullable(lifecycle.endOfLife.map(JSONDocument.time))
        }
    }
}
