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
        let labels = labels.rendered.isEmpty ? "" : "{\(labels.rendered)}"
        return Array("\(descriptor.name)\(labels) ".utf8)
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
