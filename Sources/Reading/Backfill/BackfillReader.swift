import AWSClient
import QuotaModel
import SQLite
import UsageStore

/// Carries out one request of a backfill: asks CloudWatch, and stores the answer as what it is.
package struct BackfillReader: Sendable {
    package let cloudWatch: CloudWatchClient
    package let store: UsageStore
    package let key: RegionKey

    package init(cloudWatch: CloudWatchClient, store: UsageStore, key: RegionKey) {
        self.cloudWatch = cloudWatch
        self.store = store
        self.key = key
    }

    /// The store's coverage of the Region at every resolution, for these series.
    package func known(_ modelIDs: some Sequence<String> & Sendable) async throws(StoreError)
        -> BackfillPlan.Known
    {
        let minutes = try await store.coverage(account: key.account, region: key.region)
        var known = BackfillPlan.Known(minutes: [:])
        for modelID in modelIDs { known.minutes[modelID] = minutes[modelID] ?? MinuteRanges() }
        known.fiveMinutes = try await store.periodCoverage(
            account: key.account, region: key.region, resolution: .fiveMinutes)
        known.hours = try await store.periodCoverage(
            account: key.account, region: key.region, resolution: .hour)
        return known
    }

    /// - Parameters:
    ///   - names: CloudWatch's metric names of each model ID.
    ///   - settledEdge: The first minute that CloudWatch may still change.
    package func ask(
        _ request: BackfillPlan.Request, names: [String: Set<String>], settledEdge: Minute
    ) async throws(AWSError) -> (answer: MetricDataAnswer, records: [SeriesRecord]) {
        let queries = MetricQueries(
            request.read, names: names, periodSeconds: request.resolution.minutes * 60)
        let window = request.read.window
        let answer = try await cloudWatch.getMetricData(
            queries: queries.queries, start: window.lowerBound.epochSeconds,
            end: window.upperBound.epochSeconds)
        return (answer, queries.records(answer.series, settledEdge: settledEdge))
    }

    /// Stores what was answered in one transaction.
    package func keep(_ records: [SeriesRecord], of request: BackfillPlan.Request, at time: Int)
        async throws(StoreError)
    {
        guard let resolution = request.resolution.period else {
            try await store.record(
                PollRecord(
                    account: key.account, region: key.region, recordedAt: time, series: records,
                    countsTowardTotals: request.read.countsTowardTotals))
            return
        }
        try await store.recordPeriods(
            PeriodRecord(
                account: key.account, region: key.region, recordedAt: time, resolution: resolution,
                series: records.map {
                    PeriodRecord.Series(modelID: $0.modelID, periods: $0.minutes, covered: $0.covered)
                }))
    }
}
