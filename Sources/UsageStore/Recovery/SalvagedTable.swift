import SQLite

/// A table as the new store has it, and how its rows lie in a damaged one of the same or an earlier version.
struct SalvagedTable {
    struct Column {
        let name: String
        let type: String
        /// Place in the primary key, from 1 on; 0 outside it.
        let keyPlace: Int
    }

    let name: String
    /// As declared.
    let columns: [Column]
    let hasRowID: Bool

    /// What may be added later is not there in older rows (`ALTER TABLE … ADD COLUMN`).
    private static let oldestColumns = ["series": 9]

    /// Reads the table's columns from a store of this version.
    init(_ name: String, in database: Database) throws(StoreError) {
        self.name = name
        var columns: [Column] = []
        try database.query("SELECT name, type, pk FROM pragma_table_info('\(name)') ORDER BY cid") { row in
            columns.append(Column(name: row.text(0), type: row.text(1), keyPlace: row.integer(2)))
        }
        let without = try database.first("SELECT wr FROM pragma_table_list('\(name)')") { $0.integer(0) }
        self.columns = columns
        hasRowID = without == 0
    }

    /// Columns of the key.
    var key: [Column] { columns.filter { $0.keyPlace > 0 }.sorted { $0.keyPlace < $1.keyPlace } }

    /// Declared INTEGER PRIMARY KEY, so that the row ID stands for it.
    private var rowIDColumn: Int? {
        hasRowID ? columns.firstIndex { $0.keyPlace == 1 && $0.type == "INTEGER" } : nil
    }

    func tree(root: Int) -> StoredTree {
        StoredTree(root: root, isTable: hasRowID, keyColumns: key.count)
    }

    /// The row's values as declared; nil when there are not as many as a version of this table had.
    func values(of row: StoredRow) -> [SQLValue]? {
        var values = row.values
        guard values.count <= columns.count,
            values.count >= Self.oldestColumns[name] ?? columns.count
        else { return nil }
        values += Array(repeating: .null, count: columns.count - values.count)
        guard let index = rowIDColumn else { return values }
        guard case .null = values[index] else { return nil }
        values[index] = row.key[0]
        return values
    }

    var insert: String {
        "INSERT INTO \(name) VALUES (\(Array(repeating: "?", count: columns.count).joined(separator: ", ")))"
    }

    /// Finds a row by its b-tree's key.
    var find: String {
        let names = hasRowID ? ["rowid"] : key.map { "\"\($0.name)\"" }
        let conditions = names.enumerated().map { "\($1) = ?\($0 + 1)" }
        return "SELECT 1 FROM \(name) WHERE \(conditions.joined(separator: " AND "))"
    }
}
