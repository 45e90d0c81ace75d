import AWSClient
import QuotaModel
import System

/// Lists a Region's batch jobs every `polling.quota_interval`. What is known is of now: it is kept in memory alone, and
/// unknown until it has been read.
///
/// The right to list them is optional: without it everything else goes on. Of one actor, on which all of it runs.
package final class BatchJobsReader {
    /// Jobs that were submitted earlier are not listed. A job ends within 168 hours (`timeoutDurationInHours`), so that none
    /// in flight is older.
    package static let listedDays = 8

    /// Why nothing is known; nil while it is, and before the first try.
    package private(set) var problem: String?
    private var listing: BatchListing?
    private var timer = RefreshTimer()
    /// The code of the failure that was told.
    private var toldCode: String?
    private let account: AccountSession
    private let key: RegionKey
    private let services: ReadServices

    init(_ account: AccountSession, _ key: RegionKey, services: ReadServices) {
        self.account = account
        self.key = key
        self.services = services
    }

    /// What was listed last, unless that is too long ago to be called current.
    package func listing(_ plan: PollPlan, now: Double) -> BatchListing? {
        let interval = Double(plan.settings.quotaInterval.seconds)
        return listing.flatMap {
            (0...2 * interval + Self.slackSeconds).contains(now - $0.listedAt) ? $0 : nil
        }
    }

    /// For the request itself, and for polls that come late.
    private static let slackSeconds = 900.0

    /// Asks when it is due.
    nonisolated(nonsending) func refresh(_ plan: PollPlan, now: Double) async {
        guard timer.isDue(intervalSeconds: plan.settings.quotaInterval.seconds, now: now) else { return }
        do throws(AWSError) {
            let start = now - Double(Self.listedDays) * 86_400
            let jobs = try await account.bedrock(key.region).listBatchJobs(submittedAfter: start)
            listing = BatchListing(jobs, listedAt: now)
            problem = nil
            timer.note(succeeded: true, now: now)
            toldCode = nil
        } catch {
            // A refusal is an answer: it is asked again no sooner than usual.
            timer.note(succeeded: error.kind == .accessDenied, now: now)
            problem = String(describing: error)
            tell(error)
        }
    }

    /// Says it once, not at every interval.
    private func tell(_ error: AWSError) {
        // The stop of the exporter cuts calls off; nothing is wrong then.
        guard !Task.isCancelled else { return }
        services.metrics.unreadable(error, of: key)
        guard toldCode != error.failureCode else { return }
        toldCode = error.failureCode
        services.log.warn(
            "Listing batch jobs failed; they are unknown, all else goes on",
            ["account": key.account, "region": key.region, "error": String(describing: error)])
    }
}
