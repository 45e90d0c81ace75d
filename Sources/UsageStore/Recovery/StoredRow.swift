import SQLite

/// A row as a b-tree holds it.
struct StoredRow {
    /// What the b-tree is sorted by: the primary key of a table WITHOUT ROWID, else the row ID.
    let key: [SQLValue]
    /// In the order of the record; a row ID is not among them.
    let values: [SQLValue]
}

/// A b-tree to be read.
struct StoredTree {
    let root: Int
    /// Sorted by row ID, with rows on leaves alone; else rows are everywhere, sorted by their first columns.
    let isTable: Bool
    /// How many columns the key has where the tree is not sorted by row ID.
    let keyColumns: Int
}

/// The order of keys in our b-trees, whose texts compare byte by byte (https://www.sqlite.org/datatype3.html#sort_order).
enum KeyOrder {
    static func isBefore(_ a: [SQLValue], _ b: [SQLValue]) -> Bool {
        for (left, right) in zip(a, b) {
            switch (left, right) {
            case (.integer(let left), .integer(let right)):
                if left != right { return left < right }
            case (.text(let left), .text(let right)):
                if left.utf8.elementsEqual(right.utf8) { continue }
                return left.utf8.lexicographicallyPrecedes(right.utf8)
            case (_, _):
                if rank(left) != rank(right) { return rank(left) < rank(right) }
            }
        }
        return a.count < b.count
    }

    private static func rank(_ value: SQLValue) -> Int {
        switch value {
        case .null: 0
        case .integer, .real: 1
        case .text: 2
        }
    }
}

/// What a walk finds, in the order of the tree.
protocol RowSink: AnyObject {
    /// A row that follows the one before it without anything between, unless `breakOff` came in between.
    func take(_ row: StoredRow) throws(StoreError)
    /// Rows may be missing here.
    func breakOff()
    /// The walk by pointers is over; what follows was found beside it.
    func endOfTree()
    /// Whether a row with this key was taken.
    func holds(_ key: [SQLValue]) throws(StoreError) -> Bool
}
