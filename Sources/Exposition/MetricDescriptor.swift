/// What a metric family is called and means: the single source for exposition, documentation and tests.
package struct MetricDescriptor: Hashable, Sendable {
    package enum Kind: String, Sendable {
        case counter
        case gauge
    }

    /// The sample's name; a counter's ends in `_total`.
    package let name: String
    package let kind: Kind
    /// One line of plain English, without quotes or backslashes.
    package let help: String
    /// Label names in the order in which they are written.
    package let labels: [String]

    package init(_ name: String, _ kind: Kind, labels: [String] = [], help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
    }

    /// OpenMetrics 1.0 names a counter's family without the `_total` of its sample.
    var openMetricsFamilyName: Substring {
        kind == .counter && name.hasSuffix("_total") ? name.dropLast("_total".count) : name[...]
    }
}
