/// One name and value of a metric's dimension set.
package struct SimulatedDimension: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// The dimension that nearly everything of Bedrock has.
    package static func modelID(_ value: String) -> SimulatedDimension {
        SimulatedDimension("ModelId", value)
    }
}

/// What tells one series from another inside a Region.
struct MetricIdentity: Hashable, Sendable {
    static let bedrock = "AWS/Bedrock"
    static let mantle = "AWS/BedrockMantle"

    let namespace: String
    var metricName: String
    /// Sorted by name, since CloudWatch compares them as a set.
    let dimensions: [SimulatedDimension]

    init(_ metricName: String, _ dimensions: [SimulatedDimension], namespace: String = Self.bedrock) {
        self.namespace = namespace
        self.metricName = metricName
        self.dimensions = dimensions.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
    }
}

/// Where the datapoints of a series come from.
enum MetricSource: Sendable {
    /// One metric of the Region's n-th model.
    case traffic(Int, TrafficMetric)
    /// A part of it, in per mille.
    case share(Int, TrafficMetric, Int)
    /// The sum over all models of one of the Region's endpoints.
    case aggregate(TrafficMetric, isMantle: Bool)
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
        for index in traffic.indices {
            if traffic[index].isMantle { addMantleModel(index) } else { addModel(index) }
        }
        for metric in TrafficMetric.aggregated where traffic.contains(where: { !$0.isMantle }) {
            add(MetricIdentity(metric.name(.inputTokenCount), []), .aggregate(metric, isMantle: false))
        }
        if traffic.contains(where: \.isMantle) { addMantleTotals() }
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
        for part in model.parts {
            let metrics: [TrafficMetric] = [.inputTokens, .outputTokens, .cacheReadTokens, .cacheWriteTokens]
            for metric in part.countsRequests ? [.invocations] + metrics : metrics
            where metric.occurs(in: model) {
                add(
                    MetricIdentity(
                        metric.name(model.cacheSpelling), [.modelID(model.modelID)] + part.dimensions),
                    .share(index, metric, part.permille))
            }
        }
        for dimension in model.repeatedUnder {
            for metric in TrafficMetric.aggregated {
                let dimensions = [.modelID(model.modelID), dimension]
                add(MetricIdentity(metric.name(.inputTokenCount), dimensions), .traffic(index, metric))
            }
        }
    }

    /// Of bedrock-mantle, with the names of a single model's series and of those of a project and model.
    private static let mantleMetrics: [(TrafficMetric, name: String, single: String)] = [
        (.invocations, "Inferences", "Inferences"), (.inputTokens, "TotalInputTokens", "InputTokens"),
        (.outputTokens, "TotalOutputTokens", "OutputTokens"),
        (.clientErrors, "InferenceClientErrors", "InferenceClientErrors"),
    ]
    private static let project = SimulatedDimension("Project", "default")

    /// Each level tells the same requests: {Model}, and {Project, Model}.
    private mutating func addMantleModel(_ index: Int) {
        let model = SimulatedDimension("Model", traffic[index].modelID)
        for (metric, name, single) in Self.mantleMetrics {
            add(MetricIdentity(name, [model], namespace: MetricIdentity.mantle), .traffic(index, metric))
            add(
                MetricIdentity(single, [model, Self.project], namespace: MetricIdentity.mantle),
                .traffic(index, metric))
        }
    }

    /// And once more: {Project}, and the whole account.
    private mutating func addMantleTotals() {
        for (metric, name, _) in Self.mantleMetrics {
            for dimensions in [[], [Self.project]] {
                add(
                    MetricIdentity(name, dimensions, namespace: MetricIdentity.mantle),
                    .aggregate(metric, isMantle: true))
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

/// Reads datapoints of a Region's series as they stand at one moment.
struct SeriesReader {
    private let models: [TrafficModel]
    private let areMantle: [Bool]
    private let cache: TrafficCache
    private let delivery: DeliveryModel
    private let now: Double
    /// The hour read last; consecutive minutes come from it without a look into the cache.
    private var hour: [MinuteTraffic] = []
    private var hourKey: TrafficCache.Key?

    /// `now` in Unix seconds decides what has been delivered.
    init(_ metrics: RegionMetrics, scenario: SimulatedScenario, cache: TrafficCache, now: Double) {
        self.cache = cache
        self.now = now
        delivery = scenario.delivery
        models = metrics.traffic.map { TrafficModel($0, seed: scenario.seed) }
        areMantle = metrics.traffic.map(\.isMantle)
    }

    /// The samples of all delivered minutes in the range (since 1970), or nil without any.
    mutating func statistics(_ source: MetricSource, minutes: Range<Int>) -> StatisticSet? {
        guard minutes.count > 1 else { return statistics(source, minute: minutes.lowerBound) }
        var total: StatisticSet?
        for minute in minutes {
            guard let one = statistics(source, minute: minute) else { continue }
            Self.add(one, to: &total)
        }
        return total
    }

    private mutating func statistics(_ source: MetricSource, minute: Int) -> StatisticSet? {
        switch source {
        case .empty:
            return nil
        case .traffic(let index, let metric):
            return traffic(index, minute).statistics(metric)
        case .share(let index, let metric, let permille):
            return traffic(index, minute).part(permille: permille).statistics(metric)
        case .aggregate(let metric, let isMantle):
            var total: StatisticSet?
            for index in models.indices where areMantle[index] == isMantle {
                guard let one = traffic(index, minute).statistics(metric) else { continue }
                Self.add(one, to: &total)
            }
            return total
        case .explicit(let values, let counts):
            guard let value = values[minute] else { return nil }
            return explicit(value, counts, minute)
        }
    }

    private mutating func traffic(_ index: Int, _ minute: Int) -> MinuteTraffic {
        let model = models[index]
        let key = TrafficCache.Key(seed: model.seed, hour: minute / 60)
        if hourKey != key {
            hour = cache.hour(key.hour, of: model)
            hourKey = key
        }
        let whole = hour[minute - key.hour * 60]
        guard now - Double(minute) * 60 < DeliveryModel.settledSeconds else { return whole }
        return whole.delivered(
            permille: delivery.deliveredPermille(minute: minute, now: now, seed: model.seed))
    }

    private func explicit(_ value: Double, _ counts: MetricSource.CountsSamples, _ minute: Int)
        -> StatisticSet?
    {
        let permille = delivery.deliveredPermille(minute: minute, now: now, seed: 0)
        guard permille > 0 else { return nil }
        let delivered = permille == 1000 ? value : (value * Double(permille) / 1000).rounded(.down)
        switch counts {
        case .yes: return StatisticSet(sampleCount: delivered, sum: delivered, minimum: 1, maximum: 1)
        case .no: return StatisticSet(sampleCount: 1, sum: delivered, minimum: delivered, maximum: delivered)
        }
    }

    private static func add(_ one: StatisticSet, to total: inout StatisticSet?) {
        total?.merge(one)
        if total == nil { total = one }
    }
}
