import HTTPClient
import System

/// Why an AWS call gave no answer that can be used: what was asked, of which Region, and what went wrong.
///
/// Messages are bounded, on one line, and hold neither keys nor tokens.
package struct AWSError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What went wrong, as far as a caller acts on it.
    package enum Kind: Equatable, Sendable {
        /// No HTTP answer came.
        case transport(TransportError)
        /// There were no credentials to sign with.
        case credentials(CredentialsError)
        /// The service answered a throttle code, also after the retries.
        case throttled
        /// The identity may not do this.
        case accessDenied
        /// The service does not accept the credentials: expired, unknown, or wrongly signed.
        case credentialsRejected
        /// The service refuses the request as it stands (other 4xx).
        case refused
        /// The service failed (5xx), also after the retries.
        case serviceFailure
        /// An answer came that cannot be understood.
        case malformedAnswer
        /// The request was not sent, because our own input is wrong.
        case invalidRequest
        /// The request was not sent, because it costs more than is left to spend.
        case unaffordable
        /// The calling task was cancelled.
        case cancelled
    }

    /// Decides what a caller can do about it.
    package let kind: Kind
    /// Whom the call was for.
    package let service: AWSService
    /// AWS's name of the operation, such as `GetMetricData`.
    package let operation: String
    /// The Region that was called.
    package let region: String
    /// Nil where no HTTP answer came.
    package let status: Int?
    /// The service's error code, such as `Throttling`, at most 64 characters of `[A-Za-z0-9._-]`.
    package let code: String?
    /// One line of at most about 300 characters; why there are no credentials is told whole.
    package let message: String

    package init(
        kind: Kind, service: AWSService, operation: String, region: String, status: Int? = nil,
        code: String? = nil, message: String
    ) {
        self.kind = kind
        self.service = service
        self.operation = operation
        self.region = region
        self.status = status
        self.code = code
        self.message = MessageText.bounded(message, limit: kind.messageLimit)
    }

    /// A short name for counters: the service's code, or one of ours in lower case such as `timeout`.
    package var failureCode: String {
        if let code { return code }
        return switch kind {
        case .transport(let error): error.failureCode
        case .credentials: "credentials"
        case .throttled: "throttled"
        case .accessDenied: "access_denied"
        case .credentialsRejected: "credentials_rejected"
        case .refused, .serviceFailure: status.map { "http_\($0)" } ?? "refused"
        case .malformedAnswer: "malformed_answer"
        case .invalidRequest: "invalid_request"
        case .unaffordable: "budget_spent"
        case .cancelled: "cancelled"
        }
    }

    /// Why there were no credentials to sign with; nil for every other failure.
    package var missingCredentials: String? {
        guard case .credentials = kind else { return nil }
        return message
    }

    /// Whether the service surely did nothing of what was asked for: it refused, or the request never reached it.
    package var isSurelyUndone: Bool {
        switch kind {
        case .throttled, .accessDenied, .credentialsRejected, .refused, .credentials, .invalidRequest,
            .unaffordable:
            true
        case .transport(let error): error.isBeforeSending
        case .serviceFailure, .malformedAnswer, .cancelled: false
        }
    }

    package var description: String {
        var answer = [String]()
        if let status { answer.append("HTTP \(status)") }
        if let code { answer.append(code) }
        let suffix = answer.isEmpty ? "" : " (\(answer.joined(separator: " ")))"
        return "\(service.rawValue) \(operation) in \(region): \(kind.phrase)\(suffix): \(message)"
    }
}

extension AWSError.Kind {
    /// What a service writes is cut; that no credentials were found names each source that was tried.
    fileprivate var messageLimit: Int {
        guard case .credentials = self else { return MessageText.maximumLength }
        return AWSDefaults.maximumCredentialsMessageLength
    }

    /// What happened, for people.
    fileprivate var phrase: String {
        switch self {
        case .transport: "no answer"
        case .credentials: "no credentials"
        case .throttled: "throttled"
        case .accessDenied: "access denied"
        case .credentialsRejected: "credentials rejected"
        case .refused: "refused"
        case .serviceFailure: "service failed"
        case .malformedAnswer: "malformed answer"
        case .invalidRequest, .unaffordable: "not sent"
        case .cancelled: "cancelled"
        }
    }
}

extension TransportError: CustomStringConvertible {
    /// A short name for counters.
    package var failureCode: String {
        switch self {
        case .timedOut: "timeout"
        case .cannotConnect: "cannot_connect"
        case .connectionFailed: "connection_failed"
        case .responseTooLarge: "response_too_large"
        case .badRequest: "bad_request"
        case .cancelled: "cancelled"
        }
    }

    package var description: String {
        switch self {
        case .timedOut(let host, let seconds): "\(host) did not answer in full within \(seconds) s"
        case .cannotConnect(let host, let reason): "cannot connect to \(host): \(reason)"
        case .connectionFailed(let host, let reason): "connection to \(host) failed: \(reason)"
        case .responseTooLarge(let host, let limit): "the answer of \(host) is longer than \(limit) bytes"
        case .badRequest(let reason): "request not sent: \(reason)"
        case .cancelled: "cancelled"
        }
    }
}
