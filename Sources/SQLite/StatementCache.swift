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
