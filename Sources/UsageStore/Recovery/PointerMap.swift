/// The parent of each page (https://www.sqlite.org/fileformat2.html#pointer_map_or_ptrmap_pages), by which pages are found
/// whose parent is damaged. Stores have it because they are auto-vacuum files.
final class PointerMap {
    enum Entry: Equatable {
        case root
        case free
        case overflow(of: Int)
        case nextOverflow(of: Int)
        case node(parent: Int)
    }

    private static let entryBytes = 5
    private static let entries = PageFile.pageBytes / entryBytes
    /// Never used: SQLite's locks lie there (https://www.sqlite.org/fileformat2.html#the_lock_byte_page).
    private static let lockPage = 0x4000_0000 / PageFile.pageBytes + 1

    private let pageCount: Int
    private let page: (Int) -> [UInt8]?
    private var cached: (number: Int, bytes: [UInt8]?)?
    /// Made when it is first asked for: only damage makes it useful.
    private lazy var childrenByParent = collectChildren()

    init(pageCount: Int, page: @escaping (Int) -> [UInt8]?) {
        self.pageCount = pageCount
        self.page = page
    }

    /// Nil where the map itself cannot be trusted, or the page has no entry.
    func entry(_ number: Int) -> Entry? {
        guard number > 2 else { return nil }
        var map = (number - 2) / (Self.entries + 1) * (Self.entries + 1) + 2
        if map == Self.lockPage { map += 1 }
        guard number > map else { return nil }
        if cached?.number != map { cached = (map, trusted(map)) }
        guard let bytes = cached?.bytes else { return nil }
        return Self.entry(bytes, number - map - 1)
    }

    /// Pages of b-trees whose parent is this one.
    func children(of parent: Int) -> [Int] { childrenByParent[parent] ?? [] }

    private func collectChildren() -> [Int: [Int]] {
        var children: [Int: [Int]] = [:]
        for number in stride(from: 3, through: pageCount, by: 1) {
            guard case .node(let parent) = entry(number) else { continue }
            children[parent, default: []].append(number)
        }
        return children
    }

    /// A map page of which every entry makes sense.
    private func trusted(_ map: Int) -> [UInt8]? {
        guard let bytes = page(map) else { return nil }
        let count = min(Self.entries, pageCount - map)
        for index in 0..<max(0, count) where map + 1 + index != Self.lockPage {
            guard Self.entry(bytes, index) != nil else { return nil }
        }
        return bytes
    }

    private static func entry(_ bytes: [UInt8], _ index: Int) -> Entry? {
        let offset = index * entryBytes
        guard offset + entryBytes <= bytes.count else { return nil }
        let parent = Int(bytes.bigEndian32(offset + 1))
        switch bytes[offset] {
        case 1: return parent == 0 ? .root : nil
        case 2: return parent == 0 ? .free : nil
        case 3: return parent > 0 ? .overflow(of: parent) : nil
        case 4: return parent > 0 ? .nextOverflow(of: parent) : nil
        case 5: return parent > 0 ? .node(parent: parent) : nil
        case _: return nil
        }
    }
}
