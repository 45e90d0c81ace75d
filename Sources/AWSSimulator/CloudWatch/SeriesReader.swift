/// Reads datapoints of a Region's series as they stand at one moment.
struct SeriesReader {
    private let metrics: RegionMetrics
    private let models: [TrafficModel]
    private let cache: TrafficCache
    private let delivery: DeliveryModel
    private let now: Double
    /// The hour read last; consecutive minutes come from it without a look into the cache.
    private var hour: [MinuteTraffic] = []
    private var hourKey: TrafficCache.Key?

    /// `now` in Unix seconds decides what has been delivered; `salt` sets accounts apart.
    init(
        _ metrics: RegionMetrics, scenario: SimulatedScenario, cache: TrafficCache, salt: UInt64, now: Double
    ) {
        self.metrics = metrics
        self.cache = cache
        self.now = now
        delivery = scenario.delivery
        models = metrics.traffic.map {
            TrafficModel(
                $0, seed: scenario.seed, salt: salt, growthAnchorDay: scenario.growthAnchorDay)
        }
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
        case .aggregate(let metric):
            var total: StatisticSet?
            for index in models.indices {
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
