/// Answers ListMetrics and GetMetricData of one Region in JSON 1.0.
struct CloudWatchService {
    let scenario: SimulatedScenario
    let metrics: RegionMetrics
    let cache: TrafficCache
    let now: Double

    func getMetricData(_ input: MetricDataInput) throws(ServiceError) -> [UInt8] {
        let queries = try input.validatedQueries()
        let token = try PageToken(input.NextToken, of: Self.fingerprint(input), now: now)
        let request = MetricDataRequest(
            startTime: input.StartTime, endTime: input.EndTime,
            isDescending: input.ScanBy != "TimestampAscending", now: token.asOf)
        var reader = SeriesReader(metrics, scenario: scenario, cache: cache, now: token.asOf)
        let limit = min(input.MaxDatapoints ?? scenario.datapointsPerPage, scenario.datapointsPerPage)
        let page = MetricDataPage(
            queries, request: request, from: (token.index, token.offset), limit: limit, metrics: metrics,
            reader: &reader)
        return page.text(
            queries, next: page.next.map { token.next(index: $0.query, offset: $0.period) })
    }

    func listMetrics(_ input: ListMetricsInput) throws(ServiceError) -> [UInt8] {
        guard input.RecentlyActive == nil || input.RecentlyActive == "PT3H" else {
            throw ServiceError(.validation, "The parameter RecentlyActive must be PT3H.")
        }
        let fingerprint = Noise.seed("\(input.MetricName ?? "")/\(input.RecentlyActive ?? "")")
        let token = try PageToken(input.NextToken, of: fingerprint, now: now)
        let page = token.page(of: matchingMetrics(input, token.asOf), size: scenario.metricsPerPage)
        return MetricListing.text(page.rows, next: page.next?.text)
    }

    private func matchingMetrics(_ input: ListMetricsInput, _ asOf: Double) -> [MetricIdentity] {
        var reader = SeriesReader(metrics, scenario: scenario, cache: cache, now: asOf)
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

    /// What a token is bound to: the time range and the queries.
    private static func fingerprint(_ input: MetricDataInput) -> UInt64 {
        var hash = Noise.mixed(input.StartTime.bitPattern ^ Noise.mixed(input.EndTime.bitPattern))
        for query in input.MetricDataQueries { hash = Noise.mixed(hash ^ Noise.seed(query.Id)) }
        return hash
    }
}

/// The input of ListMetrics; names are the API's.
struct ListMetricsInput: Decodable {
    struct DimensionFilter: Decodable {
        var Name: String
        var Value: String?
    }

    var Namespace: String?
    var MetricName: String?
    var Dimensions: [DimensionFilter]?
    var RecentlyActive: String?
    var NextToken: String?

    /// Whether namespace, metric name and every dimension filter fit.
    func matches(_ identity: MetricIdentity) -> Bool {
        guard Namespace == nil || Namespace == identity.namespace,
            MetricName == nil || MetricName == identity.metricName
        else { return false }
        return (Dimensions ?? []).allSatisfy { filter in
            identity.dimensions.contains {
                $0.name == filter.Name && (filter.Value == nil || $0.value == filter.Value)
            }
        }
    }
}

/// The answer of ListMetrics, and which series are part of it.
enum MetricListing {
    /// A series without data disappears after two weeks; `RecentlyActive` means three hours.
    static let listedMinutes = 14 * 1440
    static let activeMinutes = 180

    /// Whether the series has a datapoint in the range; generated ones are looked at only if `needsData`.
    static func isListed(
        _ source: MetricSource, minutes: Range<Int>, needsData: Bool, _ reader: inout SeriesReader
    ) -> Bool {
        switch source {
        case .empty: return !needsData
        case .traffic, .share, .aggregate:
            return !needsData || reader.statistics(source, minutes: minutes) != nil
        case .explicit(let values, _):
            return values.contains { minutes.contains($0.key) }
        }
    }

    static func text(_ identities: ArraySlice<MetricIdentity>, next: String?) -> [UInt8] {
        var text = JSONText(reservedBytes: 256 + identities.count * 160)
        text.object { text in
            text.key("Metrics")
            text.array { text in
                for identity in identities { append(identity, to: &text) }
            }
            if let next { text.member("NextToken", next) }
        }
        return text.bytes
    }

    private static func append(_ identity: MetricIdentity, to text: inout JSONText) {
        text.object { text in
            text.key("Dimensions")
            text.array { text in
                for dimension in identity.dimensions {
                    text.object {
                        $0.member("Name", dimension.name)
                        $0.member("Value", dimension.value)
                    }
                }
            }
            text.member("MetricName", identity.metricName)
            text.member("Namespace", identity.namespace)
        }
    }
}
