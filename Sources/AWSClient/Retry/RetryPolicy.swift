import HTTPClient

/// Retries as the AWS SDKs' standard mode makes them; pure, so randomness comes in as a number.
package struct RetryPolicy: Equatable, Sendable {
    /// Of one call, the first included; at least 1.
    package let maximumAttempts: Int

    package init(maximumAttempts: Int = AWSDefaults.maximumAttempts) {
        self.maximumAttempts = min(max(maximumAttempts, 1), AWSDefaults.highestMaximumAttempts)
    }

    /// From `AWS_MAX_ATTEMPTS`, else the profile's `max_attempts`, else 3; what is not a positive number is
    /// skipped.
    package init(environment: [String: String], profileMaximumAttempts: String? = nil) {
        let candidates = [environment["AWS_MAX_ATTEMPTS"], profileMaximumAttempts]
        let configured = candidates.compactMap { $0 }.compactMap { Int($0) }.first { $0 > 0 }
        self.init(maximumAttempts: configured ?? AWSDefaults.maximumAttempts)
    }

    /// Seconds to wait after the n-th attempt failed: `random` x min(2^(n-1), 20), with `random` in 0...1.
    package func backoffSeconds(afterAttempt attempt: Int, random: Double) -> Double {
        let ceiling =
            attempt > 10
            ? AWSDefaults.maximumBackoffSeconds
            : min(Double(1 << max(attempt - 1, 0)), AWSDefaults.maximumBackoffSeconds)
        return min(max(random, 0), 1) * ceiling
    }
}

/// What a failed attempt means for the next one.
package enum RetryableFailure: Equatable, Sendable {
    case throttled
    /// A failure of the network or of the server that may be gone next time.
    case transient
    /// The same, after waiting for nothing: it costs the budget more.
    case timeout

    /// Nil for failures that would come again.
    package init?(_ error: TransportError) {
        switch error {
        case .timedOut: self = .timeout
        case .cannotConnect, .connectionFailed: self = .transient
        case .responseTooLarge, .badRequest, .cancelled: return nil
        }
    }

    /// Nil for answers that would come again.
    package init?(status: Int, code: String?) {
        if let code, ErrorCodes.throttles.contains(code) || status == 429 {
            self = .throttled
        } else if status == 429 {
            self = .throttled
        } else if [500, 502, 503, 504].contains(status) || ErrorCodes.transient.contains(code ?? "") {
            self = .transient
        } else {
            return nil
        }
    }

    /// Tokens that a retry takes out of the budget.
    package var cost: Int {
        switch self {
        case .throttled, .transient: AWSDefaults.retryCost
        case .timeout: AWSDefaults.timeoutRetryCost
        }
    }
}

/// The error codes that mean more than "refused".
package enum ErrorCodes {
    /// botocore's `_retry.json` and the standard mode's `_THROTTLED_ERROR_CODES`.
    static let throttles: Set<String> = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
        "TooManyRequestsException", "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "RequestThrottled",
        "SlowDown",
        "PriorRequestNotComplete", "EC2ThrottledException",
    ]
    /// The standard mode's `_TRANSIENT_ERROR_CODES`, and STS's failure to reach the identity provider.
    static let transient: Set<String> = [
        "RequestTimeout", "RequestTimeoutException", "IDPCommunicationError",
    ]
    /// The signature's time or the signature itself is refused; this machine's clock may be wrong.
    static let clockSkew: Set<String> = [
        "RequestTimeTooSkewed", "RequestExpired", "InvalidSignatureException", "SignatureDoesNotMatch",
        "AuthFailure", "RequestInTheFuture",
    ]
    /// The keys are no longer known; fresh ones may be.
    static let staleCredentials: Set<String> = [
        "ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId",
    ]
    static let credentialsRejected: Set<String> = clockSkew.union(staleCredentials).union([
        "IncompleteSignature", "IncompleteSignatureException", "MissingAuthenticationToken",
        "MissingAuthenticationTokenException", "InvalidAccessKeyId", "InvalidIdentityToken",
    ])
    static let accessDenied: Set<String> = [
        "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError",
        "NotAuthorized",
        "OptInRequired", "SubscriptionRequiredException",
    ]
    /// A request that may become right by leaving out one of its queries.
    static let validation: Set<String> = [
        "ValidationError", "ValidationException", "InvalidParameterValue", "InvalidParameterValueException",
        "InvalidParameterCombination", "InvalidParameterCombinationException", "InvalidParameterInput",
        "MissingParameter", "MissingRequiredParameterException", "InvalidFormat", "InvalidFormatFault",
        "SerializationException",
    ]
}

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

/// What an answer's header `Retry-After` says (RFC 9110, 10.2.3: seconds or a date).
package enum RetryAfter {
    /// Seconds from now, from 0 to `longest`; nil without the header or for other text.
    package static func seconds(in response: TransportResponse, now: Double, atMost longest: Double)
        -> Double?
    {
        guard let text = response.headers["retry-after"] else { return nil }
        let date = ClockSkew.epochSeconds(ofHTTPDate: text).map { Double($0) - now }
        let wait = UInt32(text).map(Double.init) ?? date
        return wait.map { min(max($0, 0), longest) }
    }
}
