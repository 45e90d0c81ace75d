import Exposition
import QuotaModel
import UsageStore

/// One Region's streams and how the store's rows become figures, as of one look into the store. Pure.
package struct RemoteWriteRegion: Sendable {
    package let key: RegionKey
    private let sources: [String: MinuteSource]
    private let members: [QuotaPool: [MinuteSource]]

    package init(key: RegionKey, sources: [MinuteSource]) {
        self.key = key
        self.sources = Dictionary(sources.map { ($0.modelID, $0) }, uniquingKeysWith: { _, last in last })
        var members: [QuotaPool: [MinuteSource]] = [:]
        for source in sources {
            guard let pool = source.pool else { continue }
            members[Self.pool(key, pool.scope, pool.model), default: []].append(source)
            // A pool is not known where a part that is taken out of it is not.
            let name = SeriesName(source.modelID)
            if name.isPart, let whole = self.sources[name.whole]?.pool {
                members[Self.pool(key, whole.scope, whole.model), default: []].append(source)
            }
        }
        self.members = members
    }

    private static func pool(_ key: RegionKey, _ scope: InferenceScope, _ model: String) -> QuotaPool {
        QuotaPool(account: key.account, region: key.region, scope: scope, model: model)
    }

    // MARK: Streams

    /// Every model ID and every pool, ascending, each where its cursor stands; one without a cursor begins at `start`.
    package func streams(cursors: [RemoteWriteCursor.Key: RemoteWriteCursor], start: Minute)
        -> [RemoteWriteStream]
    {
        let whole = sources.values.filter { !SeriesName($0.modelID).isPart }
        let models = whole.sorted { $0.modelID < $1.modelID }.map { source in
            stream(.modelID(source.modelID), source.coverage, source.firstDatapoint, cursors, start)
        }
        let pools = members.sorted { $0.key < $1.key }.map { pool, members in
            stream(
                .pool(pool), Self.coverage(of: members), members.compactMap(\.firstDatapoint).min(), cursors,
                start)
        }
        return models + pools
    }

    private func stream(
        _ subject: RemoteWriteStream.Subject, _ coverage: MinuteRanges, _ firstDatapoint: Minute?,
        _ cursors: [RemoteWriteCursor.Key: RemoteWriteCursor], _ start: Minute
    ) -> RemoteWriteStream {
        let name = RemoteWriteCursor.Key(account: key.account, region: key.region, subject: subject.text)
        let cursor = cursors[name]
        return RemoteWriteStream(
            key: name, subject: subject, coverage: coverage, firstDatapoint: firstDatapoint,
            start: cursor?.start ?? start, next: cursor?.next ?? start)
    }

    /// The minutes in which every member is known. A member adds nothing before it was first seen, and nothing after
    /// its last covered minute once CloudWatch lists it no more.
    package static func coverage(of members: [MinuteSource]) -> MinuteRanges {
        let spans = members.compactMap { source in source.coverage.span.map { (source, $0) } }
        guard let from = spans.map(\.1.lowerBound).min(), let to = spans.map(\.1.upperBound).max() else {
            return MinuteRanges()
        }
        var known = MinuteRanges(CollectionOfOne(from..<to))
        for (source, span) in spans {
            for gap in source.coverage.gaps(in: span.lowerBound..<(source.isListed ? to : span.upperBound)) {
                known.subtract(gap)
            }
        }
        return known
    }

    // MARK: Figures

    /// A value with the metric and the labels that are its own.
    package struct Figure {
        let metric: MetricDescriptor
        let labels: [(name: String, value: String)]
        let value: Double
    }

    /// What the store holds of one minute: a model ID's datapoints, a pool's use; nothing where nothing is known.
    package struct Rows {
        var models: [String: UsageMinute] = [:]
        var pools: [QuotaPool: PoolUseMinute] = [:]
    }

    /// The figures of a stream's covered minute.
    package func figures(of subject: RemoteWriteStream.Subject, _ rows: Rows) -> [Figure] {
        switch subject {
        case .modelID(let id): modelFigures(id, rows.models[id] ?? UsageMinute())
        case .pool(let pool): rows.pools[pool].map { poolFigures(pool, $0) } ?? []
        }
    }

    /// A covered minute without datapoint is zero for counts that CloudWatch lists, and nothing for averages.
    private func modelFigures(_ modelID: String, _ row: UsageMinute) -> [Figure] {
        let name = SeriesName(modelID)
        func labels(_ descriptor: MetricDescriptor) -> [(name: String, value: String)] {
            [
                ("account", key.account), ("region", key.region),
                (descriptor.labels.last ?? "", name.modelID),
            ]
        }
        let listed = sources[modelID]?.metrics ?? []
        var figures: [Figure] = []
        for (metric, descriptor) in RemoteWriteCatalog.counts(of: name.source) {
            guard let value = row[metric] ?? (listed.contains(metric) ? 0 : nil) else { continue }
            figures.append(Figure(metric: descriptor, labels: labels(descriptor), value: value))
        }
        let others: [(MetricDescriptor, Double?)] = [
            (RemoteWriteCatalog.estimatedQuotaTokens, row.estimatedQuotaTokens),
            (RemoteWriteCatalog.latency, row.latencyMilliseconds.map { $0 / 1000 }),
            (RemoteWriteCatalog.timeToFirstToken, row.timeToFirstTokenMilliseconds.map { $0 / 1000 }),
        ]
        for (descriptor, value) in others {
            if let value {
                figures.append(Figure(metric: descriptor, labels: labels(descriptor), value: value))
            }
        }
        return figures
    }

    private func poolFigures(_ pool: QuotaPool, _ minute: PoolUseMinute) -> [Figure] {
        let labels = [
            ("account", pool.account), ("region", pool.region), ("scope", pool.scope.rawValue),
            ("model", pool.model),
        ]
        var figures: [Figure] = []
        if pool.scope.isWeighed {
            figures.append(
                Figure(metric: RemoteWriteCatalog.quotaTokens, labels: labels, value: minute.quotaTokens))
        }
        for (kind, limit) in minute.limits.sorted(by: { $0.key < $1.key }) {
            let labels = labels + [("quota", kind.rawValue)]
            figures.append(Figure(metric: RemoteWriteCatalog.quotaLimit, labels: labels, value: limit))
            guard let ratio = minute.ratio(of: kind) else { continue }
            figures.append(Figure(metric: RemoteWriteCatalog.quotaUtilization, labels: labels, value: ratio))
        }
        return figures
    }
}
