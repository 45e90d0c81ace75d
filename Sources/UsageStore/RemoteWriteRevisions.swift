import QuotaModel
import SQLite

/// Minutes of one stream that became known, or other, after they were sent.
package struct RemoteWriteRevision: Equatable, Sendable {
    package let key: RemoteWriteCursor.Key
    package let range: Range<Minute>
    /// How often the minutes changed: who has sent them forgets no later change.
    let changes: Int
}

/// What remote write has to send once more.
extension UsageStore {
    /// What changed, for the first time before a time in Unix seconds, after the receiver was told of it.
    package func remoteWriteRevisions(
        receiver: String, notedBefore time: Int
    ) throws(StoreError) -> [RemoteWriteRevision] {
        try use("read what \(receiver) was told otherwise") { (database) throws(StoreError) in
            try RevisionTable(database).all(receiver: receiver, notedBefore: time)
        }
    }

    /// Forgets revisions up to a minute, all of them or none; one that has changed again since it was read stays.
    package func forgetRevisions(
        receiver: String, _ revisions: [RemoteWriteRevision], before minute: Minute
    ) throws(StoreError) {
        try write("note what \(receiver) was told again") { (database) throws(StoreError) in
            let table = RevisionTable(database)
            for revision in revisions { try table.forget(receiver: receiver, revision, before: minute) }
        }
    }
}

/// Table `remote_write_revisions`: for each receiver the minutes before its cursors that are no longer as they were sent.
struct RevisionTable {
    /// Of a pool whose rate changed, so many of its newest minutes are sent again: those that rates are measured in.
    private static let correctedMinutes = 24 * 60

    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    // MARK: Noting

    /// Notes minutes of model IDs that became known or other, for every receiver that was told of them, and for the
    /// pools that they are part of.
    func note(
        account: String, region: String, _ changed: [String: MinuteRanges], at time: Int
    ) throws(StoreError) {
        guard !changed.isEmpty else { return }
        let sent = try sent(account: account, region: region)
        guard !sent.isEmpty else { return }
        var subjects: [String: MinuteRanges] = [:]
        for (modelID, ranges) in changed {
            subjects[RemoteWriteCursor.Key.subject(modelID: modelID)] = ranges
        }
        for (modelID, pool) in try pools(account: account, region: region) {
            guard let ranges = changed[modelID] else { continue }
            subjects[RemoteWriteCursor.Key.subject(pool: pool), default: MinuteRanges()].insert(ranges)
        }
        for (subject, ranges) in subjects {
            let key = RemoteWriteCursor.Key(account: account, region: region, subject: subject)
            for (receiver, told) in sent[subject] ?? [] {
                for range in ranges.intersection(told).ranges { try add(receiver, key, range, at: time) }
            }
        }
    }

    /// Notes that a pool's quota tokens are weighed otherwise from now on.
    func note(rateOf pool: QuotaPool, at time: Int) throws(StoreError) {
        let subject = RemoteWriteCursor.Key.subject(pool: pool.scopedModel)
        let key = RemoteWriteCursor.Key(account: pool.account, region: pool.region, subject: subject)
        for (receiver, told) in try sent(account: pool.account, region: pool.region)[subject] ?? [] {
            let first = max(told.lowerBound, told.upperBound.advanced(by: -Self.correctedMinutes))
            try add(receiver, key, first..<told.upperBound, at: time)
        }
    }

    /// What each receiver was told of a Region's streams, by subject.
    private func sent(
        account: String, region: String
    ) throws(StoreError) -> [String: [(receiver: String, told: Range<Minute>)]] {
        var sent: [String: [(receiver: String, told: Range<Minute>)]] = [:]
        try database.query(
            """
            SELECT receiver, subject, start, next FROM remote_write_cursors
            WHERE account = ?1 AND region = ?2 AND start < next
            """, [.text(account), .text(region)]
        ) { row in
            sent[row.text(1), default: []].append((row.text(0), row.minute(2)..<row.minute(3)))
        }
        return sent
    }

    private func pools(account: String, region: String) throws(StoreError) -> [String: ScopedModel] {
        var pools: [String: ScopedModel] = [:]
        try database.query(
            """
            SELECT model_id, scope, model FROM series
            WHERE account = ?1 AND region = ?2 AND scope IS NOT NULL AND model IS NOT NULL
            """, [.text(account), .text(region)]
        ) { row in
            guard let scope = InferenceScope(rawValue: row.text(1)) else { return }
            pools[row.text(0)] = ScopedModel(scope: scope, model: row.text(2))
        }
        return pools
    }

    /// Adds a range, joined with those that it overlaps or touches.
    private func add(
        _ receiver: String, _ key: RemoteWriteCursor.Key, _ range: Range<Minute>, at time: Int
    ) throws(StoreError) {
        let stream: [SQLValue] = [
            .text(receiver), .text(key.account), .text(key.region), .text(key.subject),
        ]
        let bounds: [SQLValue] = [
            .integer(range.lowerBound.epochSeconds), .integer(range.upperBound.epochSeconds),
        ]
        let touching = """
            receiver = ?1 AND account = ?2 AND region = ?3 AND subject = ?4 AND start <= ?6 AND "end" >= ?5
            """
        var row = (start: range.lowerBound, end: range.upperBound, notedAt: time, changes: 1)
        try database.query(
            #"SELECT start, "end", noted_at, changes FROM remote_write_revisions WHERE \#(touching)"#,
            stream + bounds
        ) { old in
            row.start = min(row.start, old.minute(0))
            row.end = max(row.end, old.minute(1))
            row.notedAt = min(row.notedAt, old.integer(2))
            row.changes += old.integer(3)
        }
        try database.run("DELETE FROM remote_write_revisions WHERE \(touching)", stream + bounds)
        try database.run(
            "INSERT INTO remote_write_revisions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            stream + [
                .integer(row.start.epochSeconds), .integer(row.end.epochSeconds), .integer(row.notedAt),
                .integer(row.changes),
            ])
    }

    // MARK: Sending

    func all(receiver: String, notedBefore time: Int) throws(StoreError) -> [RemoteWriteRevision] {
        var revisions: [RemoteWriteRevision] = []
        try database.query(
            """
            SELECT account, region, subject, start, "end", changes FROM remote_write_revisions
            WHERE receiver = ?1 AND noted_at < ?2
            """, [.text(receiver), .integer(time)]
        ) { row in
            let key = RemoteWriteCursor.Key(account: row.text(0), region: row.text(1), subject: row.text(2))
            let range = row.minute(3)..<max(row.minute(3), row.minute(4))
            revisions.append(RemoteWriteRevision(key: key, range: range, changes: row.integer(5)))
        }
        return revisions
    }

    func forget(
        receiver: String, _ revision: RemoteWriteRevision, before minute: Minute
    ) throws(StoreError) {
        let row: [SQLValue] = [
            .text(receiver), .text(revision.key.account), .text(revision.key.region),
            .text(revision.key.subject), .integer(revision.range.lowerBound.epochSeconds),
            .integer(revision.changes),
        ]
        let condition = """
            receiver = ?1 AND account = ?2 AND region = ?3 AND subject = ?4 AND start = ?5 AND changes = ?6
            """
        guard minute < revision.range.upperBound else {
            try database.run("DELETE FROM remote_write_revisions WHERE \(condition)", row)
            return
        }
        guard minute > revision.range.lowerBound else { return }
        try database.run(
            "UPDATE remote_write_revisions SET start = ?7 WHERE \(condition)",
            row + [.integer(minute.epochSeconds)])
    }
}
