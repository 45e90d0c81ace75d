/// Families to bytes, the only place that writes exposition text.
package struct PageEncoder {
    private var bytes: [UInt8] = []
    private let format: ExpositionFormat

    private init(format: ExpositionFormat, reserving capacity: Int) {
        self.format = format
        bytes.reserveCapacity(capacity)
    }

    /// The families' text without an end mark, so that sections rendered at different times can be joined.
    /// A family without samples is left out.
    package static func section(_ families: [MetricFamily], format: ExpositionFormat) -> [UInt8] {
        let sampleCount = families.reduce(0) { $0 + $1.samples.count }
        var encoder = PageEncoder(format: format, reserving: 256 * families.count + 160 * sampleCount)
        for family in families where !family.samples.isEmpty {
            encoder.append(family)
        }
        return encoder.bytes
    }

    /// A whole page out of sections; OpenMetrics ends with `# EOF`.
    package static func page(_ sections: [[UInt8]], format: ExpositionFormat) -> [UInt8] {
        var page: [UInt8] = []
        page.reserveCapacity(sections.reduce(8) { $0 + $1.count })
        for section in sections { page += section }
        switch format {
        case .text: break
        case .openMetrics: page += "# EOF\n".utf8
        }
        return page
    }

    private mutating func append(_ family: MetricFamily) {
        let descriptor = family.descriptor
        let name =
            switch format {
            case .text: descriptor.name[...]
            case .openMetrics: descriptor.openMetricsFamilyName
            }
        switch format {
        case .text:
            line("# HELP ", name, " ", descriptor.help[...])
            line("# TYPE ", name, " ", descriptor.kind.rawValue[...])
        case .openMetrics:
            line("# TYPE ", name, " ", descriptor.kind.rawValue[...])
            line("# HELP ", name, " ", descriptor.help[...])
        }
        for sample in family.samples {
            bytes += descriptor.name.utf8
            if !sample.labels.rendered.isEmpty {
                bytes.append(UInt8(ascii: "{"))
                bytes += sample.labels.rendered.utf8
                bytes.append(UInt8(ascii: "}"))
            }
            bytes.append(UInt8(ascii: " "))
            Self.append(sample.value, to: &bytes)
            bytes.append(UInt8(ascii: "\n"))
        }
    }

    private mutating func line(_ parts: Substring...) {
        for part in parts { bytes += part.utf8 }
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Whole numbers without fraction up to 2^53, else the shortest text that reads back as the same value.
    static func append(_ value: Double, to bytes: inout [UInt8]) {
        if value.isNaN {
            bytes += "NaN".utf8
        } else if value.isInfinite {
            bytes += (value > 0 ? "+Inf" : "-Inf").utf8
        } else if value.magnitude <= 0x1p53, value == value.rounded(.towardZero) {
            bytes += String(Int(value)).utf8
        } else {
            bytes += "\(value)".utf8
        }
    }
}
