import QuotaModel

/// One family with its samples, written down at once: a large page would take several times its size as values. The order of
/// samples is the caller's and should be stable between pages.
package struct MetricFamily: Sendable {
    package let descriptor: MetricDescriptor
    package private(set) var sampleCount = 0
    /// The lines of the samples, which are the same in every format.
    private(set) var lines: [UInt8] = []
    /// Where the lines end of samples that follow each other and tell of the same Region.
    private(set) var stretches: [(region: RegionKey?, end: Int)] = []
    /// What every line begins with.
    private let name: [UInt8]

    package init(_ descriptor: MetricDescriptor) {
        self.descriptor = descriptor
        name = Array(descriptor.name.utf8)
    }

    /// A family of one sample without labels.
    package init(_ descriptor: MetricDescriptor, value: Double) {
        self.init(descriptor)
        add(.none, value)
    }

    package mutating func add(_ labels: LabelSet, _ value: Double) {
        lines += name
        PageEncoder.append(value, labels, to: &lines)
        sampleCount += 1
        if let last = stretches.indices.last, Self.isSame(stretches[last].region, labels.region) {
            stretches[last].end = lines.count
        } else {
            stretches.append((labels.region, lines.count))
        }
    }

    /// Compared for each sample, mostly with itself: told apart here, this takes a tenth of what the general comparison of
    /// optionals does.
    private static func isSame(_ a: RegionKey?, _ b: RegionKey?) -> Bool {
        switch (a, b) {
        case (nil, nil): true
        case (let a?, let b?): a.region == b.region && a.account == b.account
        case _: false
        }
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
    /// `account="prod",region="ap-southeast-1"` in UTF-8; empty for no labels.
    private(set) var rendered: [UInt8]
    /// The Region that the sample tells of; nil for one of the whole exporter.
    let region: RegionKey?

    package static let none = LabelSet(rendered: [], region: nil)

    private init(rendered: [UInt8], region: RegionKey?) {
        self.rendered = rendered
        self.region = region
    }

    /// Labels in the order given; names are the program's own and need no escaping, values may be anything.
    ///
    /// - Parameter region: The Region that the sample tells of, which the labels name as well.
    package init(_ pairs: [(name: String, value: String)], of region: RegionKey? = nil) {
        rendered = []
        self.region = region
        rendered.reserveCapacity(
            pairs.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + Self.punctuationBytes })
        for (name, value) in pairs { add(name, value) }
    }

    /// Adds a label at the end.
    package mutating func add(_ name: String, _ value: String) {
        if !rendered.isEmpty { rendered.append(UInt8(ascii: ",")) }
        rendered += name.utf8
        rendered.append(UInt8(ascii: "="))
        rendered.append(UInt8(ascii: "\""))
        Self.appendEscaped(value, to: &rendered)
        rendered.append(UInt8(ascii: "\""))
    }

    /// The same labels with one more at the end.
    package func adding(_ name: String, _ value: String) -> LabelSet {
        var labels = self
        // Mostly more follow.
        labels.rendered.reserveCapacity(rendered.count + Self.usualRoom)
        labels.add(name, value)
        return labels
    }

    private static let usualRoom = 128

    /// Of one label, the comma before it included.
    private static let punctuationBytes = 4

    /// Text format 0.0.4 and OpenMetrics 1.0 alike escape backslash, double quote and line feed in values.
    private static func appendEscaped(_ value: String, to text: inout [UInt8]) {
        let (backslash, quote, lineFeed) = (UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "\n"))
        // The bytes where they lie: the view's own iterator takes several times as long.
        let isPlain = value.utf8.withContiguousStorageIfAvailable { bytes in
            !bytes.contains { $0 == backslash || $0 == quote || $0 == lineFeed }
        }
        guard isPlain != true else {
            text += value.utf8
            return
        }
        for byte in value.utf8 {
            switch byte {
            case backslash, quote: text += [backslash, byte]
            case lineFeed: text += [backslash, UInt8(ascii: "n")]
            default: text.append(byte)
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
        // Without the room that the lines grew into: these stay.
        lines = families.map { family in
            [UInt8](unsafeUninitializedCapacity: family.lines.count) { room, count in
                count = room.initialize(fromContentsOf: family.lines)
            }
        }
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
            var start = 0
            for (region, end) in family.stretches {
                lines[region, default: nothing][index] += family.lines[start..<end]
                start = end
            }
        }
        return lines.mapValues { RenderedFamilies(descriptors, $0) }
    }
}
