import AWSClient
import QuotaModel
import Reading

/// Measures one pool's burndown rate straight from CloudWatch, for a `check` without a store.
struct MeasuredRate {
    /// The minutes of a day, as the daemon measures.
    private static let minutes = 24 * 60
    /// Model IDs of a pool that are looked at: each costs five or six metrics.
    private static let modelIDs = 8
    private static let names: Set<String> = Set(
        [UsageMetric.inputTokens, .outputTokens, .cacheWriteInputTokens, .estimatedQuotaTokens]
            .flatMap(\.cloudWatchNames))

    let cloudWatch: CloudWatchClient
    /// Which minutes are settled.
    let plan: PollPlan
    let modelIDs: [String]

    /// Nil where there are too few minutes with AWS's estimate, or they do not agree.
    func read(now: Double) async throws(AWSError) -> BurndownRate? {
        let edge = plan.settledEdge(now: now)
        let read = PollPlan.Read(
            window: edge.advanced(by: -Self.minutes)..<edge, modelIDs: Array(modelIDs.prefix(Self.modelIDs)))
        let names = Dictionary(uniqueKeysWithValues: read.modelIDs.map { ($0, Self.names) })
        var fit = BurndownFit()
        for request in PollPlan.requests(for: read, queriesPerSeries: names.mapValues(\.count)) {
            let queries = MetricQueries(request, names: names)
            let answer = try await cloudWatch.getMetricData(
                queries: queries.queries, start: request.window.lowerBound.epochSeconds,
                end: request.window.upperBound.epochSeconds)
            for record in queries.records(answer.series, settledEdge: edge) {
                for minute in record.minutes { fit.add(minute.usage) }
            }
        }
        return fit.rate
    }
}
