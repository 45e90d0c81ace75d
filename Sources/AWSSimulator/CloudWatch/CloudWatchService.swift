/// Answers ListMetrics and GetMetricData of one Region in JSON 1.0.
struct CloudWatchService {
    let scenario: SimulatedScenario
    let metrics: RegionMetrics
    let cache: TrafficCache
    let now: Double
    /// Sets accounts apart; 0 for the scenario's own.
    let salt: UInt64
    let faults: [Fault]

    func getMetricData(_ body: [UInt8]) throws(ServiceError) -> ServiceAnswer {
        let input = try JSONInput.decoded(MetricDataInput.self, from: body)
        let queries = try input.validatedQueries()
        try refuseFaultyMetrics(queries)
        let fingerprint = Self.fingerprint(input)
        let token = try PageToken.validated(input.NextToken, request: fingerprint)
        let asOf = token?.asOf ?? now
        let request = MetricDataRequest(
            startTime: input.StartTime, endTime: input.EndTime,
            isDescending: input.ScanBy != "TimestampAscending", now: asOf)
        var reader = SeriesReader(metrics, scenario: scenario, cache: cache, salt: salt, now: asOf)
        let limit = min(input.MaxDatapoints ?? scenario.datapointsPerPage, scenario.datapointsPerPage)
        let page = MetricDataPage(
            queries, request: request, from: (token?.index ?? 0, token?.offset ?? 0), limit: limit,
            metrics: metrics, reader: &reader)
        let next = page.next.map {
            PageToken(index: $0.query, offset: $0.period, asOf: asOf, request: fingerprint)
        }
        let text = MetricDataOutput(
            page: page, queries: queries, next: faultyToken(next, token, fingerprint), faults: faults
        ).text()
        return ServiceAnswer(body: text, metricsRequested: queries.count)
    }

    func listMetrics(_ body: [UInt8]) throws(ServiceError) -> ServiceAnswer {
        let input = try JSONInput.decoded(ListMetricsInput.self, from: body)
        guard input.RecentlyActive == nil || input.RecentlyActive == "PT3H" else {
            throw ServiceError(.validation, "The parameter RecentlyActive must be PT3H.")
        }
        let fingerprint = Noise.seed("\(input.MetricName ?? "")/\(input.RecentlyActive ?? "")")
        let token = try PageToken.validated(input.NextToken, request: fingerprint)
        let asOf = token?.asOf ?? now
        let matching = matchingMetrics(input, asOf)
        let first = min(token?.index ?? 0, matching.count)
        let last = min(first + scenario.metricsPerPage, matching.count)
        let next = last < matching.count ? PageToken(index: last, asOf: asOf, request: fingerprint) : nil
        let text = MetricListing.text(
            matching[first..<last], next: faultyToken(next, token, fingerprint)?.text)
        return ServiceAnswer(body: text)
    }

    private func matchingMetrics(_ input: ListMetricsInput, _ asOf: Double) -> [MetricIdentity] {
        var reader = SeriesReader(metrics, scenario: scenario, cache: cache, salt: salt, now: asOf)
        let active = input.RecentlyActive == nil ? MetricListing.listedMinutes : MetricListing.activeMinutes
        let minute = Int(asOf / 60)
        return metrics.identities.filter { identity in
            guard input.matches(identity), let source = metrics[identity] else { return false }
            return MetricListing.isListed(
                source, minutes: max(0, minute - active)..<minute + 1, needsData: input.RecentlyActive != nil,
                &reader
            )
        }
    }

    /// A request-wide validation error for a metric that a fault names, as an account without it would give.
    private func refuseFaultyMetrics(_ queries: [MetricDataQuery]) throws(ServiceError) {
        for fault in faults {
            guard case .validationErrorForMetric(let name) = fault else { continue }
            for query in queries where query.identity.metricName == name {
                throw ServiceError(.validation, "The value \(name) for parameter MetricName is not valid.")
            }
        }
    }

    /// The token after faults had their say: the same one for ever, or one that leads to yet another page.
    private func faultyToken(_ next: PageToken?, _ current: PageToken?, _ request: UInt64) -> PageToken? {
        if faults.contains(where: { $0.repeatsToken }) {
            return PageToken(index: 0, asOf: current?.asOf ?? now, request: request)
        }
        if faults.contains(where: { $0.isEndless }) {
            let serial = (current?.serial ?? 0) + 1
            return PageToken(index: 0, asOf: current?.asOf ?? now, request: request, serial: serial)
        }
        return next
    }

    /// What a token is bound to: the time range and the queries.
    private static func fingerprint(_ input: MetricDataInput) -> UInt64 {
        var hash = Noise.mixed(input.StartTime.bitPattern ^ Noise.mixed(input.EndTime.bitPattern))
        for query in input.MetricDataQueries { hash = Noise.mixed(hash ^ Noise.seed(query.Id)) }
        return hash
    }
}
