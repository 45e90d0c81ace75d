/// A metric of a model ID, by CloudWatch's names.
package struct MetricName: Hashable {
    package let modelID: String
    package let metric: String
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

    package init() {}

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
