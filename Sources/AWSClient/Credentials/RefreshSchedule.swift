import FoundationEssentials

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
