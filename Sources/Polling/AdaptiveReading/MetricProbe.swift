import AWSClient
import QuotaModel
import Reading

/// A single metric of one model ID, asked for to decide whether the others are read too. It is not stored.
package struct MetricProbe: Hashable, Sendable {
    package let modelID: String
    /// CloudWatch's name.
    package let name: String

    package init(modelID: String, name: String) {
        self.modelID = modelID
        self.name = name
    }
}

/// Queries for account-wide series and probes, and what became of them.
package struct DecidingQueries {
    private enum Target {
        case account(UsageMetric)
        case probe(String, UsageMetric)
    }

    package let queries: [MetricQuery]
    private let targets: [String: Target]

    package init(_ account: AccountSeries?, probes: [MetricProbe]) {
        var queries: [MetricQuery] = []
        var targets: [String: Target] = [:]
        func ask(_ name: String, _ dimensions: [MetricDimension], _ target: (UsageMetric) -> Target) {
            guard let metric = UsageMetric(cloudWatchName: name) else { return }
            let id = "a\(queries.count)"
            queries.append(
                MetricQuery(
                    id: id, namespace: UsageSource.runtime.namespace, metricName: name,
                    dimensions: dimensions,
                    statistic: metric.statistic.rawValue))
            targets[id] = target(metric)
        }
        for name in account?.names.sorted() ?? [] { ask(name, []) { .account($0) } }
        for probe in probes {
            ask(probe.name, [MetricDimension(name: UsageSource.runtime.dimensions[0], value: probe.modelID)])
            {
                .probe(probe.modelID, $0)
            }
        }
        self.queries = queries
        self.targets = targets
    }

    /// What the whole account had; nil unless every query for it was answered completely.
    ///
    /// Of two spellings of a metric both count: a bound may be too high, but never too low.
    package func ceiling(
        _ results: [String: MetricSeries], window: Range<Minute>, metrics: Set<UsageMetric>
    ) -> AccountCeiling? {
        var ceiling = AccountCeiling(window: window, metrics: metrics)
        for (id, target) in targets {
            guard case .account(let metric) = target else { continue }
            guard let result = results[id], result.status == .complete else { return nil }
            for point in result.points { ceiling.add(point, metric) }
        }
        return ceiling
    }

    /// The answers to probes; a metric counts as exact when all of its spellings were answered completely.
    package func probed(_ results: [String: MetricSeries]) -> ProbedCounts {
        var probed = ProbedCounts()
        for (id, target) in targets {
            guard case .probe(let modelID, let metric) = target else { continue }
            probed.take(
                results[id] ?? MetricSeries(status: .failed("no answer"), points: []), metric, of: modelID)
        }
        return probed
    }
}

/// What probes said of single series in the minutes under decision.
package struct ProbedCounts: Sendable {
    package private(set) var counts: [String: [Minute: WatchedCounts]] = [:]
    private var answered: [String: Set<UsageMetric>] = [:]
    private var unanswered: [String: Set<UsageMetric>] = [:]

    package init() {}

    package mutating func take(_ series: MetricSeries, _ metric: UsageMetric, of modelID: String) {
        if series.status == .complete {
            answered[modelID, default: []].insert(metric)
        } else {
            unanswered[modelID, default: []].insert(metric)
        }
        for point in series.points {
            let minute = Minute(containingEpochSeconds: point.epochSeconds)
            counts[modelID, default: [:]][minute, default: WatchedCounts()][metric] += point.value
        }
    }

    /// Adds the answers to probes of other metrics or model IDs.
    package mutating func add(_ other: ProbedCounts) {
        for (modelID, minutes) in other.counts {
            for (minute, more) in minutes {
                counts[modelID, default: [:]][minute, default: WatchedCounts()].raise(to: more)
            }
        }
        answered.merge(other.answered) { $0.union($1) }
        unanswered.merge(other.unanswered) { $0.union($1) }
    }

    /// Whether the series' count of this metric is known as exactly as a read would tell.
    package func isExact(_ modelID: String, _ metric: UsageMetric) -> Bool {
        answered[modelID]?.contains(metric) == true && unanswered[modelID]?.contains(metric) != true
    }
}

extension AccountSeries {
    /// The metrics of a model ID that have to be asked for one by one; nil when that is no use.
    func probes(of modelID: String, names listed: Set<String>) -> [MetricProbe]? {
        var probes: [MetricProbe] = []
        for name in listed.sorted() {
            guard let metric = UsageMetric(cloudWatchName: name), WatchedCounts.metrics.contains(metric),
                !metrics.contains(metric)
            else { continue }
            guard !AccountSeries.needed.contains(metric) else { return nil }
            probes.append(MetricProbe(modelID: modelID, name: name))
        }
        return probes
    }
}

/// Which single metrics are asked for before a whole pool is read: of the pools that may matter, or of the few that
/// explain most of what the account had, whichever is cheaper.
struct ProbeChoice {
    /// So many groups are tried as the ones that explain most of the account's use.
    private static let largestPrefix = 24
    /// Of the account's use; less does not make a bound much tighter.
    private static let smallestShare = 0.01

    let plan: AdaptivePlan
    let groups: [ReadGroup]

    /// The probes that decide about every group on its own.
    func ofAll() -> [MetricProbe] {
        groups.flatMap { group in
            plan.reason(for: group).map { probes(of: group, $0.metrics) } ?? []
        }
    }

    /// The cheapest set of probes after which, if all have what they usually have, nothing is left to be asked.
    func cheapest() -> [MetricProbe] {
        let all = ofAll()
        let metrics = groups.reduce(into: Set<UsageMetric>()) {
            $0.formUnion(plan.reason(for: $1)?.metrics ?? [])
        }
        var best = (cost: all.count, probes: all)
        var trial = plan
        var chosen: [MetricProbe] = []
        var open = groups.indices.map { $0 }
        for index in ranked(by: metrics) {
            let more = probes(of: groups[index], metrics)
            chosen += more
            guard chosen.count < best.cost else { break }
            open.removeAll { $0 == index }
            trial.expect(plan.expected(of: groups[index]), from: groups[index].unreadFrom)
            let left = open.reduce(0) { cost, index in
                let reason = trial.reason(for: groups[index])
                return cost + (reason.map { probes(of: groups[index], $0.metrics).count } ?? 0)
            }
            if chosen.count + left < best.cost { best = (chosen.count + left, chosen) }
        }
        return best.probes
    }

    /// The groups with the largest parts of the account's counts, descending.
    private func ranked(by metrics: Set<UsageMetric>) -> [Int] {
        var most = WatchedCounts()
        for minute in plan.ceiling.window { most.raise(to: plan.ceiling[minute]) }
        let shares = groups.indices.map { index in
            let expected = plan.expected(of: groups[index])
            let share = metrics.reduce(0.0) { share, metric in
                most[metric] > 0 ? max(share, min(1, expected[metric] / most[metric])) : share
            }
            return (index: index, share: share)
        }
        return shares.filter { $0.share > Self.smallestShare }
            .sorted { ($0.share, $1.index) > ($1.share, $0.index) }
            .prefix(Self.largestPrefix).map(\.index)
    }

    /// The listed metrics that are not known already.
    private func probes(of group: ReadGroup, _ metrics: Set<UsageMetric>) -> [MetricProbe] {
        group.members.flatMap { modelID in
            (group.names[modelID] ?? []).sorted().compactMap { name in
                guard let metric = UsageMetric(cloudWatchName: name), metrics.contains(metric),
                    !plan.probed.isExact(modelID, metric)
                else { return nil }
                return MetricProbe(modelID: modelID, name: name)
            }
        }
    }
}

extension RecentCounts {
    /// Takes what probes said: at least so much.
    mutating func take(_ probed: ProbedCounts) {
        for (modelID, minutes) in probed.counts {
            for (minute, counts) in minutes { raise(modelID, minute, to: counts) }
        }
    }
}
