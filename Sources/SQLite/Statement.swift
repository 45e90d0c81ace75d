import CSQLite

/// A value bound to a statement's parameter.
package enum SQLValue {
    case null
    case integer(Int)
    case real(Double)
    case text(String)

    /// Nil as NULL. A column of INTEGER affinity stores a whole number as INTEGER, which is exact and shorter
    /// (https://www.sqlite.org/datatype3.html, 3).
    package init(number: Double?) {
        self = number.map(SQLValue.real) ?? .null
    }

    package init(text: String?) {
        self = text.map(SQLValue.text) ?? .null
    }
}

/// One prepared statement: owner of a `sqlite3_stmt`, which ends with it.
///
/// While it stands on a row it is that row: columns count from 0.
package final class Statement {
    let sql: String
    private let handle: OpaquePointer
    // A statement lives in its database's cache or in one of its calls, so never longer than the database.
    private unowned let database: Database

    init(_ sql: String, handle: OpaquePointer, database: Database) {
        self.sql = sql
        self.handle = handle
        self.database = database
    }

    deinit {
        // Repeats the error of the last step, which has been reported already.
        sqlite3_finalize(handle)
    }

    /// True between a step that returned a row and the reset.
    var isBusy: Bool { sqlite3_stmt_busy(handle) != 0 }

    /// Binds the values to parameters 1, 2, ….
    func bind(_ values: [SQLValue]) throws(StoreError) {
        var index: Int32 = 0
        for value in values {
            index += 1
            let code = bind(value, at: index)
            guard code == SQLITE_OK else { throw database.failure(code) }
        }
    }

    /// Binds a number to a parameter, counted from 1; nil as NULL, a whole one as INTEGER, which saves SQLite to make it one.
    package func bind(_ number: Double?, at index: Int32) throws(StoreError) {
        let code =
            if let number {
                if let whole = Int64(exactly: number) {
                    sqlite3_bind_int64(handle, index, whole)
                } else {
                    sqlite3_bind_double(handle, index, number)
                }
            } else {
                sqlite3_bind_null(handle, index)
            }
        guard code == SQLITE_OK else { throw database.failure(code) }
    }

    package func bind(_ number: Int, at index: Int32) throws(StoreError) {
        let code = sqlite3_bind_int64(handle, index, Int64(number))
        guard code == SQLITE_OK else { throw database.failure(code) }
    }

    private func bind(_ value: SQLValue, at index: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(handle, index)
        case .integer(let integer): return sqlite3_bind_int64(handle, index, Int64(integer))
        case .real(let real): return sqlite3_bind_double(handle, index, real)
        case .text(var text):
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    csqlite_bind_text(handle, index, characters.baseAddress, UInt64(characters.count))
                }
            }
        }
    }

    /// Goes to the next row; false after the last.
    func step() throws(StoreError) -> Bool {
        if let code = database.stepFault?(sql) { throw database.injectedFailure(code) }
        let code = sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw database.failure(code)
        }
    }

    /// Makes the statement ready for its next use; the last step's error, which this repeats, was thrown there.
    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    package var columnCount: Int32 { sqlite3_column_count(handle) }

    package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    /// 0 for NULL.
    package func integer(_ column: Int32) -> Int { Int(sqlite3_column_int64(handle, column)) }

    package func optionalInteger(_ column: Int32) -> Int? { isNull(column) ? nil : integer(column) }

    /// 0 for NULL.
    package func double(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

    package func optionalDouble(_ column: Int32) -> Double? {
        isNull(column) ? nil : sqlite3_column_double(handle, column)
    }

    /// The empty text for NULL; NUL characters inside the text are kept.
    package func text(_ column: Int32) -> String {
        // "The safest policy": column_text first, then column_bytes (https://www.sqlite.org/c3ref/column_blob.html).
        guard let start = sqlite3_column_text(handle, column) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// As it is stored; nil for what this program never stores: a blob, an infinite number, text that is not UTF-8.
    package func value(_ column: Int32) -> SQLValue? {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_NULL: return .null
        case SQLITE_INTEGER: return .integer(integer(column))
        case SQLITE_FLOAT: return double(column).isFinite ? .real(double(column)) : nil
        case SQLITE_TEXT:
            guard let start = sqlite3_column_text(handle, column) else { return nil }
            let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
            return String(validating: bytes, as: UTF8.self).map(SQLValue.text)
        default: return nil
        }
    }

    package func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }
}

/// The prepared statements that a connection keeps: those that were used last.
///
/// A start runs more statements once than fit; they must not keep those of every poll out.
struct StatementCache {
    private struct Entry {
        let statement: Statement
        /// The count of uses at its last use.
        var lastUse: Int
    }

    private static let maximumEntries = 64

    private var entries: [String: Entry] = [:]
    private var uses = 0

    /// Statements kept at this moment.
    var count: Int { entries.count }

    /// The statement of this SQL, which may be at work; nil when none is kept.
    mutating func find(_ sql: String) -> Statement? {
        uses += 1
        // Through an index: the SQL is hashed once.
        guard let index = entries.index(forKey: sql) else { return nil }
        entries.values[index].lastUse = uses
        return entries.values[index].statement
    }

    /// Keeps a statement in the place of the one that was not used for longest.
    mutating func add(_ statement: Statement) {
        if entries.count >= Self.maximumEntries,
            let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })?.key
        {
            entries[oldest] = nil
        }
        uses += 1
        entries[statement.sql] = Entry(statement: statement, lastUse: uses)
    }

    mutating func removeAll() { entries = [:] }
}
