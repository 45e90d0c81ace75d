import AWSClient
import QuotaModel
import UsageStore

/// One Region in a `backfill`: its series, and which of them failed.
package struct BackfillRegion: Sendable {
    package let reader: BackfillReader
    /// CloudWatch's metric names of each model ID, of those listed now and of those that the store remembers.
    package let names: [String: Set<String>]
    /// Queries of each model ID.
    package let costs: [String: Int]
    /// Why no request to the Region can succeed, such as a missing permission.
    package private(set) var refusal: String?
    /// Why series could not be read, the last reason of each.
    package private(set) var failed: [String: String] = [:]
    private var pauses = ReadPauses()

    package var key: RegionKey { reader.key }

    /// Asks CloudWatch which series there are and adds those that the store remembers: `ListMetrics` forgets a series
    /// two weeks after its last datapoint.
    package static func discover(
        _ key: RegionKey, cloudWatch: CloudWatchClient, store: UsageStore, at time: Int
    ) async throws -> BackfillRegion {
        var listed: [String: Set<String>] = [:]
        for namespace in UsageSource.namespaces {
            let listing = try await cloudWatch.listMetrics(namespace: namespace, recentlyActive: false)
            listed.merge(Discovery.series(in: listing.metrics, of: namespace)) { $1 }
        }
        try await store.rememberSeries(account: key.account, region: key.region, listed, at: time)
        let known = try await store.knownSeries(account: key.account, region: key.region)
        return BackfillRegion(
            reader: BackfillReader(cloudWatch: cloudWatch, store: store, key: key),
            names: known.merging(listed) { $0.union($1) }.filter {
                MetricQueries.cost(of: $0.key, $0.value) > 0
            })
    }

    package init(reader: BackfillReader, names: [String: Set<String>]) {
        self.reader = reader
        self.names = names
        costs = MetricQueries.costs(names)
    }

    /// What the store lacks.
    package func requests(_ plan: BackfillPlan, now: Double) async throws -> [BackfillPlan.Request] {
        plan.requests(now: now, known: try await reader.known(names.keys), queriesPerSeries: costs)
    }

    package func isDue(_ modelID: String, now: Double) -> Bool {
        refusal == nil && pauses.isDue(modelID, now: now)
    }

    /// Seconds until the first failed series is due.
    package func pause(now: Double) -> Double { pauses.nextDue(now: now).map { max(0, $0 - now) } ?? 0 }

    package mutating func note(
        _ request: BackfillPlan.Request, _ answer: MetricDataAnswer, _ records: [SeriesRecord], now: Double
    ) {
        let uncovered = Set(records.lazy.filter(\.covered.isEmpty).map(\.modelID))
        pauses.note(request.read.modelIDs, uncovered: uncovered, now: now)
        for modelID in request.read.modelIDs {
            failed[modelID] = uncovered.contains(modelID) ? answer.firstReason : nil
        }
    }

    package mutating func note(_ request: BackfillPlan.Request, failure: AWSError, now: Double) {
        switch failure.kind {
        case .credentials, .accessDenied, .credentialsRejected, .invalidRequest, .unaffordable:
            refusal = String(describing: failure)
        case .transport, .throttled, .refused, .serviceFailure, .malformedAnswer, .cancelled:
            pauses.note(request.read.modelIDs, uncovered: Set(request.read.modelIDs), now: now)
            for modelID in request.read.modelIDs { failed[modelID] = String(describing: failure) }
        }
    }
}

extension MetricDataAnswer {
    /// Why the first of the series that were not answered whole was not.
    fileprivate var firstReason: String {
        if let failure = failures.first { return String(describing: failure) }
        for (_, series) in series.sorted(by: { $0.key < $1.key }) {
            switch series.status {
            case .complete: continue
            case .partial: return "CloudWatch answered in part"
            case .failed(let reason): return reason
            }
        }
        return "CloudWatch's answer does not hold it"
    }
}
