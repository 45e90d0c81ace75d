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
}
