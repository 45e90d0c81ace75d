import QuotaModel
import UsageStore

/// Reads what is missing of a Region's past: first reads, the gaps that downtime left, metrics that came to be listed, and
/// the minutes of the backfill.
///
/// Of one actor, on which all of it runs.
package final class CatchUp {
    /// Requests beyond the live window in one poll, so that a long gap does not hold up the live figures for long.
    private static let requestsPerPoll = 100
    /// After this long in one poll no further request beyond the live window begins.
    private static let secondsPerPoll = 60.0

    private var pauses = ReadPauses()

    package init() {}

    /// Series of which the past was asked for and not answered completely.
    package var tried: Set<String> { pauses.tried }

    /// First reads and gaps, then history, within the poll's budget of requests and time.
    ///
    /// - Parameter deferred: Series whose newest minutes are left to their next read on purpose.
    package nonisolated(nonsending) func read(
        _ reader: RegionReader, deferred: Set<String>, hasLive: Bool
    ) async -> ReadOutcome {
        var outcome = ReadOutcome()
        let started = reader.services.clock.now()
        for request in missing(reader, deferred: deferred) {
            // A series whose newer part failed waits, so that its history has no hole.
            var part = request
            part.modelIDs = request.modelIDs.filter { pauses.isDue($0, now: reader.now) }
            guard !part.modelIDs.isEmpty else { continue }
            guard reader.services.clock.now() - started < Self.secondsPerPoll else { return outcome }
            let result = await reader.perform(part)
            outcome.add(result)
            guard !result.isOver else { return outcome }
            // Without a live read the poll itself fails, and its own pause is the one that counts.
            if result.mayGoOn || hasLive {
                pauses.note(part.modelIDs, uncovered: result.uncovered, now: reader.now)
            }
            guard let failure = result.failure else { continue }
            reader.services.log.warn(
                "Reading the past failed",
                ["region": reader.key.region, "error": String(describing: failure)])
            return outcome
        }
        reader.discovery.known.grown = reader.discovery.known.grown.filter {
            !pauses.isDue($0.key, now: reader.now)
        }
        return outcome
    }

    private func missing(_ reader: RegionReader, deferred: Set<String>) -> [PollPlan.Read] {
        let due = reader.activeCoverage.filter { pauses.isDue($0.key, now: reader.now) }
        let reads =
            reader.plan.catchUpReads(
                now: reader.now, coverage: due, deferred: deferred, settledEdge: reader.settledEdge,
                delivered: reader.delivery.lateSince)
            + reader.plan.grownReads(now: reader.now, coverage: due, since: reader.discovery.known.grown)
            + reader.plan.backfillReads(now: reader.now, coverage: due)
        let costs = reader.discovery.known.costs
        var requests: [PollPlan.Read] = []
        for read in reads where requests.count < Self.requestsPerPoll {
            requests += PollPlan.requests(for: read, queriesPerSeries: costs)
        }
        return Array(requests.prefix(Self.requestsPerPoll))
    }
}
