import SQLite

/// Where the b-trees of a damaged store begin: as its own schema says, else where this program's stores have them.
///
/// In an auto-vacuum file each new b-tree begins on the page after the last one's first (`btreeCreateTable` of SQLite), and
/// migrations make them in one order, so that the first pages of all stores are the same.
struct SchemaPages {
    /// The schema was read whole.
    let isWhole: Bool
    /// Names that the schema gives.
    let names: Set<String>
    private let stored: [String: Int]
    private let usual: [String: Int]
    private let map: PointerMap

    /// - Parameter model: A new store of this version.
    init(_ file: PageFile, map: PointerMap, model: Database) throws(StoreError) {
        self.map = map
        var usual: [String: Int] = [:]
        try model.query("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0") { row in
            usual[row.text(0)] = row.integer(1)
        }
        self.usual = usual
        let sink = CollectedRows()
        try TreeWalk.run(
            StoredTree(root: 1, isTable: true, keyColumns: 0), map: map, into: sink, page: file.page)
        isWhole = sink.isWhole
        var roots: [(name: String, page: Int)] = []
        for row in sink.rows {
            guard row.values.count == 5, case .text(let name) = row.values[1],
                case .integer(let page) = row.values[3], page > 0
            else { continue }
            roots.append((name, page))
        }
        names = Set(roots.map(\.name))
        let uses = Dictionary(grouping: roots, by: \.page)
        stored = Dictionary(
            roots.filter { root in
                uses[root.page]?.count == 1 && map.entry(root.page) ?? .root == .root
            }.map { ($0.name, $0.page) }, uniquingKeysWith: { first, _ in first })
    }

    /// Nil for a table that the store does not have, as one of an earlier version.
    func root(of name: String) -> Int? {
        if let root = stored[name] { return root }
        guard let root = usual[name], !stored.values.contains(root) else { return nil }
        if let entry = map.entry(root) { return entry == .root ? root : nil }
        return isWhole && !names.contains(name) ? nil : root
    }

    /// True when the schema is whole and knows nothing of ours.
    var isForeign: Bool { isWhole && names.isDisjoint(with: usual.keys) }
}

/// Keeps what a walk of a small tree finds.
final class CollectedRows: RowSink {
    private(set) var rows: [StoredRow] = []
    private(set) var isWhole = true

    func take(_ row: StoredRow) { rows.append(row) }

    func breakOff() {
        guard !isTreeOver else { return }
        isWhole = false
    }

    func endOfTree() { isTreeOver = true }

    func holds(_ key: [SQLValue]) -> Bool {
        rows.contains { !KeyOrder.isBefore($0.key, key) && !KeyOrder.isBefore(key, $0.key) }
    }

    private var isTreeOver = false
}
