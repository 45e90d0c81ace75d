import AWSClient
import QuotaModel

/// How a read ended. What was answered is stored in any case.
package struct ReadOutcome {
    /// Series that were not answered completely.
    package var uncovered: Set<String> = []
    /// At least one query was answered completely.
    package var hasAnswer = false
    /// Why calls failed; nil when all that failed were single queries that CloudWatch refused or could not compute.
    package private(set) var failure: (any Error)?
    /// Why the first of the queries failed that cost their own series only.
    package var queryFailure: String?
    /// Nothing more can be read in this poll: it was cancelled, the store refused what came, or a clock was set.
    package private(set) var isOver = false
    /// What AWS bills for it.
    package var billedMetrics = 0

    package init(hasAnswer: Bool = false) { self.hasAnswer = hasAnswer }

    /// Calls failed; others may still be answered.
    package mutating func fail(_ error: AWSError) {
        failure = failure ?? error
        isOver = isOver || error.kind == .cancelled
    }

    /// Something went wrong after which nothing more is read.
    package mutating func end(_ error: any Error) {
        if !isOver { failure = error }
        isOver = true
    }

    /// Takes what a further read of the same poll brought.
    package mutating func add(_ other: ReadOutcome) {
        uncovered.formUnion(other.uncovered)
        hasAnswer = hasAnswer || other.hasAnswer
        if other.isOver, !isOver { failure = other.failure }
        failure = failure ?? other.failure
        isOver = isOver || other.isOver
        queryFailure = queryFailure ?? other.queryFailure
        billedMetrics += other.billedMetrics
    }

    /// Takes of a call that nothing depends on what it cost, and whether the poll is over.
    package mutating func addAside(_ other: ReadOutcome) {
        billedMetrics += other.billedMetrics
        if other.isOver, let failure = other.failure { end(failure) }
    }

    /// Whether the next read of the poll is made.
    package var mayGoOn: Bool { failure == nil }

    /// Figures of the minutes asked for may be shown, as far as series are covered; also when nothing was to be asked.
    package var isFruitful: Bool { !isOver && (hasAnswer || (failure == nil && queryFailure == nil)) }

    /// Why nothing came of it.
    package var reason: any Error { failure ?? FruitlessRead(reason: queryFailure ?? "nothing was answered") }
}

/// A poll in which calls were answered, but none of their queries.
package struct FruitlessRead: Error, CustomStringConvertible {
    package let reason: String

    package var description: String { "no query was answered; the first reason: \(reason)" }
}

/// A poll that was not made, because the month's budget does not cover it.
package struct BudgetSpent: Error, CustomStringConvertible {

    package init() {
    }
    package let description =
        "polling.monthly_budget is spent; nothing is read before the next month, and its first polls fill what is missing"
}
