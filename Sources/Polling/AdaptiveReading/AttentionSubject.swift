import QuotaModel

/// What is decided about as a whole: a pool with all its model IDs, or a model ID without a pool.
struct AttentionSubject: Equatable, Sendable {
    /// The limits that its use is set against; those that are not known, or 0, raise no alert.
    struct Limits: Equatable, Sendable {
        var tokensPerMinute: Double?
        var requestsPerMinute: Double?
        var tokensPerDay: Double?
    }

    var name: String
    /// The model IDs that CloudWatch lists, ascending.
    var members: [String]
    /// The listed names of each member's watched metrics.
    var names: [String: Set<String>] = [:]
    /// Metrics that one read of all members costs.
    var cost: Int
    /// Nobody has yet seen the final figures of minutes from here on.
    var unreadFrom: Minute
    var rate = 1.0
    var limits = Limits()
    var rules: AttentionRules
    /// AWS's estimates exist for at least one member: where a minute has one, it is the use.
    var hasEstimates = false
    var hasThrottles = false
    var hasClientErrors = false
    /// The account-wide series bound its use, if need be with probes beside them.
    var isBounded = true
    /// Known quota tokens of the UTC days that unread minutes lie in, by the day's first minute.
    var dayTokens: [Minute: Double] = [:]
    /// Traffic on a model ID without quota is news by itself.
    var reportsFirstRequest = false
}
