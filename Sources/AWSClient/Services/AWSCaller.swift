import HTTPClient
import Synchronization

/// A provider that can be told that AWS refused what it gave.
package protocol RefreshableCredentials: CredentialsProvider {
    /// Forgets `used`, if that is still what it would give, so that the next question fetches anew.
    func invalidate(_ used: AWSCredentials) async
}

/// Sends signed requests of one account: endpoint, credentials, retries, clock skew, and errors in one form.
package final class AWSCaller: Sendable {
    private let transport: any HTTPTransport
    private let credentials: (any CredentialsProvider)?
    private let endpoints: EndpointResolver
    private let retries: RetryPolicy
    private let observer: (any AWSCallObserver)?
    private let surroundings: CallSurroundings
    /// What is remembered of each host; there are as many as services and Regions in use.
    private let hosts = Mutex<[String: HostState]>([:])

    private struct HostState {
        var budget = RetryBudget()
        var clockSkewSeconds = 0
    }

    /// `credentials` may be nil where only unsigned requests or given credentials are used, as in the chain
    /// itself.
    package init(
        transport: any HTTPTransport, credentials: (any CredentialsProvider)?, endpoints: EndpointResolver,
        retries: RetryPolicy = RetryPolicy(), observer: (any AWSCallObserver)? = nil,
        surroundings: CallSurroundings = .system
    ) {
        self.transport = transport
        self.credentials = credentials
        self.endpoints = endpoints
        self.retries = retries
        self.observer = observer
        self.surroundings = surroundings
    }

    /// The answer with a status of 2xx, after at most the policy's attempts, one more for fresh credentials
    /// and one for a corrected clock.
    package func send(_ request: AWSRequest) async throws(AWSError) -> TransportResponse {
        let endpoint = try endpoint(for: request)
        var call = CallProgress()
        while true {
            guard !Task.isCancelled else { throw request.error(.cancelled, "the task was cancelled") }
            let keys = try await signingKeys(for: request)
            keys?.hold()
            let skew = hosts.withLock { $0[endpoint.host, default: HostState()].clockSkewSeconds }
            guard request.billedMetrics == 0 || observer?.affords(request) != false else {
                throw request.error(.unaffordable, "the budget does not allow it before the next month")
            }
            let outcome = await attempt(request, at: endpoint, keys: keys, skew: skew)
            switch outcome {
            case .answered(let response):
                hosts.withLock {
                    $0[endpoint.host, default: HostState()].budget.giveBack(lastRetry: call.lastRetry)
                }
                return response
            case .failed(let error):
                let mayHaveArrived = request.isSentOnce && !error.isBeforeSending
                let failure = mayHaveArrived ? nil : RetryableFailure(error)
                try await retry(after: failure, of: request, at: endpoint, &call) {
                    error == .cancelled
                        ? request.error(.cancelled, "the task was cancelled")
                        : request.error(.transport(error), error.description)
                }
            case .refused(let refusal):
                if correctClock(after: refusal, host: endpoint.host, used: skew, &call) { continue }
                if await refreshCredentials(after: refusal, request, used: keys, &call) { continue }
                // A server that failed may have done the work all the same.
                let mayBeDone = request.isSentOnce && refusal.retryable != .throttled
                try await retry(after: mayBeDone ? nil : refusal.retryable, of: request, at: endpoint, &call)
                {
                    refusal.error(of: request)
                }
            }
        }
    }

    /// Tells the observer what of a good answer is not used.
    func leaveOut(_ count: Int = 1, of request: AWSRequest, code: String) {
        guard count > 0 else { return }
        observer?.leftOut(count, of: request, code: code)
    }

    private enum Outcome {
        case answered(TransportResponse)
        case refused(ServiceRefusal)
        case failed(TransportError)
    }

    private struct CallProgress {
        var attempts = 1
        var lastRetry: RetryableFailure?
        var hasCorrectedClock = false
        var hasRefreshed = false
    }

    private func endpoint(for request: AWSRequest) throws(AWSError) -> Endpoint {
        do {
            return try endpoints.endpoint(of: request.service, in: request.region)
        } catch {
            throw request.error(.invalidRequest, error.reason)
        }
    }

    private func signingKeys(for request: AWSRequest) async throws(AWSError) -> AWSCredentials? {
        switch request.signing {
        case .unsigned: return nil
        case .credentials(let given): return given
        case .provider:
            guard let credentials else {
                throw request.error(
                    .credentials(.notConfigured(source: "caller")), "no credentials are set up")
            }
            do {
                return try await credentials.credentials()
            } catch {
                throw request.error(.credentials(error), error.description)
            }
        }
    }

    /// One exchange, told to the observer.
    private func attempt(
        _ request: AWSRequest, at endpoint: Endpoint, keys: AWSCredentials?, skew: Int
    ) async -> Outcome {
        let start = surroundings.uptime()
        let outcome: Outcome
        do {
            let response = try await transport.send(
                request.transportRequest(to: endpoint, keys: keys, skew: skew))
            outcome =
                (200..<300).contains(response.status)
                ? .answered(response) : .refused(ServiceRefusal(response))
        } catch {
            outcome = .failed(error)
        }
        observer?.record(record(of: outcome, request, duration: surroundings.uptime() - start))
        return outcome
    }

    private func record(of outcome: Outcome, _ request: AWSRequest, duration: Duration) -> AWSCallAttempt {
        let status: Int?
        let code: String?
        switch outcome {
        case .answered(let response): (status, code) = (response.status, nil)
        case .refused(let refusal):
            (status, code) = (refusal.status, refusal.code ?? "http_\(refusal.status)")
        case .failed(let error): (status, code) = (nil, error.failureCode)
        }
        return AWSCallAttempt(
            service: request.service, operation: request.operation, region: request.region, status: status,
            failureCode: code, duration: duration, askedMetrics: request.billedMetrics,
            billedMetrics: status == 200 ? request.billedMetrics : 0)
    }

    /// Waits before the next attempt, or throws when there is none: the failure is final, the attempts are
    /// used up, or the host's budget is.
    private func retry(
        after failure: RetryableFailure?, of request: AWSRequest, at endpoint: Endpoint,
        _ call: inout CallProgress,
        orThrow error: () -> AWSError
    ) async throws(AWSError) {
        guard let failure, call.attempts < retries.maximumAttempts,
            hosts.withLock({ $0[endpoint.host, default: HostState()].budget.take(for: failure) })
        else { throw error() }
        let seconds = retries.backoffSeconds(afterAttempt: call.attempts, random: surroundings.random())
        do {
            try await surroundings.sleep(.milliseconds(Int64(seconds * 1000)))
        } catch {
            throw request.error(.cancelled, "the task was cancelled between two attempts")
        }
        call.attempts += 1
        call.lastRetry = failure
    }

    /// True when the refusal is explained by this machine's clock and the request may be signed with the
    /// server's.
    private func correctClock(
        after refusal: ServiceRefusal, host: String, used: Int, _ call: inout CallProgress
    ) -> Bool {
        guard !call.hasCorrectedClock, let code = refusal.code, ErrorCodes.clockSkew.contains(code),
            let skew = ClockSkew.correction(
                serverDate: refusal.date, epochSeconds: surroundings.epochSeconds(), used: used)
        else { return false }
        hosts.withLock { $0[host, default: HostState()].clockSkewSeconds = skew }
        call.hasCorrectedClock = true
        return true
    }

    /// True when the provider was told that its keys are refused and may have others.
    private func refreshCredentials(
        after refusal: ServiceRefusal, _ request: AWSRequest, used: AWSCredentials?,
        _ call: inout CallProgress
    ) async -> Bool {
        guard !call.hasRefreshed, case .provider = request.signing, let used, let code = refusal.code,
            ErrorCodes.staleCredentials.contains(code),
            let refreshable = credentials as? any RefreshableCredentials
        else { return false }
        await refreshable.invalidate(used)
        call.hasRefreshed = true
        return true
    }
}

extension AWSRequest {
    /// The request at its endpoint, with what signs it.
    fileprivate func transportRequest(to endpoint: Endpoint, keys: AWSCredentials?, skew: Int)
        -> TransportRequest
    {
        TransportRequest(
            method: method, url: endpoint.url + path + (query.isEmpty ? "" : "?" + query), headers: headers,
            body: body,
            signing: keys.map {
                SigningScope(
                    service: endpoint.signingName, region: endpoint.signingRegion, credentials: $0,
                    clockSkewSeconds: skew)
            },
            timeout: AWSDefaults.requestTimeout, maximumResponseBytes: AWSDefaults.maximumResponseBytes,
            isSentOnce: isSentOnce)
    }
}
