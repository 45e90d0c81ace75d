import Testing

@testable import Exposition

struct MetricCatalogTests {
    private let all = MetricCatalog.all + ProcessMetricCatalog.all

    @Test("names are unique")
    func uniqueNames() {
        #expect(Set(all.map(\.name)).count == all.count)
    }

    @Test("names and labels follow the Prometheus conventions")
    func conventions() {
        for metric in all {
            #expect(metric.name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" }, "\(metric.name)")
            #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"), "\(metric.name)")
            #expect(metric.labels.allSatisfy { !$0.hasPrefix("_") && $0 != "le" && $0 != "quantile" })
            #expect(metric.help.hasSuffix("."), "\(metric.name)")
            #expect(!metric.help.contains { $0 == "\\" || $0 == "\"" || $0 == "\n" }, "\(metric.name)")
        }
    }
}
