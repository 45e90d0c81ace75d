import AWSClient
import QuotaModel

/// What is known of a Region beside its minutes: model IDs with their metrics, profiles, models, quotas.
package struct Discovery {
    /// CloudWatch's metric names of each model ID ever seen.
    package var names: [String: Set<String>] = [:] { didSet { costs = MetricQueries.costs(names) } }
    /// How many queries each series costs.
    package private(set) var costs: [String: Int] = [:]
    /// The model IDs that are asked for: those that `ListMetrics` lists, which it does for two weeks after the last data.
    package var active: Set<String> = []
    /// Model IDs that got further metrics since they were first read, with the time of the listing that lacked them.
    package var grown: [String: Double?] = [:]
    /// CloudWatch lists nothing of Bedrock and the store has nothing recent: nothing else is asked for.
    package var isIdle = false
    /// What CloudWatch lists without a dimension.
    package var accountSeries = AccountSeries(names: [])
    package var inventory = Inventory()
    /// Model IDs or the inventory changed since pools were last made out of them.
    package var isUnmapped = true

    package init() {}

    /// From what the store remembers; all known model IDs that CloudWatch ever listed count as active until it has been asked.
    package init(names: [String: Set<String>], inventory: Inventory?) {
        self.names = names
        costs = MetricQueries.costs(names)
        // Others are known by invocation logs alone: none of their metrics could be asked for.
        active = Set(names.lazy.filter { !$0.value.isEmpty }.map(\.key))
        self.inventory = inventory ?? Inventory()
    }

    /// The series of a namespace's listing with their metric names; see `UsageSource` for which sets are read.
    package static func series(
        in listing: [ListedMetric], of namespace: String = UsageSource.runtime.namespace
    ) -> [String: Set<String>] {
        var names: [String: Set<String>] = [:]
        for metric in listing {
            guard let series = name(of: metric, namespace), isPossible(series.text),
                series.source.metric(named: metric.name) != nil
            else { continue }
            names[series.text, default: []].insert(metric.name)
        }
        return names
    }

    /// Model IDs of a listing that Bedrock cannot have, each once: they are left out, and told of.
    package static func impossibleModelIDs(
        in listing: [ListedMetric], of namespace: String = UsageSource.runtime.namespace
    ) -> [String] {
        var seen: Set<[UInt8]> = []
        return listing.compactMap { name(of: $0, namespace)?.modelID }.filter {
            !isPossible($0) && seen.insert(Array($0.utf8)).inserted
        }
    }

    private static func name(of metric: ListedMetric, _ namespace: String) -> SeriesName? {
        SeriesName(namespace: namespace, dimensions: metric.dimensions.map { ($0.name, $0.value) })
    }

    /// Visible ASCII, as CloudWatch has dimensions and Bedrock has IDs. Others could be equal as Swift compares text and
    /// yet differ, so that two would be counted as one.
    private static func isPossible(_ modelID: String) -> Bool {
        (1...longestModelID).contains(modelID.utf8.count)
            && modelID.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// CloudWatch's own limit on a dimension's value.
    private static let longestModelID = 1024

    /// The names of the account-wide series of a listing. Their values bound what is read; they are never stored.
    package static func accountSeries(in listing: [ListedMetric]) -> AccountSeries {
        AccountSeries(names: Set(listing.lazy.filter(\.dimensions.isEmpty).map(\.name)))
    }

    /// Takes metrics that were found to have data before they are listed.
    package mutating func add(_ found: [String: Set<String>]) {
        names.merge(found) { $0.union($1) }
    }

    /// Takes a listing over what is known.
    package mutating func take(_ listed: [String: Set<String>], previousListing: Double?) {
        var names = names
        for (modelID, found) in listed {
            let known = names[modelID] ?? []
            guard !found.isSubset(of: known) else { continue }
            names[modelID] = known.union(found)
            if !known.isEmpty, grown[modelID] == nil { grown[modelID] = .some(previousListing) }
        }
        if names != self.names {
            self.names = names
            isUnmapped = true
        }
        guard active != Set(listed.keys) else { return }
        active = Set(listed.keys)
        isUnmapped = true
    }
}
