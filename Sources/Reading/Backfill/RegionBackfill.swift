import AWSClient
import QuotaModel
import SQLite
import UsageStore

/// How fast history is read beside live polls, as a small part of what CloudWatch allows.
package enum BackfillPace {
    /// Between the starts of two requests of a Region: a fiftieth of CloudWatch's 50 calls of GetMetricData a second.
    package static let secondsBetweenRequests = 1.0
    /// Requests between two polls of a Region.
    package static let requestsPerPoll = 30
    /// Regions that read history at the same time.
    package static let concurrentRegions = 2
    /// With less time than this before the next poll no request begins; it would be cut off and asked again.
    package static let secondsForRequest = 3.0
    /// After everything was read, how long until it is looked for new gaps.
    package static let secondsBetweenPlans = 24 * 3600
}

/// The daemon's part of a long backfill: what is older than CloudWatch keeps minutes, between two polls of a Region.
///
/// Of one actor, on which all of it runs.
package final class RegionBackfill {
    /// Series whose requests failed, and when to try them again.
    private var pauses = ReadPauses()
    private var lastComplete: Double?
    private var completeSeries = 0

    package init() {}

    /// Whether there may be something to read: not for a day after everything was read, unless there are new series.
    package func isDue(_ reader: RegionReader) -> Bool {
        let count = reader.discovery.known.names.count
        return count > 0
            && (count != completeSeries
                || PollPlan.isDue(
                    last: lastComplete, intervalSeconds: BackfillPace.secondsBetweenPlans,
                    now: reader.services.clock.now()))
    }

    /// Reads history until the next poll is due, at a small share of the rate that CloudWatch allows.
    ///
    /// Nothing here fails the Region: what goes wrong is counted, logged and tried again later.
    ///
    /// - Parameter plan: As configured.
    package nonisolated(nonsending) func read(
        _ reader: RegionReader, _ plan: PollPlan, until deadline: Double
    ) async {
        do {
            try await readPeriods(reader, plan, until: deadline)
        } catch {
            guard !Task.isCancelled else { return }
            if error is StoreError { reader.services.metrics.storageFailure() }
            warn("Reading history failed", error, reader)
        }
    }

    private nonisolated(nonsending) func readPeriods(
        _ reader: RegionReader, _ plan: PollPlan, until deadline: Double
    ) async throws {
        let (key, clock) = (reader.key, reader.services.clock)
        let source = BackfillReader(
            cloudWatch: reader.account.cloudWatch(key.region), store: reader.services.store, key: key)
        let now = clock.now() + Double(reader.clockSkewSeconds)
        let names = reader.discovery.known.names
        let requests = Self.plan(plan, now: now).periodRequests(
            now: now, known: try await source.known(names.keys),
            queriesPerSeries: MetricQueries.costs(names))
        guard !requests.isEmpty else {
            (lastComplete, completeSeries) = (now, names.count)
            return
        }
        var left = BackfillPace.requestsPerPoll
        var earliest = clock.now()
        for request in requests where left > 0 {
            // A series whose newer part failed waits, so that its history grows without holes.
            var part = request
            part.read.modelIDs = request.read.modelIDs.filter { pauses.isDue($0, now: clock.now()) }
            guard !part.read.modelIDs.isEmpty else { continue }
            let pause = earliest - clock.now()
            guard clock.now() + max(0, pause) + BackfillPace.secondsForRequest < deadline else { return }
            if pause > 0 { try await clock.sleep(pause) }
            earliest = clock.now() + BackfillPace.secondsBetweenRequests
            left -= 1
            let edge = plan.settledEdge(now: clock.now() + Double(reader.clockSkewSeconds))
            guard await perform(part, source, names, settledEdge: edge, reader) else { return }
        }
    }

    private static func plan(_ plan: PollPlan, now: Double) -> BackfillPlan {
        let current = Minute(containingEpochSeconds: Int(now.rounded(.down)))
        let length = plan.settings.backfill.wholeMinutes
        // Up to 15 days single minutes do; only gaps may need longer periods.
        let oldest = length > BackfillPlan.minuteRetention ? current.advanced(by: -length) : current
        return BackfillPlan(plan: plan, range: oldest..<current, fillsGaps: true)
    }

    /// - Returns: Whether it is worth going on with the next request.
    private nonisolated(nonsending) func perform(
        _ request: BackfillPlan.Request, _ source: BackfillReader, _ names: [String: Set<String>],
        settledEdge: Minute, _ reader: RegionReader
    ) async -> Bool {
        let (modelIDs, services) = (request.read.modelIDs, reader.services)
        let askedAt = services.clock.now()
        do throws(AWSError) {
            let (answer, records) = try await source.ask(request, names: names, settledEdge: settledEdge)
            reader.calls.observe(answer.serverTime, askedAt: askedAt)
            var outcome = ReadOutcome()
            reader.calls.note(answer, in: &outcome)
            do {
                try await source.keep(records, of: request, at: Int(services.clock.now()))
            } catch {
                services.metrics.storageFailure()
                services.log.error(
                    "Storing history failed", ["region": reader.key.region, "error": "\(error)"])
                return false
            }
            pauses.note(
                modelIDs, uncovered: Set(records.lazy.filter(\.covered.isEmpty).map(\.modelID)),
                now: services.clock.now())
            services.log.debug(
                "Read history",
                [
                    "region": reader.key.region, "series": "\(modelIDs.count)",
                    "period_minutes": "\(request.resolution.minutes)",
                    "periods": "\(request.read.window.count / request.resolution.minutes)",
                ])
            return outcome.mayGoOn
        } catch {
            guard error.kind != .cancelled else { return false }
            pauses.note(modelIDs, uncovered: Set(modelIDs), now: services.clock.now())
            warn("Reading history failed", error, reader)
            return false
        }
    }

    private func warn(_ message: String, _ error: any Error, _ reader: RegionReader) {
        reader.services.log.warn(
            message,
            [
                "account": reader.key.account, "region": reader.key.region,
                "error": String(describing: error),
            ])
    }
}
