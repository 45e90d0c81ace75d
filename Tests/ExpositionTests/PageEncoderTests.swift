import Testing

@testable import Exposition

struct PageEncoderTests {
    private let tokens = MetricDescriptor("t_tokens_total", .counter, labels: ["model_id"], help: "Tokens.")
    private let ratio = MetricDescriptor("t_ratio", .gauge, help: "A ratio.")

    private func text(_ families: [MetricFamily], _ format: ExpositionFormat) -> String {
        String(
            decoding: PageEncoder.page([PageEncoder.section(families, format: format)], format: format),
            as: UTF8.self)
    }

    @Test("the text format writes HELP, TYPE and samples of a family together")
    func textFormat() {
        var family = MetricFamily(tokens)
        family.add(LabelSet([("model_id", "a")]), 12)
        family.add(LabelSet([("model_id", "b")]), 0.5)
        let expected = """
            # HELP t_tokens_total Tokens.
            # TYPE t_tokens_total counter
            t_tokens_total{model_id="a"} 12
            t_tokens_total{model_id="b"} 0.5
            # HELP t_ratio A ratio.
            # TYPE t_ratio gauge
            t_ratio 0.75

            """
        #expect(text([family, MetricFamily(ratio, value: 0.75)], .text) == expected)
    }

    @Test("OpenMetrics names a counter's family without _total and ends with EOF")
    func openMetricsFormat() {
        var family = MetricFamily(tokens)
        family.add(LabelSet([("model_id", "a")]), 12)
        let expected = """
            # TYPE t_tokens counter
            # HELP t_tokens Tokens.
            t_tokens_total{model_id="a"} 12
            # EOF

            """
        #expect(text([family], .openMetrics) == expected)
    }

    @Test("a family without samples is left out, and an empty page is valid in both formats")
    func emptyPages() {
        #expect(text([MetricFamily(ratio)], .text) == "")
        #expect(text([], .openMetrics) == "# EOF\n")
    }

    @Test("Invariant 2: an unknown figure is absent, a zero is written")
    func absentIsNotZero() {
        var family = MetricFamily(ratio)
        family.add(LabelSet([("q", "unknown")]), nil as Double?)
        family.add(LabelSet([("q", "zero")]), 0.0 as Double?)
        #expect(text([family], .text).contains("t_ratio{q=\"zero\"} 0\n"))
        #expect(!text([family], .text).contains("unknown"))
    }

    @Test(
        "values are written so that they read back exactly",
        arguments: [
            (0.0, "0"), (-0.0, "0"), (1, "1"), (-3, "-3"), (0.1, "0.1"), (1e-7, "1e-07"),
            (9_007_199_254_740_992, "9007199254740992"), (1e16, "1e+16"), (1e300, "1e+300"),
            (.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (0.1 + 0.2, "0.30000000000000004"),
        ] as [(Double, String)])
    func values(value: Double, expected: String) {
        var bytes: [UInt8] = []
        PageEncoder.append(value, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
        if value.isFinite { #expect(Double(expected) == value) }
    }

    private func text(_ labels: LabelSet) -> String { String(decoding: labels.rendered, as: UTF8.self) }

    @Test("label values are escaped, whatever a model ID holds")
    func escaping() {
        let labels = LabelSet([("a", "back\\slash"), ("b", "quo\"te"), ("c", "line\nfeed"), ("d", "日本 {},=")])
        #expect(text(labels) == #"a="back\\slash",b="quo\"te",c="line\nfeed",d="日本 {},=""#)
        #expect(text(.none.adding("w", "5m")) == #"w="5m""#)
        #expect(text(LabelSet([("a", "1")]).adding("w", "\"")) == #"a="1",w="\"""#)
    }
}
