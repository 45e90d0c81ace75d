import Exposition
import QuotaModel
import System
import UsageStore

/// History as OpenMetrics for `promtool tsdb create-blocks-from openmetrics` and VictoriaMetrics' import.
///
/// OpenMetrics keeps families and series apart, so each series is read on its own, family by family: more reading, but
/// nothing is held in memory. A sample's time is the end of its minute or step. Only what is certain is written: of
/// single minutes the covered ones. A count that is zero in the whole range is left out.
struct OpenMetricsHistory {
    let query: UsageQuery
    let series: [StoredSeries]
    let source: any HistorySource
    private let isMinuteExport: Bool

    init(_ parameters: UsageParameters, series: [StoredSeries], source: any HistorySource) {
        query = parameters.query
        isMinuteExport = parameters.isMinuteExport
        self.series = series
        self.source = source
    }

    func write(to pump: inout UsagePump) async throws -> UsageOutcome {
        let outcome = isMinuteExport ? try await writeMinutes(&pump) : try await writeSteps(&pump)
        pump.bytes += HistoryEncoder.end
        return outcome
    }

    /// Whole range in one row for each group: which series have anything.
    private func totals(_ query: UsageQuery, _ outcome: inout UsageOutcome) async throws -> [UsageRow] {
        var whole = query
        whole.stepMinutes = nil
        var rows: [UsageRow] = []
        try await source.rows(whole) { row in
            outcome.take(row)
            rows.append(row)
        }
        return rows
    }

    // MARK: Single minutes

    private func writeMinutes(_ pump: inout UsagePump) async throws -> UsageOutcome {
        var outcome = UsageOutcome()
        var byModel = query
        byModel.groupBy = [.account, .region, .modelID]
        let models = try await totals(byModel, &outcome)
        for source in UsageSource.all {
            let own = models.filter { SeriesName($0.group[2]).source.name == source.name }
            for (metric, descriptor) in RemoteWriteCatalog.counts(of: source) {
                var family = Family(descriptor)
                for row in own where (row.sums[metric] ?? 0) > 0 {
                    family.begin([row.group[0], row.group[1], SeriesName(row.group[2]).modelID])
                    try await rows(of: row.group, byModel) { row in
                        guard row.coverage == 1 else { return }
                        try await family.add(row.sums[metric], row.step.upperBound, &pump)
                    }
                }
            }
        }
        try await writeAverages(&pump)
        // One model ID's part of a pool is not the pool's use.
        if query.modelID == nil { try await writePools(&pump) }
        return outcome
    }

    /// AWS's estimate and averages: where CloudWatch has no datapoint there is nothing, not zero.
    private func writeAverages(_ pump: inout UsagePump) async throws {
        let figures: [(MetricDescriptor, (UsageMinute) -> Double?)] = [
            (RemoteWriteCatalog.estimatedQuotaTokens, { $0.estimatedQuotaTokens }),
            (RemoteWriteCatalog.latency, { $0.latencyMilliseconds.map { $0 / 1000 } }),
            (RemoteWriteCatalog.timeToFirstToken, { $0.timeToFirstTokenMilliseconds.map { $0 / 1000 } }),
        ]
        for (descriptor, figure) in figures {
            var family = Family(descriptor)
            for one in series where SeriesName.isRuntime(one.key.modelID) {
                family.begin([one.key.account, one.key.region, one.key.modelID])
                try await source.seriesMinutes(one.key, query.range) { minute in
                    guard minute.isCovered else { return }
                    try await family.add(figure(minute.usage), minute.minute.advanced(by: 1), &pump)
                }
            }
        }
    }

    private func writePools(_ pump: inout UsagePump) async throws {
        let pools = Set(series.compactMap(\.quotaPool)).sorted()
        var tokens = Family(RemoteWriteCatalog.quotaTokens)
        for pool in pools where pool.scope.isWeighed {
            tokens.begin(labels(pool))
            try await minutes(of: pool) { minute in
                try await tokens.add(minute.quotaTokens, minute.minute.advanced(by: 1), &pump)
            }
        }
        var byPool = query
        byPool.groupBy = UsageQuery.defaultGroupBy
        var ignored = UsageOutcome()
        let kinds = Dictionary(
            try await totals(byPool, &ignored).map { ($0.group, $0.quotas.keys.sorted()) },
            uniquingKeysWith: { $1 })
        var limits = Family(RemoteWriteCatalog.quotaLimit)
        var ratios = Family(RemoteWriteCatalog.quotaUtilization)
        for pool in pools {
            for kind in kinds[labels(pool)] ?? [] {
                limits.begin(labels(pool) + [kind.rawValue])
                try await minutes(of: pool) { minute in
                    try await limits.add(minute.limits[kind], minute.minute.advanced(by: 1), &pump)
                }
            }
        }
        for pool in pools {
            for kind in kinds[labels(pool)] ?? [] {
                ratios.begin(labels(pool) + [kind.rawValue])
                try await minutes(of: pool) { minute in
                    try await ratios.add(minute.ratio(of: kind), minute.minute.advanced(by: 1), &pump)
                }
            }
        }
    }

    private func minutes(of pool: QuotaPool, _ body: (PoolUseMinute) async throws -> Void) async throws {
        try await source.poolMinutes(pool, query.range) { minute in
            if minute.isCovered { try await body(minute) }
        }
    }

    private func labels(_ pool: QuotaPool) -> [String] {
        [pool.account, pool.region, pool.scope.rawValue, pool.model]
    }

    // MARK: Longer steps

    private func writeSteps(_ pump: inout UsagePump) async throws -> UsageOutcome {
        let metrics = StepMetrics(query)
        var outcome = UsageOutcome()
        let groups = try await totals(query, &outcome)
        for metric in UsageMetric.counted {
            let groups = groups.filter { ($0.sums[metric] ?? 0) > 0 }
            try await writeFamily(metrics.sum(metric), groups, &pump) { $0.sums[metric] }
        }
        try await writeFamily(metrics.quotaTokens, groups, &pump) { $0.quotaTokens }
        try await writeFamily(metrics.coverage, groups, &pump) { $0.coverage }
        let figures: [(MetricDescriptor, @Sendable (UsageRow.QuotaFigures) -> Double?)] = [
            (metrics.quotaLimit, { $0.limit }), (metrics.quotaPeak, { $0.peakRatio }),
            (metrics.quotaMean, { $0.meanRatio }),
        ]
        for (descriptor, figure) in figures {
            var family = Family(descriptor)
            for group in groups {
                for kind in group.quotas.keys.sorted() {
                    try await writeSeries(&family, group, [kind.rawValue], &pump) {
                        $0.quotas[kind].flatMap(figure)
                    }
                }
            }
        }
        return outcome
    }

    private func writeFamily(
        _ descriptor: MetricDescriptor, _ groups: [UsageRow], _ pump: inout UsagePump,
        _ value: (UsageRow) -> Double?
    ) async throws {
        var family = Family(descriptor)
        for group in groups { try await writeSeries(&family, group, [], &pump, value) }
    }

    private func writeSeries(
        _ family: inout Family, _ group: UsageRow, _ more: [String], _ pump: inout UsagePump,
        _ value: (UsageRow) -> Double?
    ) async throws {
        let step = TimeSpan.minutes(query.stepMinutes ?? query.range.count).description
        family.begin(group.group + [step] + more)
        try await rows(of: group.group, query) { row in
            try await family.add(value(row), row.step.upperBound, &pump)
        }
    }

    // MARK: One series

    /// The rows of one group in the order of time. "No pool" and profiles cannot be filtered for, so rows are compared as
    /// well.
    private func rows(
        of group: [String], _ query: UsageQuery, _ body: (UsageRow) async throws -> Void
    ) async throws {
        var one = query
        for (dimension, value) in zip(query.groupBy, group) where !value.isEmpty {
            switch dimension {
            case .account: one.account = value
            case .region: one.region = value
            case .scope: one.scope = InferenceScope(rawValue: value)
            case .model: one.model = value
            case .modelID: one.modelID = value
            case .profileName, .caller: break
            }
        }
        try await source.rows(one) { row in
            if row.group == group { try await body(row) }
        }
    }

    /// A metric's samples, one series after the other.
    private struct Family {
        private let descriptor: MetricDescriptor
        private var series: [UInt8] = []
        private var isDescribed = false

        init(_ descriptor: MetricDescriptor) {
            self.descriptor = descriptor
        }

        /// The values of the metric's labels in their order; "no pool" leaves scope and model out.
        mutating func begin(_ values: [String]) {
            let labels = zip(descriptor.labels, values).filter { !$0.1.isEmpty }
            series = HistoryEncoder.series(
                descriptor, LabelSet(labels.map { ($0.0, VisibleText.escaped($0.1)) }))
        }

        mutating func add(_ value: Double?, _ end: Minute, _ pump: inout UsagePump) async throws {
            guard let value else { return }
            if !isDescribed { pump.bytes += HistoryEncoder.header(descriptor) }
            isDescribed = true
            HistoryEncoder.append(value, at: end.epochSeconds, series: series, to: &pump.bytes)
            try await pump.flushIfFull()
        }
    }
}
