import Exposition
import QuotaModel
import Synchronization
import System

/// The metrics page, its lines rendered when data change and swapped whole. The first scrape after a change joins them in the
/// format that it wants by copying; the others pick that up. A scrape of a part copies the lines of the Regions that it names.
package final class RenderedPage: Sendable {
    /// Usage of each Region with its place on the page.
    package typealias Usage = [(key: RegionKey, families: RenderedFamilies)]

    /// Families of the exporter's own: those that tell of each Region and, under nil, of it as a whole.
    package typealias Section = [RegionKey?: RenderedFamilies]

    /// What a page is made of.
    private struct Content {
        var usage: [RegionKey: RenderedFamilies] = [:]
        var own: [Section] = []
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
        update(own: [])
    }

    /// Takes the Regions' parts, ascending; the next `update(own:)` makes them visible.
    package func update(usage: Usage) {
        state.withLock { $0.usage = usage }
    }

    /// Takes the exporter's own families, which follow each other on the page, and joins them with the Regions' parts. One
    /// call at a time: of two the page of the later one stays.
    package func update(own: [Section]) {
        let (usage, shown) = state.withLock { ($0.usage, $0.content) }
        var content = Content()
        content.usage = Dictionary(usage.map { ($0.key, $0.families) }, uniquingKeysWith: { $1 })
        content.own = own
        let keys = Set(usage.map(\.key)).union(own.flatMap { $0.keys.compactMap { $0 } })
        if keys.count == shown.keys.count, shown.keys.allSatisfy(keys.contains) {
            (content.keys, content.byAccount) = (shown.keys, shown.byAccount)
        } else {
            content.keys = keys.sorted()
            content.byAccount = Dictionary(grouping: content.keys, by: \.account)
        }
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
        let own = content.own.map { section in
            (isOwn ? [section[nil]] : []).compactMap { $0 } + keys.compactMap { section[$0] }
        }
        return PageEncoder.page(
            ([usage] + own).map { PageEncoder.section($0, format: format) }, format: format)
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
