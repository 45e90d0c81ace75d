import QuotaModel
import SQLite

/// How far one stream of a remote-write receiver has come. A stream is what is sent in order and waits for itself
/// alone: the minutes of a model ID or of a pool.
package struct RemoteWriteCursor: Equatable, Sendable {
    /// The stream within the receiver; an empty account, Region and subject name the receiver itself.
    package struct Key: Hashable, Sendable {
        package let account: String
        package let region: String
        /// `model_id/…` or `pool/scope/model`.
        package let subject: String

        package init(account: String, region: String, subject: String) {
            self.account = account
            self.region = region
            self.subject = subject
        }

        /// The row that says from when on the receiver gets anything.
        package static let receiver = Key(account: "", region: "", subject: "")

        package static func subject(modelID: String) -> String { "model_id/\(modelID)" }
        package static func subject(pool: ScopedModel) -> String {
            "pool/\(pool.scope.rawValue)/\(pool.model)"
        }
    }

    package let key: Key
    /// Where the stream began; minutes before are not sent.
    package let start: Minute
    /// The next minute to send: everything before was accepted, refused for good, or given up.
    package let next: Minute

    package init(key: Key, start: Minute, next: Minute) {
        self.key = key
        self.start = start
        self.next = next
    }
}

/// A model ID as a sender of minutes needs it.
package struct MinuteSource: Sendable {
    package let modelID: String
    package let pool: ScopedModel?
    /// The metrics that CloudWatch lists for it: those whose minutes without datapoint are zero.
    package let metrics: Set<UsageMetric>
    /// CloudWatch's newest list holds it, so that its minutes go on being asked for.
    package let isListed: Bool
    package let coverage: MinuteRanges
    /// The oldest stored minute; nil when it has none.
    package let firstDatapoint: Minute?

    package init(
        modelID: String, pool: ScopedModel? = nil, metrics: Set<UsageMetric> = [], isListed: Bool = true,
        coverage: MinuteRanges, firstDatapoint: Minute?
    ) {
        self.modelID = modelID
        self.pool = pool
        self.metrics = metrics
        self.isListed = isListed
        self.coverage = coverage
        self.firstDatapoint = firstDatapoint
    }
}

/// What remote write keeps and reads.
extension UsageStore {
    /// Every cursor of a receiver.
    package func remoteWriteCursors(receiver: String) throws(StoreError) -> [RemoteWriteCursor] {
        try use("read how far \(receiver) has come") { (database) throws(StoreError) in
            try RemoteWriteTable(database).all(receiver: receiver)
        }
    }

    /// Stores cursors, all of them or none. A cursor never goes back.
    package func advanceRemoteWrite(
        receiver: String, _ cursors: [RemoteWriteCursor]
    ) throws(StoreError) {
        try write("note how far \(receiver) has come") { (database) throws(StoreError) in
            let table = RemoteWriteTable(database)
            for cursor in cursors { try table.advance(receiver: receiver, cursor) }
        }
    }

    /// The accounts and Regions that have model IDs, also those that are watched no more.
    package func accountsAndRegions() throws(StoreError) -> [(account: String, region: String)] {
        try use("read the accounts and Regions") { (database) throws(StoreError) in
            var found: [(account: String, region: String)] = []
            try database.query("SELECT DISTINCT account, region FROM series ORDER BY account, region") {
                row in
                found.append((row.text(0), row.text(1)))
            }
            return found
        }
    }

    /// Every model ID of the account and Region, ascending.
    package func minuteSources(account: String, region: String) throws(StoreError) -> [MinuteSource] {
        try use("read the model IDs of \(account) in \(region)") { (database) throws(StoreError) in
            try RemoteWriteTable(database).sources(account: account, region: region)
        }
    }
}

/// Table `remote_write_cursors`, and the columns of other tables that remote write looks at.
struct RemoteWriteTable {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    func all(receiver: String) throws(StoreError) -> [RemoteWriteCursor] {
        var cursors: [RemoteWriteCursor] = []
        try database.query(
            "SELECT account, region, subject, start, next FROM remote_write_cursors WHERE receiver = ?1",
            [.text(receiver)]
        ) { row in
            let key = RemoteWriteCursor.Key(account: row.text(0), region: row.text(1), subject: row.text(2))
            cursors.append(RemoteWriteCursor(key: key, start: row.minute(3), next: row.minute(4)))
        }
        return cursors
    }

    func advance(receiver: String, _ cursor: RemoteWriteCursor) throws(StoreError) {
        try database.run(
            """
            INSERT INTO remote_write_cursors VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT DO UPDATE SET next = excluded.next WHERE next < excluded.next
            """,
            [
                .text(receiver), .text(cursor.key.account), .text(cursor.key.region),
                .text(cursor.key.subject),
                .integer(cursor.start.epochSeconds), .integer(cursor.next.epochSeconds),
            ])
    }

    func sources(account: String, region: String) throws(StoreError) -> [MinuteSource] {
        let series = SeriesTable(database)
        let coverage = CoverageTable(database)
        let facts = try facts(account: account, region: region)
        let newest = facts.values.map(\.lastSeen).max()
        var sources: [MinuteSource] = []
        for entry in try series.all(account: account, region: region) {
            guard let facts = facts[entry.id] else { continue }
            let names = try series.metrics(of: entry)
            sources.append(
                MinuteSource(
                    modelID: entry.modelID, pool: facts.pool,
                    metrics: Set(names.compactMap(SeriesName(entry.modelID).source.metric(named:))),
                    isListed: facts.lastSeen == newest, coverage: try coverage.read(series: entry.id),
                    firstDatapoint: facts.firstDatapoint))
        }
        return sources
    }

    private struct Facts {
        let pool: ScopedModel?
        let lastSeen: Int
        let firstDatapoint: Minute?
    }

    private func facts(account: String, region: String) throws(StoreError) -> [Int: Facts] {
        var facts: [Int: Facts] = [:]
        try database.query(
            """
            SELECT id, scope, model, last_seen, (SELECT min(minute) FROM minutes WHERE series_id = s.id)
            FROM series AS s WHERE account = ?1 AND region = ?2
            """, [.text(account), .text(region)]
        ) { row in
            let scope = row.optionalText(1).flatMap { InferenceScope(rawValue: $0) }
            let model = row.optionalText(2)
            facts[row.integer(0)] = Facts(
                pool: scope.flatMap { scope in model.map { ScopedModel(scope: scope, model: $0) } },
                lastSeen: row.integer(3), firstDatapoint: row.isNull(4) ? nil : row.minute(4))
        }
        return facts
    }
}
