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

extension PollPlan {
    /// Series that want the same minutes, so that one batch of queries serves them.
    package struct Read: Equatable, Sendable {
        package var window: Range<Minute>
        /// Ascending, so that a plan is the same for the same input.
        package var modelIDs: [String]
        /// False for the time before the store began to count: history, which must not make counters jump.
        package var countsTowardTotals: Bool
        /// True for minutes that have been read long ago: what is history among them stays so.
        package var isReread: Bool
        /// True where CloudWatch may have data of metrics that it lists no more: every metric is asked for that a
        /// model ID can have.
        package var asksEveryMetric = false

        package init(
            window: Range<Minute>, modelIDs: [String], countsTowardTotals: Bool = true, isReread: Bool = false
        ) {
            self.window = window
            self.modelIDs = modelIDs
            self.countsTowardTotals = countsTowardTotals
            self.isReread = isReread
        }

        /// How many metrics it asks for of a series of which so many are listed.
        package func queryCount(of modelID: String, _ listed: [String: Int]) -> Int {
            asksEveryMetric ? UsageMetric.everyCloudWatchName.count : listed[modelID] ?? 1
        }
    }

    /// An answer's size: the points of one request, 100,800 at most by CloudWatch's limit, less to spare memory.
    package static let pointsPerRequest = 50_000
    /// CloudWatch's limit of queries in one request.
    package static let queriesPerRequest = 500

    /// Cuts a read into requests that respect the limits of queries and points; each keeps a series whole, the newest
    /// minutes come first.
    ///
    /// The price is per metric asked for, so a long window is cut by series before it is cut by time.
    ///
    /// - Parameter periodMinutes: What one point stands for; the window lies on its boundaries.
    package static func requests(
        for read: Read, queriesPerSeries: [String: Int], periodMinutes: Int = 1
    ) -> [Read] {
        let most = max(1, read.modelIDs.map { read.queryCount(of: $0, queriesPerSeries) }.max() ?? 1)
        let minutesPerRequest = max(1, pointsPerRequest / most) * periodMinutes
        var requests: [Read] = []
        for window in cut(read.window, into: minutesPerRequest) {
            var batch = read
            (batch.window, batch.modelIDs) = (window, [])
            var queries = 0
            for modelID in read.modelIDs {
                let more = read.queryCount(of: modelID, queriesPerSeries)
                let isFull =
                    queries + more > queriesPerRequest
                    || (queries + more) * window.count / periodMinutes > pointsPerRequest
                if isFull, !batch.modelIDs.isEmpty {
                    requests.append(batch)
                    batch.modelIDs = []
                    queries = 0
                }
                batch.modelIDs.append(modelID)
                queries += more
            }
            if !batch.modelIDs.isEmpty { requests.append(batch) }
        }
        return requests
    }

    private static func cut(_ window: Range<Minute>, into minutes: Int) -> [Range<Minute>] {
        var parts: [Range<Minute>] = []
        var end = window.upperBound
        while end > window.lowerBound {
            let start = max(window.lowerBound, end.advanced(by: -minutes))
            parts.append(start..<end)
            end = start
        }
        return parts
    }
}
