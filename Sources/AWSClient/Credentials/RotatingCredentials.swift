import FoundationEssentials
import HTTPClient
import System

/// Keeps the credentials of a source and fetches new ones before they expire. All callers share one fetch; a failure
/// is passed on, and the next call after a short while tries again.
package actor RotatingCredentials: RefreshableCredentials {
    private struct Kept {
        let credentials: AWSCredentials
        let fetched: Date
    }

    private typealias Answer = Result<AWSCredentials, CredentialsError>
    private static let sourceName = "credentials"

    private let source: any CredentialsProvider
    private let schedule: RefreshSchedule
    private let now: @Sendable () -> Date

    private var kept: Kept?
    private var isRefreshing = false
    private var lastAttempt: Date?
    private var failure: CredentialsError?
    private var waiting: [Int: CheckedContinuation<Answer, Never>] = [:]
    private var nextTicket = 0

    package init(
        source: any CredentialsProvider, schedule: RefreshSchedule = RefreshSchedule(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.source = source
        self.schedule = schedule
        self.now = now
    }

    /// Why the last refresh failed; nil after one that succeeded. Tells of a source that fails while the kept
    /// credentials still serve.
    package var lastFailure: CredentialsError? { failure }

    /// The kept credentials, or new ones where those are about to expire. A cancelled caller gets an error at once
    /// and leaves the shared fetch alone.
    package func credentials() async throws(CredentialsError) -> AWSCredentials {
        let time = now()
        let state = kept.map { (fetched: $0.fetched, expiration: $0.credentials.expiration) }
        // A running refresh is joined, however short ago it began.
        let finishedAttempt = isRefreshing ? nil : lastAttempt
        switch schedule.decision(kept: state, lastAttempt: finishedAttempt, now: time) {
        case .use: return try usable(at: time)
        case .useAndRefresh:
            startRefresh()
            return try usable(at: time)
        case .wait: return try usable(at: time)
        case .refresh:
            startRefresh()
            return try await nextAnswer().get()
        }
    }

    package func invalidate(_ used: AWSCredentials) {
        guard kept?.credentials == used else { return }
        kept = nil
        // The refusal is news, so the fetch that it calls for need not wait.
        lastAttempt = nil
    }

    /// The kept credentials while they are valid, else the error of the last refresh.
    private func usable(at time: Date) throws(CredentialsError) -> AWSCredentials {
        if let kept, kept.credentials.expiration.map({ $0 > time }) ?? true { return kept.credentials }
        throw failure
            ?? .failed(source: Self.sourceName, reason: "they have expired and none could be fetched")
    }

    private func startRefresh() {
        guard !isRefreshing else { return }
        isRefreshing = true
        let started = now()
        lastAttempt = started
        // Not a child of the caller: its cancellation must not end the fetch that others wait for.
        Task {
            let answer: Answer
            do throws(CredentialsError) {
                answer = .success(try await source.credentials())
            } catch {
                answer = .failure(error)
            }
            finishRefresh(answer)
        }
    }

    private func finishRefresh(_ answer: Answer) {
        isRefreshing = false
        let time = now()
        switch answer {
        case .success(let credentials) where credentials.expiration.map({ $0 <= time }) ?? false:
            failure = .failed(
                source: Self.sourceName,
                reason:
                    "the source gave keys that expired at \(credentials.expiration.map(ExpirationTimestamp.text) ?? "")"
            )
        case .success(let credentials):
            kept = Kept(credentials: credentials, fetched: time)
            failure = nil
        case .failure(let error):
            failure = error
        }
        let result: Answer
        do throws(CredentialsError) {
            result = .success(try usable(at: time))
        } catch {
            result = .failure(error)
        }
        for continuation in waiting.values { continuation.resume(returning: result) }
        waiting = [:]
    }

    /// Waits for the running refresh, or for the caller's cancellation.
    private func nextAnswer() async -> Answer {
        let ticket = nextTicket
        nextTicket += 1
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(returning: .failure(Self.cancelled))
                } else {
                    waiting[ticket] = continuation
                }
            }
        } onCancel: {
            Task { await self.giveUp(ticket) }
        }
    }

    private func giveUp(_ ticket: Int) {
        waiting.removeValue(forKey: ticket)?.resume(returning: .failure(Self.cancelled))
    }

    /// How many callers wait for a fetch.
    var waitingCount: Int { waiting.count }

    private static let cancelled = CredentialsError.failed(source: sourceName, reason: "cancelled")
}

/// When kept credentials are asked for anew. Pure arithmetic over times; the windows are botocore's.
package struct RefreshSchedule: Equatable, Sendable {
    package enum Decision: Equatable, Sendable {
        /// The kept credentials are good for long.
        case use
        /// They are good, and new ones should be fetched meanwhile.
        case useAndRefresh
        /// New ones are needed first; the kept ones serve if that fails and they have not expired.
        case refresh
        /// A refresh failed just now: the kept ones serve, or its error where there are none.
        case wait
    }

    /// Before expiry, when a refresh begins in the background.
    package var advisorySeconds = CredentialsLimits.advisoryRefreshSeconds
    /// Before expiry, when callers wait for the refresh.
    package var mandatorySeconds = CredentialsLimits.mandatoryRefreshSeconds
    /// After the start of a refresh that failed or brought nothing better, until the next one.
    package var retrySeconds = CredentialsLimits.refreshRetrySeconds

    package init() {}

    /// - Parameters:
    ///   - kept: when the kept credentials were fetched and when they expire; nil where there are none. Without an
    ///     expiry they last.
    ///   - lastAttempt: when the last refresh began, if it left the state as it is.
    package func decision(kept: (fetched: Date, expiration: Date?)?, lastAttempt: Date?, now: Date)
        -> Decision
    {
        guard let kept else { return isTooSoon(lastAttempt, now) ? .wait : .refresh }
        guard let expiration = kept.expiration else { return .use }
        // Keys that live shorter than the windows would be fetched for each request.
        let lifetime = max(0, expiration.timeIntervalSince(kept.fetched))
        let remaining = expiration.timeIntervalSince(now)
        if remaining > min(advisorySeconds, lifetime / 2) { return .use }
        if isTooSoon(lastAttempt, now) { return .wait }
        return remaining > min(mandatorySeconds, lifetime / 4) ? .useAndRefresh : .refresh
    }

    /// Also false when the clock was set back, so that a wrong time cannot hold up refreshes for long.
    private func isTooSoon(_ lastAttempt: Date?, _ now: Date) -> Bool {
        guard let lastAttempt else { return false }
        return (0..<retrySeconds).contains(now.timeIntervalSince(lastAttempt))
    }
}
