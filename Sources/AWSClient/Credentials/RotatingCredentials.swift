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
