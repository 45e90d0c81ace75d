import QuotaModel
import Reading

/// Which single metrics are asked for before a whole pool is read: of the pools that may matter, or of the few that
/// explain most of what the account had, whichever is cheaper.
struct ProbeChoice {
    /// So many subjects are tried as the ones that explain most of the account's use.
    private static let largestPrefix = 24
    /// Of the account's use; less does not make a bound much tighter.
    private static let smallestShare = 0.01

    let plan: AttentionPlan
    let subjects: [AttentionSubject]

    /// The probes that decide about every subject on its own.
    func ofAll() -> [MetricProbe] {
        subjects.flatMap { subject in
            plan.reason(for: subject).map { probes(of: subject, $0.metrics) } ?? []
        }
    }

    /// The cheapest set of probes after which, if all have what they usually have, nothing is left to be asked.
    func cheapest() -> [MetricProbe] {
        let all = ofAll()
        let metrics = subjects.reduce(into: Set<UsageMetric>()) {
            $0.formUnion(plan.reason(for: $1)?.metrics ?? [])
        }
        var best = (cost: all.count, probes: all)
        var trial = plan
        var chosen: [MetricProbe] = []
        var open = subjects.indices.map { $0 }
        for index in ranked(by: metrics) {
            let more = probes(of: subjects[index], metrics)
            chosen += more
            guard chosen.count < best.cost else { break }
            open.removeAll { $0 == index }
            trial.expect(plan.expected(of: subjects[index]), from: subjects[index].unreadFrom)
            let left = open.reduce(0) { cost, index in
                let reason = trial.reason(for: subjects[index])
                return cost + (reason.map { probes(of: subjects[index], $0.metrics).count } ?? 0)
            }
            if chosen.count + left < best.cost { best = (chosen.count + left, chosen) }
        }
        return best.probes
    }

    /// The subjects with the largest parts of the account's counts, descending.
    private func ranked(by metrics: Set<UsageMetric>) -> [Int] {
        var most = WatchedCounts()
        for minute in plan.ceiling.window { most.raise(to: plan.ceiling[minute]) }
        let shares = subjects.indices.map { index in
            let expected = plan.expected(of: subjects[index])
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
    private func probes(of subject: AttentionSubject, _ metrics: Set<UsageMetric>) -> [MetricProbe] {
        subject.members.flatMap { modelID in
            (subject.names[modelID] ?? []).sorted().compactMap { name in
                guard let metric = UsageMetric(cloudWatchName: name), metrics.contains(metric),
                    !plan.probed.isExact(modelID, metric)
                else { return nil }
                return MetricProbe(modelID: modelID, name: name)
            }
        }
    }
}
