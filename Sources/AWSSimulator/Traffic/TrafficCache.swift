import Synchronization

/// Keeps computed hours of traffic, because every metric of a model ID and every poll asks for the same ones.
final class TrafficCache: Sendable {
    /// Hours kept (about 3 KB each); all are dropped when one more is needed.
    static let maximumHours = 4096

    struct Key: Hashable {
        var seed: UInt64
        /// Hours since 1970.
        var hour: Int
    }

    private let hours = Mutex<[Key: [MinuteTraffic]]>([:])

    /// The sixty minutes of an hour since 1970.
    func hour(_ hour: Int, of model: TrafficModel) -> [MinuteTraffic] {
        let key = Key(seed: model.seed, hour: hour)
        if let known = hours.withLock({ $0[key] }) { return known }
        let computed = (hour * 60..<hour * 60 + 60).map(model.minute)
        hours.withLock { hours in
            if hours.count >= Self.maximumHours { hours.removeAll(keepingCapacity: true) }
            hours[key] = computed
        }
        return computed
    }

    /// Forgets everything, for a new scenario.
    func removeAll() {
        hours.withLock { $0.removeAll() }
    }
}
