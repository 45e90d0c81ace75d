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

    /// The pools of a minute, one after the other.
    package struct Tally: Sendable {
        private struct Use {
            var throttles = 0.0
            var requests = 0.0
        }

        /// Of the models that were called; nil when the minute is surely open.
        private var tried: [String: Use]? = [:]

        package init() {}

        package mutating func add(_ pool: Pool) {
            guard pool.isCovered else { return tried = nil }
            guard pool.throttles + pool.requests > 0 else { return }
            guard pool.isLow else { return tried = nil }
            tried?[pool.model, default: Use()].throttles += pool.throttles
            tried?[pool.model, default: Use()].requests += pool.throttles + pool.requests
        }

        /// Of all pools that were added.
        package var state: State {
            guard let tried else { return .open }
            if tried.isEmpty { return .idle }
            let areThrottled = tried.values.allSatisfy { $0.throttles >= throttledShare * $0.requests }
            return tried.count >= leastModels && areThrottled ? .shut(models: tried.count) : .open
        }

        fileprivate var isSurelyOpen: Bool { tried == nil }
    }

    /// The minute of all pools that are asked for.
    package static func state(of pools: some Sequence<Pool>) -> State {
        var tally = Tally()
        for pool in pools {
            tally.add(pool)
            if tally.isSurelyOpen { return .open }
        }
        return tally.state
    }
}
