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
        case .traffic, .aggregate:
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
