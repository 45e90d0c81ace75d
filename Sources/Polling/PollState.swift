import AWSClient
import QuotaModel
import Reading
import System

/// How a Region's polls go, as alerts and the log tell it.
struct PollState {
    /// Polls since the start of this process, failed ones included.
    private(set) var count = 0
    private(set) var failuresInARow = 0
    /// Since when polls succeed; nil while the last one failed or there was none.
    private(set) var upSince: Double?
    /// Why the last poll failed.
    private(set) var lastFailure: String?
    /// The last poll found that the open store is not the one at its path, or no longer what it was.
    var isStoreLost = false

    /// A poll has ended: remembers how, and says what is news.
    mutating func end(
        _ failure: (any Error)?, of key: RegionKey, _ account: AccountSession, _ log: Log, at now: Double
    ) {
        count += 1
        lastFailure = failure.map { String(describing: $0) }
        upSince = failure == nil ? upSince ?? now : nil
        if let failure {
            failuresInARow += 1
            let missingCredentials = (failure as? AWSError)?.missingCredentials
            if let missingCredentials {
                guard account.isNews(missingCredentials: missingCredentials, now: now) else { return }
            }
            let regions = missingCredentials == nil ? [key.region] : account.regions
            log.warn(
                "Poll failed",
                [
                    "account": key.account, "region": regions.joined(separator: ","),
                    "failures_in_a_row": "\(failuresInARow)", "error": String(describing: failure),
                ])
        } else if failuresInARow > 0 {
            account.credentialsWork()
            log.info(
                "Poll succeeded again",
                [
                    "account": key.account, "region": key.region,
                    "failures_before": "\(failuresInARow)",
                ])
            failuresInARow = 0
        }
    }
}
