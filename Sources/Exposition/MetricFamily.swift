import QuotaModel

/// One family with its samples; the order of samples is the caller's and should be stable between pages.
package struct MetricFamily: Sendable {
    package struct Sample: Sendable {
        let labels: LabelSet
        let value: Double
    }

    package let descriptor: MetricDescriptor
    package private(set) var samples: [Sample] = []

    package init(_ descriptor: MetricDescriptor) {
        self.descriptor = descriptor
    }

    /// A family of one sample without labels.
    package init(_ descriptor: MetricDescriptor, value: Double) {
        self.descriptor = descriptor
        add(.none, value)
    }

    package mutating func add(_ labels: LabelSet, _ value: Double) {
        samples.append(Sample(labels: labels, value: value))
    }

    /// Leaves the sample out when the figure is not known: absent is not zero.
    package mutating func add(_ labels: LabelSet, _ value: Double?) {
        if let value { add(labels, value) }
    }
}

extension MetricFamily {
    /// A family of one sample, or of none while the figure is not known.
    package init(_ descriptor: MetricDescriptor, optional value: Double?) {
        self.init(descriptor)
        add(.none, value)
    }
}

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

/// Label values of one sample, rendered and escaped once, so that a page is put together by copying bytes.
package struct LabelSet: Hashable, Sendable {
    /// `account="prod",region="ap-southeast-1"`; empty for no labels.
    let rendered: String
    /// The Region that the sample tells of; nil for one of the whole exporter.
    let region: RegionKey?

    package static let none = LabelSet(rendered: "", region: nil)

    private init(rendered: String, region: RegionKey?) {
        self.rendered = rendered
        self.region = region
    }

    /// Labels in the order given; names are the program's own and need no escaping, values may be anything.
    ///
    /// - Parameter region: The Region that the sample tells of, which the labels name as well.
    package init(_ pairs: [(name: String, value: String)], of region: RegionKey? = nil) {
        var text = ""
        for (name, value) in pairs {
            if !text.isEmpty { text += "," }
            text += name
            text += "=\""
            Self.appendEscaped(value, to: &text)
            text += "\""
        }
        rendered = text
        self.region = region
    }

    /// The same labels with one more at the end.
    package func adding(_ name: String, _ value: String) -> LabelSet {
        let tail = LabelSet([(name, value)]).rendered
        return LabelSet(rendered: rendered.isEmpty ? tail : rendered + "," + tail, region: region)
    }

    /// Text format 0.0.4 and OpenMetrics 1.0 alike escape backslash, double quote and line feed in values.
    private static func appendEscaped(_ value: String, to text: inout String) {
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}

extension LabelSet {
    package init(_ region: RegionKey) {
        self.init([("account", region.account), ("region", region.region)], of: region)
    }
}

/// Families of which the samples are rendered: their lines are the same in every format, so that a page out of many
/// parts is put together by copying.
package struct RenderedFamilies: Sendable {
    let descriptors: [MetricDescriptor]
    /// The lines of each descriptor's samples.
    let lines: [[UInt8]]

    package init(_ families: [MetricFamily]) {
        descriptors = families.map(\.descriptor)
        lines = families.map(PageEncoder.lines)
    }

    private init(_ descriptors: [MetricDescriptor], _ lines: [[UInt8]]) {
        self.descriptors = descriptors
        self.lines = lines
    }

    /// The same families for each Region that samples tell of and, always there under nil, for the exporter as a whole.
    package static func byRegion(_ families: [MetricFamily]) -> [RegionKey?: RenderedFamilies] {
        let descriptors = families.map(\.descriptor)
        let nothing: [[UInt8]] = Array(repeating: [], count: families.count)
        var lines: [RegionKey?: [[UInt8]]] = [nil: nothing]
        for (index, family) in families.enumerated() {
            for sample in family.samples {
                PageEncoder.append(
                    sample, of: family.descriptor, to: &lines[sample.labels.region, default: nothing][index])
            }
        }
        return lines.mapValues { RenderedFamilies(descriptors, $0) }
    }
}
