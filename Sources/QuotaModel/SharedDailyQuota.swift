/// Whether the daily quota that all models of a Region share is used up. No metric counts its use, so it is known by its
/// effect: every model that is called is throttled, while none is near a quota of its minutes.
package enum SharedDailyQuota {
    /// Fewer such minutes in a row may be a burst.
    package static let leastMinutes = 5
    /// With one model in use its own quota explains as much.
    private static let leastModels = 2
    /// Of a model's requests in a minute, the share that is throttled at least.
    private static let throttledShare = 0.5
    /// Of the quotas of a minute, the share that every pool stays below.
    package static let lowUse = 0.5

    /// What one pool did in a minute.
    package struct Pool {
        let model: String
        let requests: Double
        let throttles: Double
        let isCovered: Bool
        let isLow: Bool

        package init(model: String, requests: Double, throttles: Double, isCovered: Bool, isLow: Bool) {
            self.model = model
            self.requests = requests
            self.throttles = throttles
            self.isCovered = isCovered
            self.isLow = isLow
        }
    }

    /// A minute that is not known may have been like any other: it is open.
    package enum State: Equatable {
        case idle, open
        case shut(models: Int)
    }

    /// The minute of all pools that are asked for.
    package static func state(of pools: some Sequence<Pool>) -> State {
        var tried: [String: (throttles: Double, requests: Double)] = [:]
        for pool in pools {
            guard pool.isCovered else { return .open }
            guard pool.throttles + pool.requests > 0 else { continue }
            guard pool.isLow else { return .open }
            tried[pool.model, default: (0, 0)].throttles += pool.throttles
            tried[pool.model, default: (0, 0)].requests += pool.throttles + pool.requests
        }
        if tried.isEmpty { return .idle }
        let areThrottled = tried.values.allSatisfy { $0.throttles >= throttledShare * $0.requests }
        return tried.count >= leastModels && areThrottled ? .shut(models: tried.count) : .open
    }
}
