/// Limits retries over all calls to one host, so that a broken service is not asked three times as often
/// (the standard mode's retry quota).
package struct RetryBudget: Equatable, Sendable {
    package private(set) var available: Int
    private let capacity: Int

    package init(capacity: Int = AWSDefaults.retryBudgetCapacity) {
        self.capacity = capacity
        available = capacity
    }

    /// Takes what a retry of this failure costs; false when there is not so much left, and nothing is taken.
    package mutating func take(for failure: RetryableFailure) -> Bool {
        guard available >= failure.cost else { return false }
        available -= failure.cost
        return true
    }

    /// After a success: gives back what its last retry took, or 1 when it needed none.
    package mutating func giveBack(lastRetry: RetryableFailure?) {
        available = min(capacity, available + (lastRetry?.cost ?? AWSDefaults.retryBudgetRefill))
    }
}
