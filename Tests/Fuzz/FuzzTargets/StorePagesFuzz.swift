@testable import SQLite
@testable import UsageStore

/// Pages of a damaged store, and its log: every walk ends, and rows come in the order of the tree, each once.
enum StorePagesFuzz {
    static func run(_ bytes: [UInt8]) throws(FuzzFinding) {
        let count = (bytes.count + PageFile.pageBytes - 1) / PageFile.pageBytes
        let page: (Int) -> [UInt8]? = { number in
            guard (1...max(1, count)).contains(number), !bytes.isEmpty else { return nil }
            let part = Array(bytes[((number - 1) * PageFile.pageBytes)...].prefix(PageFile.pageBytes))
            return part + [UInt8](repeating: 0, count: PageFile.pageBytes - part.count)
        }
        let map = PointerMap(pageCount: count, page: page)
        for root in 1...max(1, count) {
            for isTable in [true, false] {
                let sink = CheckedRows()
                do {
                    try TreeWalk.run(
                        StoredTree(root: root, isTable: isTable, keyColumns: 2), map: map, into: sink,
                        page: page)
                } catch {
                    throw FuzzFinding("the walk failed: \(error)")
                }
                try require(sink.isOrdered, "rows out of order")
                try require(sink.rows <= count * PageFile.pageBytes / 4, "\(sink.rows) rows")
            }
        }
        try runLog(bytes)
    }

    private static func runLog(_ bytes: [UInt8]) throws(FuzzFinding) {
        let log = WriteAheadLog(size: bytes.count) { offset, count in
            offset + count <= bytes.count ? Array(bytes[offset..<(offset + count)]) : nil
        }
        for offset in log.pages.values {
            try require(offset + PageFile.pageBytes <= bytes.count, "a page outside the log")
        }
    }
}

/// Looks at rows as they come and keeps none but the keys of those beside the tree.
private final class CheckedRows: RowSink {
    private(set) var rows = 0
    private(set) var isOrdered = true
    private var last: [SQLValue]?
    private var isTreeOver = false

    func take(_ row: StoredRow) {
        rows += 1
        if !isTreeOver, let last { isOrdered = isOrdered && KeyOrder.isBefore(last, row.key) }
        last = row.key
    }

    func breakOff() {}
    func endOfTree() { isTreeOver = true }
    func holds(_ key: [SQLValue]) -> Bool { false }
}
