import AWSClient
import HTTPClient
import QuotaModel
import System
import UsageStore

/// What reading needs of the world.
package struct ReadServices: Sendable {
    package let store: UsageStore
    package let log: Log
    package let clock: PollClock
    package let metrics: SelfMetrics
    package let meter: SpendingMeter
    package let quotaListings: QuotaListings

    package init(
        store: UsageStore, log: Log, clock: PollClock, metrics: SelfMetrics, meter: SpendingMeter,
        quotaListings: QuotaListings = QuotaListings()
    ) {
        self.store = store
        self.log = log
        self.clock = clock
        self.metrics = metrics
        self.meter = meter
        self.quotaListings = quotaListings
    }
}

/// Calls of CloudWatch for one Region: what each brought and cost, what is told of it, and the clock that it shows.
///
/// Of one actor, on which all of it runs.
package final class CloudWatchCalls {
    private let cloudWatch: CloudWatchClient
    private let key: RegionKey
    private let services: ReadServices
    package private(set) var clock = ServerClock()
    private var refused = RefusedQueries()

    package init(_ cloudWatch: CloudWatchClient, _ key: RegionKey, services: ReadServices) {
        self.cloudWatch = cloudWatch
        self.key = key
        self.services = services
    }

    // MARK: The clock

    /// An answer told CloudWatch's time.
    ///
    /// - Parameter askedAt: When it was asked for, or earlier, by this machine's clock.
    package func observe(_ serverTime: Int?, askedAt: Double) {
        clock.observe(serverTime, askedAt: askedAt, now: services.clock.now())
    }

    /// Goes by what the last answers showed, from now on.
    package func adoptClock() {
        guard clock.adopt() else { return }
        services.log.warn(
            clock.skewSeconds == 0
                ? "This machine's clock agrees with CloudWatch's"
                : "This machine's clock is wrong; going by CloudWatch's",
            [
                "account": key.account, "region": key.region,
                "cloudwatch_ahead_seconds": "\(clock.skewSeconds)",
            ])
    }

    // MARK: Calls

    /// Requests of one read that are under way at a time: as many as go to one host.
    static let requestsSideBySide = HTTPClientLimits.maximumConcurrentTransfersPerHost
    /// Datapoints that they ask for together: CloudWatch gives an account 180,000 a second of the last three hours, and
    /// their answers are in memory together.
    static let pointsSideBySide = 2 * PollPlan.pointsPerRequest

    /// The answers to queries, which are not stored; nil when the call failed, as the outcome says then.
    package nonisolated(nonsending) func ask(
        _ queries: [MetricQuery], in window: Range<Minute>, _ outcome: inout ReadOutcome
    ) async -> MetricDataAnswer? {
        let askedAt = services.clock.now()
        return take(await Self.answer(to: queries, in: window, of: cloudWatch), askedAt: askedAt, &outcome)
    }

    /// The answers to several requests, several under way at a time; nil for those that failed, as the outcome says then,
    /// and for those that were not made after one had failed.
    package nonisolated(nonsending) func ask(
        _ requests: [(queries: [MetricQuery], window: Range<Minute>)], _ outcome: inout ReadOutcome
    ) async -> [MetricDataAnswer?] {
        let askedAt = services.clock.now()
        let results = await results(of: requests)
        return results.map { $0.flatMap { take($0, askedAt: askedAt, &outcome) } }
    }

    private nonisolated(nonsending) func results(
        of requests: [(queries: [MetricQuery], window: Range<Minute>)]
    ) async -> [Result<MetricDataAnswer, AWSError>?] {
        let cloudWatch = cloudWatch
        let points = requests.map { $0.queries.count * $0.window.count }.max() ?? 0
        let atOnce = min(Self.requestsSideBySide, Self.pointsSideBySide / max(1, points))
        var results = [Result<MetricDataAnswer, AWSError>?](repeating: nil, count: requests.count)
        await withTaskGroup(of: (Int, Result<MetricDataAnswer, AWSError>).self) { group in
            var waiting = requests.enumerated().makeIterator()
            func begin(_ count: Int) {
                for _ in 0..<count {
                    guard let (index, request) = waiting.next() else { return }
                    group.addTask {
                        (index, await Self.answer(to: request.queries, in: request.window, of: cloudWatch))
                    }
                }
            }
            begin(max(1, atOnce))
            var mayGoOn = true
            for await (index, result) in group {
                results[index] = result
                if case .failure = result { mayGoOn = false }
                if mayGoOn { begin(1) }
            }
        }
        return results
    }

    private static func answer(
        to queries: [MetricQuery], in window: Range<Minute>, of cloudWatch: CloudWatchClient
    ) async -> Result<MetricDataAnswer, AWSError> {
        do throws(AWSError) {
            return .success(
                try await cloudWatch.getMetricData(
                    queries: queries, start: window.lowerBound.epochSeconds,
                    end: window.upperBound.epochSeconds))
        } catch {
            return .failure(error)
        }
    }

    private func take(
        _ result: Result<MetricDataAnswer, AWSError>, askedAt: Double, _ outcome: inout ReadOutcome
    ) -> MetricDataAnswer? {
        switch result {
        case .success(let answer):
            outcome.billedMetrics += answer.billedMetrics
            observe(answer.serverTime, askedAt: askedAt)
            if let change = clock.change { outcome.end(change) }
            return outcome.isOver ? nil : answer
        case .failure(let error):
            outcome.fail(error)
            return nil
        }
    }

    /// Of one answer; the rest says the same.
    private static let loggedMessages = 3

    /// Counts single queries that were not answered in full, and passes CloudWatch's remarks on.
    package func note(_ answer: MetricDataAnswer, in outcome: inout ReadOutcome) {
        for series in answer.series.values {
            switch series.status {
            case .complete: outcome.hasAnswer = true
            case .partial:
                services.metrics.awsFailure(key, operation: "GetMetricData", code: "PartialData")
                // What was delivered is stored, but a poll of nothing else brought no figure that can be shown.
                let reason = "CloudWatch answered PartialData"
                outcome.queryFailure = min(outcome.queryFailure ?? reason, reason)
            case .failed(let reason):
                services.metrics.awsFailure(key, operation: "GetMetricData", code: "query_failed")
                outcome.queryFailure = min(outcome.queryFailure ?? reason, reason)
            }
        }
        // What CloudWatch refuses as invalid was halved down to the query at fault: the others have their answers.
        let callFailure = answer.failures.first { $0.kind != .refused }
        if let callFailure { outcome.fail(callFailure) }
        if let reason = outcome.queryFailure, callFailure == nil {
            services.log.warn("Queries failed", ["region": key.region, "first": reason])
        }
        for message in answer.messages.prefix(Self.loggedMessages) {
            services.log.warn("CloudWatch says", ["region": key.region, "message": message])
        }
    }

    /// Metrics that are left out, because CloudWatch refused them a short while ago.
    package var leftOut: Set<MetricName> { refused.current(now: services.clock.now()) }

    /// Leaves refused queries out for a while, if others beside them were answered: else it is not they that are wrong.
    package func leaveOut(_ names: [MetricName], isSpecific: Bool) {
        guard isSpecific else { return }
        for name in names where refused.add(name, now: services.clock.now()) {
            services.log.warn(
                "A query is refused and left out for a while",
                ["region": key.region, "model_id": name.modelID, "metric": name.metric])
        }
    }
}

/// Queries that CloudWatch refused as invalid.
///
/// A call is refused as a whole for the sake of one query, and to find it costs many calls: so it is left out, and tried
/// again when some time has passed.
package struct RefusedQueries {
    /// Beyond so many, further ones are looked for at every poll.
    package static let maximumCount = 500
    /// How long a query is left out.
    package static let pauseSeconds = 3600.0
    /// What is said of series that a query is left out of.
    package static let reason = "CloudWatch refused it earlier"

    private var retryAt: [MetricName: Double] = [:]

    /// - Returns: Whether the query is left out from now on.
    package mutating func add(_ name: MetricName, now: Double) -> Bool {
        guard retryAt.count < Self.maximumCount || retryAt[name] != nil else { return false }
        retryAt[name] = now + Self.pauseSeconds
        return true
    }

    /// The queries to leave out; those whose time has come are forgotten.
    package mutating func current(now: Double) -> Set<MetricName> {
        guard !retryAt.isEmpty else { return [] }
        // A clock set back must not leave them out for ever.
        retryAt = retryAt.filter { $0.value > now && $0.value <= now + Self.pauseSeconds }
        return Set(retryAt.keys)
    }
}

/// CloudWatch's clock, as its answers show it. Which minutes are settled is CloudWatch's to say: by a clock that is ahead,
/// minutes that it does not have yet would count as minutes without traffic.
package struct ServerClock: Sendable {
    /// What is added to this machine's clock to get CloudWatch's, since the last poll began.
    package private(set) var skewSeconds = 0
    /// By the last answer.
    private var observed = 0

    package init() {}

    /// Takes the time of an answer that has just come; asked for at `askedAt`, or later.
    package mutating func observe(_ serverTime: Int?, askedAt: Double, now: Double) {
        guard let serverTime else { return }
        observed = ClockSkew.observed(
            serverTime: serverTime, askedAt: Int(askedAt), seenAt: Int(now), used: skewSeconds)
    }

    /// A clock was set since the poll began: what it takes for settled is wrong. A difference comes in whole seconds and
    /// with the delay of an answer.
    package var change: ClockChange? {
        abs(observed - skewSeconds) >= AWSDefaults.minimumObservedSkewSeconds
            ? ClockChange(seconds: observed) : nil
    }

    /// Goes by the last answers from now on; true when that is another time than before.
    package mutating func adopt() -> Bool {
        guard change != nil else { return false }
        skewSeconds = observed
        return true
    }
}

/// This machine's clock, or CloudWatch's, was set while a poll was under way.
package struct ClockChange: Error, CustomStringConvertible {
    package let seconds: Int

    package var description: String {
        "CloudWatch's clock is found to be \(seconds) s ahead of this machine's; the next poll goes by it"
    }
}
