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
        section([RenderedFamilies(families)], format: format)
    }

    /// The same of parts that have all the same families, each with samples of its own.
    package static func section(_ parts: [RenderedFamilies], format: ExpositionFormat) -> [UInt8] {
        guard let descriptors = parts.first?.descriptors else { return [] }
        let parts = parts.filter { $0.descriptors == descriptors }
        let size = parts.reduce(0) { $0 + $1.lines.reduce(0) { $0 + $1.count } }
        var encoder = PageEncoder(format: format, reserving: headBytes * descriptors.count + size)
        for (index, descriptor) in descriptors.enumerated() {
            guard parts.contains(where: { !$0.lines[index].isEmpty }) else { continue }
            encoder.appendHead(descriptor)
            for part in parts { encoder.bytes += part.lines[index] }
        }
        return encoder.bytes
    }

    /// What the two lines above a family's samples mostly need.
    private static let headBytes = 256

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

    private mutating func appendHead(_ descriptor: MetricDescriptor) {
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
    }

    /// The line of one sample after its name, which is the same in both formats.
    static func append(_ value: Double, _ labels: LabelSet, to bytes: inout [UInt8]) {
        if !labels.rendered.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            bytes += labels.rendered
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
        append(value, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
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
            append(Int(value), to: &bytes)
        } else {
            bytes += value.description.utf8
        }
    }

    /// Without a text in between: most values of a page are whole.
    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = number.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }
}

/// OpenMetrics 1.0 text with timestamps, sample by sample, for files that back-fill a database.
package enum HistoryEncoder {
    /// The last line of every file.
    package static let end = Array("# EOF\n".utf8)

    /// TYPE and HELP, once before a family's first sample.
    package static func header(_ descriptor: MetricDescriptor) -> [UInt8] {
        let name = descriptor.openMetricsFamilyName
        return Array("# TYPE \(name) \(descriptor.kind.rawValue)\n# HELP \(name) \(descriptor.help)\n".utf8)
    }

    /// Name and labels, the same for all samples of a series.
    package static func series(_ descriptor: MetricDescriptor, _ labels: LabelSet) -> [UInt8] {
        let labels = labels.rendered.isEmpty ? [] : Array("{".utf8) + labels.rendered + Array("}".utf8)
        return Array(descriptor.name.utf8) + labels + Array(" ".utf8)
    }

    /// One line; the samples of a series must follow each other in the order of time.
    package static func append(
        _ value: Double, at epochSeconds: Int, series: [UInt8], to bytes: inout [UInt8]
    ) {
        bytes += series
        PageEncoder.append(value, to: &bytes)
        bytes.append(UInt8(ascii: " "))
        bytes += String(epochSeconds).utf8
        bytes.append(UInt8(ascii: "\n"))
    }
}
