import AWSSimulator
import Synchronization

/// The faults that lie ahead, by operation and Region. Rules can be added while requests are served.
package final class FaultScript: SimulatorHook {
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

    package init() {}

    /// Lets matching requests fail: `times` of them after the first `skip`, or all for nil.
    ///
    /// Of rules with `times`, each request uses up one only, in the order added; permanent rules apply beside it.
    package func add(
        _ fault: Fault, operation: SimulatedOperation? = nil, region: String? = nil, times: Int? = 1,
        skip: Int = 0
    ) {
        let rule = Rule(fault: fault, operation: operation, region: region, skip: skip, remaining: times)
        rules.withLock { $0.append(rule) }
    }

    /// Forgets all rules.
    package func removeAll() { rules.withLock { $0.removeAll() } }

    package func answer(
        _ request: SimulatedRequest, _ operation: SimulatedOperation, region: String,
        services: () -> SimulatedResponse
    ) -> SimulatedResponse {
        let faults = take(operation, region: region)
        if let error = faults.lazy.compactMap({ $0.error(for: request) }).first {
            return error.response(for: operation.service)
        }
        var response = services()
        for fault in faults { fault.apply(to: &response, of: request) }
        return response
    }

    /// The faults of one request; uses up what it returns.
    private func take(_ operation: SimulatedOperation, region: String) -> [Fault] {
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

extension SimulatedAWS {
    /// What goes wrong from now on.
    package var faults: FaultScript {
        hook.withLock { hook in
            if let script = hook as? FaultScript { return script }
            let script = FaultScript()
            hook = script
            return script
        }
    }
}
