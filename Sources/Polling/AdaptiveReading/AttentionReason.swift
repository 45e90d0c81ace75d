import QuotaModel

/// Why a subject is read now.
enum AttentionReason: String, Equatable, Sendable {
    /// It is read at every poll because nothing bounds its use.
    case unbounded
    /// Its last read is long enough ago.
    case due
    /// It was close to a limit, throttled or failing a short while ago.
    case hot
    /// Minutes that nobody has read could hold such a use of the quota.
    case tokens, requests, day
    case throttles
    case clientErrors = "client_errors"
    case firstRequest = "first_request"

    /// The metrics that would tell whether it is so; none where only a read helps.
    var metrics: Set<UsageMetric> {
        switch self {
        case .tokens, .day: [.inputTokens, .outputTokens, .cacheWriteInputTokens, .estimatedQuotaTokens]
        case .requests, .firstRequest: [.invocations]
        case .throttles: [.throttles]
        case .clientErrors: [.clientErrors]
        case .unbounded, .due, .hot: []
        }
    }
}
