/// Where the datapoints of a series come from.
enum MetricSource: Sendable {
    /// One metric of the Region's n-th model.
    case traffic(Int, TrafficMetric)
    /// The sum over all models of the Region.
    case aggregate(TrafficMetric)
    /// Values given by the scenario, by minute since 1970.
    case explicit([Int: Double], CountsSamples)
    /// Listed, but never with a datapoint.
    case empty

    /// Whether a minute's value is also its number of samples, as with invocations and errors.
    enum CountsSamples: Sendable {
        case yes, no
    }
}

/// Every series of one Region, in the order in which ListMetrics gives them.
struct RegionMetrics: Sendable {
    static let none = RegionMetrics(traffic: [], series: [])

    /// The models whose traffic is generated; `MetricSource.traffic` counts in here.
    let traffic: [ModelTraffic]
    private(set) var identities: [MetricIdentity] = []
    private var sources: [MetricIdentity: MetricSource] = [:]

    /// Explicit series take the place of generated ones with the same identity.
    init(traffic: [ModelTraffic], series: [SimulatedSeries]) {
        self.traffic = traffic
        for index in traffic.indices { addModel(index) }
        for metric in TrafficMetric.aggregated where !traffic.isEmpty {
            add(MetricIdentity(metric.name(.inputTokenCount), []), .aggregate(metric))
        }
        for one in series {
            let counts = Self.countingMetrics.contains(one.metricName)
            add(
                MetricIdentity(one.metricName, one.dimensions, namespace: one.namespace),
                .explicit(one.values, counts ? .yes : .no), isListed: one.isListed)
        }
    }

    subscript(identity: MetricIdentity) -> MetricSource? { sources[identity] }

    /// Metrics of which every sample is 1.
    private static let countingMetrics: Set<String> = Set(
        [TrafficMetric.invocations, .clientErrors, .serverErrors, .throttles].map {
            $0.name(.inputTokenCount)
        })

    private mutating func addModel(_ index: Int) {
        let model = traffic[index]
        for metric in TrafficMetric.allCases where metric.occurs(in: model) {
            add(
                MetricIdentity(metric.name(model.cacheSpelling), [.modelID(model.modelID)]),
                .traffic(index, metric))
        }
        if model.listsBothCacheSpellings { addEmptyCacheMetrics(model) }
        for dimension in model.repeatedUnder {
            for metric in TrafficMetric.aggregated {
                let dimensions = [.modelID(model.modelID), dimension]
                add(MetricIdentity(metric.name(.inputTokenCount), dimensions), .traffic(index, metric))
            }
        }
    }

    private mutating func addEmptyCacheMetrics(_ model: ModelTraffic) {
        let other: ModelTraffic.CacheSpelling =
            switch model.cacheSpelling {
            case .inputTokenCount: .inputTokens
            case .inputTokens: .inputTokenCount
            }
        for metric in [TrafficMetric.cacheReadTokens, .cacheWriteTokens] {
            add(MetricIdentity(metric.name(other), [.modelID(model.modelID)]), .empty)
        }
    }

    private mutating func add(_ identity: MetricIdentity, _ source: MetricSource, isListed: Bool = true) {
        if sources.updateValue(source, forKey: identity) == nil, isListed { identities.append(identity) }
    }
}
