import Exposition
import QuotaModel
import Synchronization
import System

/// The metrics page, its lines rendered when data change and swapped whole. The first scrape after a change joins them in the
/// format that it wants by copying; the others pick that up. A scrape of a part copies the lines of the Regions that it names.
package final class RenderedPage: Sendable {
    /// Usage of each Region with its place on the page.
    package typealias Usage = [(key: RegionKey, families: RenderedFamilies)]

    /// What a page is made of.
    private struct Content {
        var usage: [RegionKey: RenderedFamilies] = [:]
        /// The exporter's own families, those that tell of a Region apart.
        var own: [RegionKey?: RenderedFamilies] = [:]
        /// All Regions that either knows, ascending.
        var keys: [RegionKey] = []
        var byAccount: [String: [RegionKey]] = [:]
    }

    private struct State {
        /// Not visible yet.
        var usage: Usage = []
        var content = Content()
        /// Of the content, in the formats that were scraped.
        var page: [ExpositionFormat: [UInt8]] = [:]
    }

    private let state = Mutex(State())

    package init() {
        update(selfFamilies: [])
    }

    /// Takes the Regions' parts, ascending; the next `update(selfFamilies:)` makes them visible.
    package func update(usage: Usage) {
        state.withLock { $0.usage = usage }
    }

    /// Renders the exporter's own part anew and joins it with the Regions' parts. One call at a time: of two the page
    /// of the later one stays.
    package func update(selfFamilies: [MetricFamily]) {
        let usage = state.withLock { $0.usage }
        var content = Content()
        content.usage = Dictionary(usage.map { ($0.key, $0.families) }, uniquingKeysWith: { $1 })
        content.own = RenderedFamilies.byRegion(selfFamilies)
        content.keys = Set(usage.map(\.key)).union(content.own.keys.compactMap { $0 }).sorted()
        content.byAccount = Dictionary(grouping: content.keys, by: \.account)
        state.withLock { state in
            state.content = content
            state.page = [:]
        }
    }

    /// The whole page.
    package func bytes(_ format: ExpositionFormat) -> [UInt8] {
        state.withLock { state in
            if let page = state.page[format] { return page }
            let page = Self.page(state.content, of: state.content.keys, isOwn: true, format)
            state.page[format] = page
            return page
        }
    }

    /// A part of the page that is visible now.
    ///
    /// - Throws: Why there is no such part: an account or Region that nothing is known of.
    package func bytes(_ part: MetricsPart, _ format: ExpositionFormat) throws(InvalidValue) -> [UInt8] {
        let content = state.withLock { $0.content }
        return Self.page(
            content, of: try part.keys(in: content.keys, content.byAccount), isOwn: part.isOwn, format)
    }

    private static func page(
        _ content: Content, of keys: [RegionKey], isOwn: Bool, _ format: ExpositionFormat
    ) -> [UInt8] {
        let usage = keys.compactMap { content.usage[$0] }
        let own = (isOwn ? [content.own[nil]] : []) + keys.map { content.own[$0] }
        return PageEncoder.page(
            [usage, own.compactMap { $0 }].map { PageEncoder.section($0, format: format) }, format: format)
    }
}

/// Which part of the metrics a scrape names. All parts of one account each, and the exporter's own, are the page: no series
/// is in two of them.
package struct MetricsPart: Equatable, Sendable {
    /// Empty for all.
    package var accounts: Set<String> = []
    package var regions: Set<String> = []
    /// With what tells of the exporter as a whole, of no Region.
    package var isOwn = false

    package init() {}

    /// Out of the parameters of the address.
    ///
    /// - Throws: What is wrong with them; a parameter that is misspelt must not lead to all series in every part.
    package static func read(_ query: [(name: String, value: String)]) throws(InvalidValue) -> MetricsPart {
        let parameters = try QueryParameters(query, once: ["self"], repeated: ["account", "region"])
        var part = MetricsPart()
        part.accounts = parameters.values("account")
        part.regions = parameters.values("region")
        if let own = parameters["self"] {
            guard own == "true" else {
                throw InvalidValue("self: \(Shown.value(own)) is not allowed; allowed: true, or left out")
            }
            part.isOwn = true
        }
        return part
    }

    /// The Regions of the part, ascending; none where only the exporter's own is asked for.
    fileprivate func keys(
        in all: [RegionKey], _ byAccount: [String: [RegionKey]]
    ) throws(InvalidValue) -> [RegionKey] {
        guard !accounts.isEmpty || !regions.isEmpty else { return [] }
        for account in accounts.sorted() where byAccount[account] == nil {
            throw InvalidValue("account: \(Shown.value(account)) is not polled, or its ID is not known yet")
        }
        let candidates = accounts.isEmpty ? all : accounts.sorted().flatMap { byAccount[$0] ?? [] }
        guard !regions.isEmpty else { return candidates }
        let found = candidates.filter { regions.contains($0.region) }
        if let missing = regions.subtracting(found.map(\.region)).sorted().first {
            let whose = accounts.isEmpty ? "" : " in these accounts"
            throw InvalidValue("region: \(Shown.value(missing)) is not polled\(whose)")
        }
        return found
    }
}
