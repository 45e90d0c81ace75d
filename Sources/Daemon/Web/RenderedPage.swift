import Exposition
import Synchronization

/// The metrics page as bytes, rendered when data changes and swapped whole; a scrape only picks it up.
package final class RenderedPage: Sendable {
    private struct State {
        var usage: [ExpositionFormat: [UInt8]] = [:]
        var page: [ExpositionFormat: [UInt8]] = [:]
    }

    private let state = Mutex(State())

    package init() {
        update(selfFamilies: [])
    }

    /// Renders the snapshot's part anew; the next `update(selfFamilies:)` makes it visible.
    package func update(usageFamilies: [MetricFamily]) {
        for format in ExpositionFormat.allCases {
            let section = PageEncoder.section(usageFamilies, format: format)
            state.withLock { $0.usage[format] = section }
        }
    }

    /// Renders the exporter's own part anew and joins it with the snapshot's part.
    package func update(selfFamilies: [MetricFamily]) {
        for format in ExpositionFormat.allCases {
            let section = PageEncoder.section(selfFamilies, format: format)
            state.withLock {
                $0.page[format] = PageEncoder.page([$0.usage[format] ?? [], section], format: format)
            }
        }
    }

    package func bytes(_ format: ExpositionFormat) -> [UInt8] {
        state.withLock { $0.page[format] ?? [] }
    }
}
