import AWSClient
import History
import QuotaModel
import Reading
import System

/// What a `backfill` is asked to read, out of what people type.
package struct BackfillOrder: Equatable, Sendable {
    package let range: Range<Minute>
    /// A configured name or an account ID; nil for all.
    package let account: String?
    package let region: String?

    /// As far back as CloudWatch remembers.
    package static let defaultStart = "-455d"

    /// Throws for a time that cannot be read or a range without a minute; a start beyond CloudWatch's memory is moved
    /// to its edge, an end beyond now to now.
    ///
    /// - Parameter now: Unix seconds.
    package init(start: String?, end: String?, account: String?, region: String?, now: Int)
        throws(UsageRequestError)
    {
        if let problem = region.flatMap(RegionName.problem) {
            throw UsageRequestError("--region: \(problem)")
        }
        let current = Minute(containingEpochSeconds: now)
        let from = try Self.time("--start", start ?? Self.defaultStart, now)
        let to = try end.map { text throws(UsageRequestError) in try Self.time("--end", text, now) } ?? now
        let first = max(
            Minute(containingEpochSeconds: from), current.advanced(by: -BackfillPlan.longestMinutes))
        let last = min(Minute(containingEpochSeconds: to), current)
        guard first < last else {
            let memory = from < to ? "; CloudWatch keeps 455 days" : ""
            throw UsageRequestError("--start must lie before --end and before now\(memory)")
        }
        range = first..<last
        self.account = account
        self.region = region
    }

    private static func time(_ flag: String, _ text: String, _ now: Int) throws(UsageRequestError) -> Int {
        guard let time = UsageTime(text, now: now) else {
            throw UsageRequestError(
                "\(flag): \(VisibleText.quoted(text)) is not a time; allowed: \(UsageTime.forms)")
        }
        return time.epochSeconds
    }

    /// The plan of this order under the configuration's settle delay.
    package func plan(polling: PollingSettings, now: Int) -> BackfillPlan {
        var settings = polling
        settings.backfill = .minutes(range.lowerBound.distance(to: Minute(containingEpochSeconds: now)))
        return BackfillPlan(plan: PollPlan(settings: settings), range: range, fillsGaps: false)
    }

    package func wants(_ key: RegionKey) -> Bool {
        (account == nil || account == key.account) && (region == nil || region == key.region)
    }
}
