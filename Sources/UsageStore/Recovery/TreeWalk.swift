import SQLite

/// Walks a b-tree whose pages may be damaged: first by the pointers of whole pages, then to the children of damaged ones by
/// the pointer map.
///
/// A page counts as whole when its bytes are accounted for, its keys ascend, and all of them lie between the keys of the
/// pages above. Where a page is not, the sink is told that rows may be missing.
final class TreeWalk {
    /// Keys that a page's own must lie between, both excluded.
    private struct Bounds {
        var lower: [SQLValue]?
        var upper: [SQLValue]?

        func hold(_ key: [SQLValue]) -> Bool {
            if let lower, !KeyOrder.isBefore(lower, key) { return false }
            if let upper, !KeyOrder.isBefore(key, upper) { return false }
            return true
        }
    }

    /// A place where rows may be missing, and the pages whose children in the pointer map may hold some of them.
    private struct Gap {
        let parents: [Int]
        let bounds: Bounds
    }

    /// SQLite's own limit (BTCURSOR_MAX_DEPTH).
    private static let deepest = 20

    private let page: (Int) -> [UInt8]?
    private let map: PointerMap
    private let tree: StoredTree
    private let sink: any RowSink
    private var claimed: Set<Int> = []
    private var gaps: [Gap] = []
    /// Beside the tree, so that its rows may have been met elsewhere.
    private var isByMap = false

    private init(
        _ tree: StoredTree, map: PointerMap, sink: any RowSink, page: @escaping (Int) -> [UInt8]?
    ) {
        self.tree = tree
        self.map = map
        self.sink = sink
        self.page = page
    }

    static func run(
        _ tree: StoredTree, map: PointerMap, into sink: any RowSink, page: @escaping (Int) -> [UInt8]?
    ) throws(StoreError) {
        let walk = TreeWalk(tree, map: map, sink: sink, page: page)
        try walk.visit(tree.root, from: nil, Bounds(), depth: 0)
        sink.endOfTree()
        try walk.visitOrphans()
    }

    // MARK: By pointers

    private func visit(_ number: Int, from parent: Int?, _ bounds: Bounds, depth: Int) throws(StoreError) {
        guard depth < Self.deepest, !claimed.contains(number), let bytes = page(number),
            let node = BTreePage(bytes, isFirst: number == 1), node.kind.isTable == tree.isTable
        else { return note(number, parent, bounds) }
        if node.kind.isInterior {
            guard let separators = try readSeparators(of: node, number, bounds) else {
                return note(number, parent, bounds)
            }
            claimed.insert(number)
            try descend(node, number, separators, bounds, depth: depth)
        } else {
            guard let rows = try readRows(of: node, number, bounds) else {
                return note(number, parent, bounds)
            }
            claimed.insert(number)
            for row in rows {
                if let row { try sink.take(row) } else { sink.breakOff() }
            }
        }
    }

    private func note(_ number: Int, _ parent: Int?, _ bounds: Bounds) {
        sink.breakOff()
        gaps.append(Gap(parents: [number] + (parent.map { [$0] } ?? []), bounds: bounds))
    }

    private func descend(
        _ node: BTreePage, _ number: Int, _ separators: [StoredRow], _ bounds: Bounds, depth: Int
    ) throws(StoreError) {
        var part = bounds
        for (cell, separator) in zip(node.cells, separators) {
            part.upper = tree.isTable ? [.integer(cell.rowID &+ 1)] : separator.key
            try visit(cell.child, from: number, part, depth: depth + 1)
            if !tree.isTable { try sink.take(separator) }
            part.lower = separator.key
        }
        part.upper = bounds.upper
        try visit(node.rightChild, from: number, part, depth: depth + 1)
    }

    // MARK: By the pointer map

    private func visitOrphans() throws(StoreError) {
        isByMap = true
        var tried: Set<Int> = []
        while let gap = gaps.popLast() {
            for parent in gap.parents {
                for child in map.children(of: parent)
                where !claimed.contains(child) && tried.insert(child).inserted {
                    sink.breakOff()
                    try visit(child, from: nil, gap.bounds, depth: 1)
                    sink.breakOff()
                }
            }
        }
    }

    // MARK: One page

    /// The separators of an interior page; nil when one is damaged or out of place.
    private func readSeparators(
        of node: BTreePage, _ number: Int, _ bounds: Bounds
    ) throws(StoreError) -> [StoredRow]? {
        var rows: [StoredRow] = []
        for cell in node.cells {
            if tree.isTable {
                rows.append(StoredRow(key: [.integer(cell.rowID)], values: []))
            } else {
                guard let row = readRow(cell, of: node, number) else { return nil }
                rows.append(row)
            }
        }
        return try areInPlace(rows, bounds) ? rows : nil
    }

    /// The rows of a leaf, nil for each that cannot be read; nil when one that can be read is out of place.
    private func readRows(
        of node: BTreePage, _ number: Int, _ bounds: Bounds
    ) throws(StoreError) -> [StoredRow?]? {
        let rows = node.cells.map { readRow($0, of: node, number) }
        return try areInPlace(rows.compactMap { $0 }, bounds) ? rows : nil
    }

    private func areInPlace(_ rows: [StoredRow], _ bounds: Bounds) throws(StoreError) -> Bool {
        var last: [SQLValue]?
        for row in rows {
            guard bounds.hold(row.key) else { return false }
            if let last, !KeyOrder.isBefore(last, row.key) { return false }
            if isByMap, try sink.holds(row.key) { return false }
            last = row.key
        }
        return true
    }

    private func readRow(_ cell: BTreePage.Cell, of node: BTreePage, _ number: Int) -> StoredRow? {
        guard let record = payload(cell, of: node, number), let values = RecordReader.values(record) else {
            return nil
        }
        if tree.isTable { return StoredRow(key: [.integer(cell.rowID)], values: values) }
        guard values.count >= tree.keyColumns else { return nil }
        return StoredRow(key: Array(values.prefix(tree.keyColumns)), values: values)
    }

    /// The payload with its overflow pages, which must be as many as it needs and none that belongs elsewhere.
    private func payload(_ cell: BTreePage.Cell, of node: BTreePage, _ number: Int) -> [UInt8]? {
        var payload = Array(node.bytes[cell.local])
        var next = cell.overflow
        var previous = number
        var chain: Set<Int> = []
        while payload.count < cell.payloadBytes {
            let expected: PointerMap.Entry =
                previous == number ? .overflow(of: number) : .nextOverflow(of: previous)
            guard next > 2, chain.insert(next).inserted, (map.entry(next) ?? expected) == expected,
                let bytes = self.page(next)
            else { return nil }
            payload += bytes[4...].prefix(cell.payloadBytes - payload.count)
            previous = next
            next = Int(bytes.bigEndian32(0))
        }
        return next == 0 ? payload : nil
    }
}
