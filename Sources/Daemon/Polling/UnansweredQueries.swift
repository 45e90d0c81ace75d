import AWSClient

/// CloudWatch answered a request, and none of its queries.
struct UnansweredQueries: Error, CustomStringConvertible {
    let count: Int
    /// What was said of one of them; the others say the same or similar.
    let reason: String

    var description: String { "cloudwatch GetMetricData: none of \(count) queries was answered: \(reason)" }
}

extension MetricDataAnswer {
    /// Why a call failed; nil when CloudWatch only refused single queries.
    ///
    /// A query that is refused stays refused, so it must not slow down the polls of all others.
    var callFailure: AWSError? { failures.first { $0.kind != .refused } }

    /// Set when every query failed although the calls did not.
    var unanswered: UnansweredQueries? {
        let reasons = series.values.compactMap { series -> String? in
            guard case .failed(let reason) = series.status else { return nil }
            return reason
        }
        guard callFailure == nil, let reason = reasons.min(), reasons.count == series.count else {
            return nil
        }
        return UnansweredQueries(count: series.count, reason: reason)
    }
}
