/// The two formats that Prometheus asks for.
package enum ExpositionFormat: CaseIterable, Sendable {
    /// https://prometheus.io/docs/instrumenting/exposition_formats/ "Text-based format", version 0.0.4.
    case text
    /// https://prometheus.io/docs/specs/om/open_metrics_spec/, version 1.0.0.
    case openMetrics

    package var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// The format for an `Accept` header (RFC 9110, 12.5.1): the acceptable one with the higher weight; the text format
    /// when both weigh the same, when nothing known is asked for, or when there is no header.
    package static func negotiate(accept: String?) -> ExpositionFormat {
        guard let accept else { return .text }
        var textWeight = 0.0
        var openMetricsWeight = 0.0
        for range in accept.split(separator: ",").prefix(maximumRanges) {
            let parts = range.split(separator: ";").map { trimmed($0).lowercased() }
            guard let type = parts.first else { continue }
            let parameters = parts.dropFirst()
            let weight = quality(parameters)
            let version = parameters.first { $0.hasPrefix("version=") }?.dropFirst("version=".count)
            switch type {
            case "application/openmetrics-text" where version == nil || version == "1.0.0":
                openMetricsWeight = max(openMetricsWeight, weight)
            case "text/plain" where version == nil || version == "0.0.4", "text/*", "*/*":
                textWeight = max(textWeight, weight)
            default:
                continue
            }
        }
        return openMetricsWeight > textWeight ? .openMetrics : .text
    }

    /// A longer list is not a client's preference.
    private static let maximumRanges = 32

    private static func quality(_ parameters: ArraySlice<String>) -> Double {
        guard let text = parameters.first(where: { $0.hasPrefix("q=") })?.dropFirst(2) else { return 1 }
        guard let weight = Double(text), weight >= 0, weight <= 1 else { return 0 }
        return weight
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = text.firstIndex(where: { !isBlank($0) }) else { return "" }
        guard let last = text.lastIndex(where: { !isBlank($0) }) else { return "" }
        return text[first...last]
    }
}
