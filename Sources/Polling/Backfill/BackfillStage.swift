import AWSClient
import QuotaModel
import Reading
import SQLite

/// The daemon's part of a long backfill: what is older than CloudWatch keeps minutes, between two polls.
extension RegionPoller {
    /// Reads history until the next poll is due, at a small share of the rate that CloudWatch allows.
    ///
    /// Nothing here fails the Region: what goes wrong is counted, logged and tried again later.
    package func readHistory(until deadline: Double) async {
        // What is long past can wait until there is enough to spend.
        guard pace.step <= Pace.relaxed.step, let key, !discovery.names.isEmpty,
            backfill.isDue(now: services.clock.now(), seriesCount: discovery.names.count)
        else { return }
        do {
            try await services.historySlots.run { try await readPeriods(key, until: deadline) }
        } catch {
            guard !Task.isCancelled else { return }
            if error is StoreError { services.metrics.storageFailure() }
            services.log.warn(
                "Reading history failed",
                ["account": key.account, "region": region, "error": String(describing: error)])
        }
    }

    private func readPeriods(_ key: RegionKey, until deadline: Double) async throws {
        let reader = BackfillReader(
            cloudWatch: account.cloudWatch(region), store: services.store, key: key)
        let now = services.clock.now() + Double(clockSkew)
        let names = discovery.names
        let requests = backfillPlan(now: now).periodRequests(
            now: now, known: try await reader.known(names.keys),
            queriesPerSeries: names.mapValues(MetricQueries.count))
        guard !requests.isEmpty else {
            backfill.noteComplete(now: now, seriesCount: names.count)
            return
        }
        var left = BackfillPace.requestsPerPoll
        var earliest = services.clock.now()
        for request in requests where left > 0 {
            // A series whose newer part failed waits, so that its history grows without holes.
            var part = request
            part.read.modelIDs = request.read.modelIDs.filter {
                backfill.ledger.isDue($0, now: services.clock.now())
            }
            guard !part.read.modelIDs.isEmpty else { continue }
            let pause = earliest - services.clock.now()
            guard services.clock.now() + max(0, pause) + BackfillPace.secondsForRequest < deadline else {
                return
            }
            if pause > 0 { try await services.clock.sleep(pause) }
            earliest = services.clock.now() + BackfillPace.secondsBetweenRequests
            left -= 1
            guard try await perform(part, reader, names) else { return }
        }
    }

    private func backfillPlan(now: Double) -> BackfillPlan {
        let current = Minute(containingEpochSeconds: Int(now.rounded(.down)))
        let length = services.plan.settings.backfill.wholeMinutes
        // Up to 15 days single minutes do; only gaps may need longer periods.
        let oldest = length > BackfillPlan.minuteRetention ? current.advanced(by: -length) : current
        return BackfillPlan(plan: services.plan, range: oldest..<current, fillsGaps: true)
    }

    /// - Returns: Whether it is worth going on with the next request.
    private func perform(
        _ request: BackfillPlan.Request, _ reader: BackfillReader, _ names: [String: Set<String>]
    ) async throws -> Bool {
        let modelIDs = request.read.modelIDs
        do throws(AWSError) {
            let edge = services.plan.settledEdge(now: services.clock.now() + Double(clockSkew))
            let (answer, records) = try await reader.ask(request, names: names, settledEdge: edge)
            var outcome = ReadOutcome()
            note(answer, in: &outcome)
            do {
                try await reader.keep(records, of: request, at: Int(services.clock.now()))
            } catch {
                services.metrics.storageFailure()
                services.log.error("Storing history failed", ["region": region, "error": "\(error)"])
                return false
            }
            backfill.ledger.note(
                modelIDs, uncovered: Set(records.lazy.filter(\.covered.isEmpty).map(\.modelID)),
                now: services.clock.now())
            services.log.debug(
                "Read history",
                [
                    "region": region, "series": "\(modelIDs.count)",
                    "period_minutes": "\(request.resolution.minutes)",
                    "periods": "\(request.read.window.count / request.resolution.minutes)",
                ])
            return outcome.failure == nil
        } catch {
            guard error.kind != .cancelled else { return false }
            backfill.ledger.note(modelIDs, uncovered: Set(modelIDs), now: services.clock.now())
            services.log.warn(
                "Reading history failed", ["region": region, "error": String(describing: error)])
            return false
        }
    }
}
