import AWSClient
import QuotaModel
import Reading

/// Looking for metrics that are new to a model ID before CloudWatch lists them.
extension RegionPoller {
    /// What was asked for before the Region is read, and what came.
    struct UnlistedAnswer {
        let window: Range<Minute>
        /// By CloudWatch's name; a name that was not answered is missing.
        var account: [String: [Minute: Double]] = [:]
        /// Model IDs with data, and the names.
        var found: [String: Set<String>] = [:]
    }

    /// Not while polls are put off to keep a budget: CloudWatch then lists a metric about as soon as it is looked for.
    var looksForUnlisted: Bool {
        switch pace {
        case .asConfigured, .relaxed: true
        case .stretched, .spent: false
        }
    }

    /// Asks before the model IDs are read: what CloudWatch adds in between can then only make their figures the larger ones.
    func askForUnlisted(_ modelIDs: [String], now: Double) async throws -> UnlistedAnswer {
        let live = plan.liveWindow(now: now, delivered: lateSince)
        var answer = UnlistedAnswer(window: live)
        guard looksForUnlisted else { return answer }
        let since = live.upperBound.advanced(by: -UnlistedMetrics.busyMinutes)
        let busy = modelIDs.filter { ledger.lastTraffic[$0].map { $0 >= since } ?? false }
        var listed: [String: Set<String>] = [:]
        let refused = refusedModelIDs()
        for modelID in modelIDs where !refused.contains(modelID) {
            listed[modelID] = discovery.names[modelID] ?? []
        }
        let asks = unlisted.asks(
            listed: listed, busy: Set(busy), ofAccount: discovery.accountSeries.names)
        try await ask(asks, &answer)
        return answer
    }

    /// After the model IDs have been read: where the account had more, asks those that do not list the metric, and reads
    /// a day of whatever has come to light.
    func readUnlisted(
        _ answer: UnlistedAnswer, _ modelIDs: [String], _ key: RegionKey, now: Double
    ) async throws {
        var answer = answer
        for (name, account) in answer.account.sorted(by: { $0.key < $1.key }) {
            guard let metric = UsageMetric(cloudWatchName: name) else { continue }
            for minute in account.keys { delivery.take(minute) }
            let recent = ledger.recent
            let isMore = unlisted.isMore(
                name, account: account, known: { recent.sum(at: $0)[metric] },
                in: answer.window.clamped(to: recent.window), settledEdge: settledEdge(now: now))
            guard isMore else { continue }
            let refused = refusedModelIDs()
            let lacking = modelIDs.filter {
                discovery.names[$0]?.contains(name) != true && !refused.contains($0)
            }
            let before = answer.found
            try await ask(lacking.map { .modelID($0, name) }, &answer)
            unlisted.note(name, found: answer.found != before)
        }
        guard !answer.found.isEmpty else { return }
        discovery.add(answer.found)
        try await services.store.rememberSeries(
            account: key.account, region: key.region, answer.found, at: Int(now))
        services.log.info(
            "Metrics found that CloudWatch does not list yet",
            [
                "account": key.account, "region": region,
                "metrics": answer.found.sorted { $0.key < $1.key }.map {
                    "\($0.key): \($0.value.sorted().joined(separator: ","))"
                }.joined(separator: "; "),
            ])
        let end = answer.window.upperBound
        let day = PollPlan.Read(
            window: end.advanced(by: -PollPlan.firstReadMinutes)..<end,
            modelIDs: answer.found.keys.sorted(), isReread: true)
        _ = try await perform(day, key, now: now)
    }

    /// A call is refused as a whole for the sake of one query.
    private func refusedModelIDs() -> Set<String> {
        Set(refusedQueries.current(now: services.clock.now()).map(\.modelID))
    }

    /// What cannot be answered stays unknown: the next turn asks again, and the transport has counted the failure.
    private func ask(_ asks: [UnlistedMetrics.Ask], _ answer: inout UnlistedAnswer) async throws {
        for start in stride(from: 0, to: asks.count, by: PollPlan.queriesPerRequest) {
            let part = asks[start..<min(start + PollPlan.queriesPerRequest, asks.count)]
            let queries = part.enumerated().map { Self.query($0.element, id: "u\($0.offset)") }
            let series: [String: MetricSeries]
            do throws(AWSError) {
                series = try await account.cloudWatch(region).getMetricData(
                    queries: queries, start: answer.window.lowerBound.epochSeconds,
                    end: answer.window.upperBound.epochSeconds
                ).series
            } catch {
                guard error.kind != .cancelled else { throw error }
                return
            }
            for (offset, ask) in part.enumerated() {
                guard let series = series["u\(offset)"], series.status == .complete else { continue }
                Self.take(series, of: ask, &answer)
            }
        }
    }

    private static func take(
        _ series: MetricSeries, of ask: UnlistedMetrics.Ask, _ answer: inout UnlistedAnswer
    ) {
        switch ask {
        case .account(let name):
            var minutes: [Minute: Double] = [:]
            for point in series.points where point.value > 0 {
                minutes[Minute(containingEpochSeconds: point.epochSeconds)] = point.value
            }
            answer.account[name] = minutes
        case .modelID(let modelID, let name):
            guard series.points.contains(where: { $0.value > 0 }) else { return }
            answer.found[modelID, default: []].insert(name)
        }
    }

    private static func query(_ ask: UnlistedMetrics.Ask, id: String) -> MetricQuery {
        let (name, modelID): (String, String?) =
            switch ask {
            case .account(let name): (name, nil)
            case .modelID(let modelID, let name): (name, modelID)
            }
        return MetricQuery(
            id: id, namespace: MetricQueries.namespace, metricName: name,
            dimensions: modelID.map { [MetricDimension(name: MetricQueries.dimension, value: $0)] } ?? [],
            statistic: UsageMetric.Statistic.sum.rawValue)
    }
}
