import Exposition
import Synchronization

/// The metrics page as bytes, rendered when data changes and swapped whole; a scrape only picks it up.
package final class RenderedPage: Sendable {
    private struct State {
        /// Usage, a part for each Region.
        var usage: [RenderedFamilies] = []
        var page: [ExpositionFormat: [UInt8]] = [:]
    }

    private let state = Mutex(State())

    package init() {
        update(selfFamilies: [])
    }

    /// Takes the Regions' parts; the next `update(selfFamilies:)` makes them visible.
    package func update(usage: [RenderedFamilies]) {
        state.withLock { $0.usage = usage }
    }

    /// Renders the exporter's own part anew and joins it with the Regions' parts. One call at a time: of two the page
    /// of the later one stays.
    package func update(selfFamilies: [MetricFamily]) {
        let usage = state.withLock { $0.usage }
        let own = [RenderedFamilies(selfFamilies)]
        for format in ExpositionFormat.allCases {
            let sections = [usage, own].map { PageEncoder.section($0, format: format) }
            let page = PageEncoder.page(sections, format: format)
            state.withLock { $0.page[format] = page }
        }
    }

    package func bytes(_ format: ExpositionFormat) -> [UInt8] {
        state.withLock { $0.page[format] ?? [] }
    }
}
