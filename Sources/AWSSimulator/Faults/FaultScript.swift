import Synchronization

/// The faults that lie ahead, by operation and Region. Rules can be added while requests are served.
package final class FaultScript: Sendable {
    /// One rule more drops the oldest.
    static let maximumRules = 1000

    private struct Rule {
        var fault: Fault
        var operation: SimulatedOperation?
        var region: String?
        /// Matching requests that pass unharmed before the rule begins.
        var skip: Int
        /// Nil for ever.
        var remaining: Int?
    }

    private let rules = Mutex<[Rule]>([])
    private let skew = Mutex<Double>(0)

    package init() {}

    /// Lets matching requests fail: `times` of them after the first `skip`, or all for nil.
    ///
    /// Of rules with `times`, each request uses up one only, in the order added; permanent rules apply beside it.
    package func add(
        _ fault: Fault, operation: SimulatedOperation? = nil, region: String? = nil, times: Int? = 1,
        skip: Int = 0
    ) {
        let rule = Rule(fault: fault, operation: operation, region: region, skip: skip, remaining: times)
        rules.withLock { rules in
            if rules.count >= Self.maximumRules { rules.removeFirst() }
            rules.append(rule)
        }
    }

    /// Forgets all rules and the clock skew.
    package func removeAll() {
        rules.withLock { $0.removeAll() }
        clockSkewSeconds = 0
    }

    /// Added to the clock that requests are checked against and that `Date` shows.
    package var clockSkewSeconds: Double {
        get { skew.withLock { $0 } }
        set { skew.withLock { $0 = newValue } }
    }

    /// The faults of one request; uses up what it returns.
    func take(_ operation: SimulatedOperation, region: String) -> [Fault] {
        rules.withLock { rules in
            var taken: [Fault] = []
            var usedQueued = false
            for index in rules.indices {
                guard rules[index].operation == nil || rules[index].operation == operation,
                    rules[index].region == nil || rules[index].region == region
                else { continue }
                if rules[index].skip > 0 {
                    rules[index].skip -= 1
                    continue
                }
                guard let remaining = rules[index].remaining else {
                    taken.append(rules[index].fault)
                    continue
                }
                guard remaining > 0, !usedQueued else { continue }
                rules[index].remaining = remaining - 1
                usedQueued = true
                taken.append(rules[index].fault)
            }
            rules.removeAll { $0.remaining == 0 }
            return taken
        }
    }
}
