import QuotaModel
import SQLite

/// A table as the store has it, and the statements that read it in the order of its key.
struct SalvagedTable {
    struct Column {
        let name: String
        let type: String
        /// Place in the primary key, from 1 on; 0 outside it.
        let keyPlace: Int
    }

    /// A row as it is read.
    struct Row {
        /// What the table is sorted by: the primary key of a table WITHOUT ROWID, else the row ID.
        let key: [SQLValue]
        /// In the order of the columns; nil when one holds what this program never stores.
        let values: [SQLValue]?
    }

    let name: String
    /// As declared.
    let columns: [Column]
    private let hasRowID: Bool
    private let keyNames: [String]
    /// Where the key lies in a row that is read.
    private let keyPlaces: [Int]

    /// Reads the table's columns from a whole store.
    init(_ name: String, in database: Database) throws(StoreError) {
        self.name = name
        var columns: [Column] = []
        try database.query("SELECT name, type, pk FROM pragma_table_info('\(name)') ORDER BY cid") { row in
            columns.append(Column(name: row.text(0), type: row.text(1), keyPlace: row.integer(2)))
        }
        let without = try database.first("SELECT wr FROM pragma_table_list('\(name)')") { $0.integer(0) }
        self.columns = columns
        hasRowID = without == 0
        let key = columns.indices.filter { columns[$0].keyPlace > 0 }
            .sorted { columns[$0].keyPlace < columns[$1].keyPlace }
        keyNames = hasRowID ? ["rowid"] : key.map { "\"\(columns[$0].name)\"" }
        keyPlaces = hasRowID ? [0] : key
    }

    /// How many columns of the key, from the first on, are numbers by which a reader can step: at most two.
    var numericKeyColumns: Int {
        if hasRowID { return 1 }
        return min(2, keyPlaces.prefix { columns[$0].type == "INTEGER" }.count)
    }

    func row(_ statement: Statement) -> Row {
        let read = (0..<statement.columnCount).map { statement.value($0) }
        let values = hasRowID ? Array(read.dropFirst()) : read
        let whole = values.compactMap { $0 }
        return Row(
            key: keyPlaces.map { read[$0] ?? .null }, values: whole.count == columns.count ? whole : nil)
    }

    // MARK: Statements

    /// From a key on, given by so many of its first columns.
    func select(from columns: Int = 0) -> String {
        guard columns > 0 else { return "\(selection) ORDER BY \(order(""))" }
        let names = keyNames.prefix(columns).joined(separator: ", ")
        let places = (1...columns).map { "?\($0)" }.joined(separator: ", ")
        return "\(selection) WHERE (\(names)) >= (\(places)) ORDER BY \(order(""))"
    }

    var selectBackwards: String { "\(selection) ORDER BY \(order(" DESC"))" }

    private var selection: String { "SELECT \(hasRowID ? "rowid, *" : "*") FROM \(name)" }

    private func order(_ direction: String) -> String {
        keyNames.map { $0 + direction }.joined(separator: ", ")
    }

    var insert: String {
        "INSERT INTO \(name) VALUES (\(Array(repeating: "?", count: columns.count).joined(separator: ", ")))"
    }
}

/// Places in a table whose key begins with numbers, counted in one line, so that a reader can step along it.
struct KeyLine {
    private let columns: Int
    /// Of a key that ends in a time: the time at which each series' or pool's part begins, Unix seconds, and what lies
    /// between two places.
    private let base: Int
    private let stepSeconds: Int
    private let placesPerID: Int
    /// Behind the last place.
    let end: Int

    /// A line of single numbers below `end`.
    init(numbersBelow end: Int) {
        columns = 1
        base = 0
        stepSeconds = 1
        placesPerID = 1
        self.end = end
    }

    /// A line of the times of each series or pool.
    init(times: Range<Minute>, stepMinutes: Int, idsBelow end: Int) {
        columns = 2
        base = times.lowerBound.startOfDay.epochSeconds
        stepSeconds = stepMinutes * 60
        placesPerID = max(1, (times.upperBound.epochSeconds - base) / stepSeconds + 1)
        self.end = end * placesPerID
    }

    /// The key's first columns at a place.
    func key(at place: Int) -> [SQLValue] {
        guard columns > 1 else { return [.integer(place)] }
        return [.integer(place / placesPerID), .integer(base + place % placesPerID * stepSeconds)]
    }

    /// The place of a key; a time outside of the line counts as its nearest end.
    func place(of key: [SQLValue]) -> Int {
        guard case .integer(let id)? = key.first else { return 0 }
        let bounded = min(max(id, 0), end / placesPerID)
        guard columns > 1, case .integer(let time) = key[1] else { return bounded }
        let offset = min(
            max(time.subtractingReportingOverflow(base).partialValue, 0) / stepSeconds, placesPerID - 1)
        return bounded * placesPerID + offset
    }
}

/// The order of keys in our tables, whose texts compare byte by byte (https://www.sqlite.org/datatype3.html#sort_order).
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
