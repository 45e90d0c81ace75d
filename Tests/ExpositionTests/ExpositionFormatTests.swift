import Testing

@testable import Exposition

struct ExpositionFormatTests {
    @Test(
        "the Accept header decides, and what is unknown gets the text format",
        arguments: [
            (nil, .text),
            ("", .text),
            ("*/*", .text),
            ("text/html,application/xhtml+xml;q=0.9", .text),
            ("text/plain", .text),
            ("application/openmetrics-text", .openMetrics),
            ("application/openmetrics-text;version=1.0.0", .openMetrics),
            ("application/openmetrics-text;version=0.0.1", .text),
            ("application/openmetrics-text; version=1.0.0; charset=utf-8", .openMetrics),
            // What Prometheus 2.42 sends.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics
            ),
            // What Prometheus 3 sends with protobuf first.
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
                    + "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                    + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1", .openMetrics
            ),
            ("text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.8", .text),
            ("application/openmetrics-text;q=0,text/plain;q=0.1", .text),
            ("application/openmetrics-text;q=nonsense", .text),
            ("APPLICATION/OPENMETRICS-TEXT;Q=0.5", .openMetrics),
        ] as [(String?, ExpositionFormat)])
    func negotiation(accept: String?, expected: ExpositionFormat) {
        #expect(ExpositionFormat.negotiate(accept: accept) == expected)
    }
}
