import FoundationEssentials
import QuotaModel
import SQLite

/// Table `throttle_episodes`: a row for each pool and first minute. Episodes outlive the minutes that they were seen in.
struct EpisodeTable {
    private static let columns =
        #"e.start, e."end", e.throttles, e.cause, e.evidence, e.judged_at, e.settled"#

    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// The pools of an account's Region with an episode that overlaps the range, each with the hull of those.
    func pools(
        account: String, region: String, overlapping range: Range<Minute>
    ) throws(StoreError) -> [Int: Range<Minute>] {
        var found: [Int: Range<Minute>] = [:]
        // No episode is longer than a day, so that the key alone finds them.
        try database.query(
            """
            SELECT e.pool_id, e.start, e."end" FROM pools AS p JOIN throttle_episodes AS e ON e.pool_id = p.id
            WHERE p.account = ?1 AND p.region = ?2 AND e.start >= ?3 AND e.start < ?5 AND e."end" > ?4
            """, [.text(account), .text(region)] + Self.bounds(range)
        ) { row in
            let minutes = row.minute(1)..<max(row.minute(1), row.minute(2))
            found[row.integer(0)] = found[row.integer(0)]?.hull(with: minutes) ?? minutes
        }
        return found
    }

    /// What is stored of an episode. Its evidence is read when nothing else tells it from another.
    struct Stored {
        let minutes: Range<Minute>
        let throttles: Double
        fileprivate let cause: ThrottleCause
        fileprivate let evidence: String
        fileprivate let isSettled: Bool
    }

    /// Whether only the time of the judgement differs.
    func isSame(_ stored: Stored, as episode: ThrottleEpisode) throws(StoreError) -> Bool {
        guard stored.minutes == episode.minutes, stored.throttles == episode.throttles,
            stored.cause == episode.cause, stored.isSettled == episode.isSettled
        else { return false }
        return try evidence(stored.evidence) == episode.evidence
    }

    /// A pool's episodes that overlap the range, ascending.
    func read(_ id: Int, overlapping range: Range<Minute>) throws(StoreError) -> [Stored] {
        var episodes: [Stored] = []
        try database.query(
            """
            SELECT \(Self.columns) FROM throttle_episodes AS e
            WHERE e.pool_id = ?1 AND e.start >= ?2 AND e.start < ?4 AND e."end" > ?3 ORDER BY e.start
            """, [.integer(id)] + Self.bounds(range)
        ) { (row) throws(StoreError) in
            episodes.append(
                Stored(
                    minutes: minutes(row), throttles: row.double(2), cause: try cause(row),
                    evidence: row.text(4), isSettled: row.integer(6) != 0))
        }
        return episodes
    }

    /// The newest episodes of all pools that overlap the range, at most so many, the newest first.
    ///
    /// - Parameter isWanted: What else they must be.
    func newest(
        overlapping range: Range<Minute>, atMost limit: Int, account: String? = nil, region: String? = nil,
        where isWanted: (ThrottleEpisode) -> Bool = { _ in true }
    ) throws(StoreError) -> (episodes: [ThrottleEpisode], leftOut: Int) {
        var episodes: [ThrottleEpisode] = []
        var leftOut = 0
        try database.query(
            """
            SELECT \(Self.columns), p.account, p.region, p.scope, p.model
            FROM throttle_episodes AS e JOIN pools AS p ON p.id = e.pool_id
            WHERE e.start >= ?1 AND e.start < ?3 AND e."end" > ?2
                AND (?4 IS NULL OR p.account = ?4) AND (?5 IS NULL OR p.region = ?5)
            ORDER BY e.start DESC, p.account, p.region, p.scope, p.model
            """, Self.bounds(range) + [SQLValue(text: account), SQLValue(text: region)]
        ) { (row) throws(StoreError) in
            guard let scope = InferenceScope(rawValue: row.text(9)) else { return }
            let pool = QuotaPool(
                account: row.text(7), region: row.text(8), scope: scope, model: row.text(10))
            let episode = try episode(row, of: pool)
            guard isWanted(episode) else { return }
            if episodes.count < limit { episodes.append(episode) } else { leftOut += 1 }
        }
        return (episodes, leftOut)
    }

    func write(_ episode: ThrottleEpisode, of id: Int) throws(StoreError) {
        try database.run(
            "REPLACE INTO throttle_episodes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            [
                .integer(id), .integer(episode.minutes.lowerBound.epochSeconds),
                .integer(episode.minutes.upperBound.epochSeconds), .integer(Int(episode.throttles)),
                .text(episode.cause.rawValue), .text(try Self.text(episode.evidence, database)),
                .integer(episode.judgedAt), .integer(episode.isSettled ? 1 : 0),
            ])
    }

    func delete(_ episode: Stored, of id: Int) throws(StoreError) {
        try database.run(
            "DELETE FROM throttle_episodes WHERE pool_id = ?1 AND start = ?2",
            [.integer(id), .integer(episode.minutes.lowerBound.epochSeconds)])
    }

    /// Deletes up to so many of the episodes that began before the cut; returns how many.
    func deleteOldest(before cut: Minute, atMost rows: Int) throws(StoreError) -> Int {
        try database.run(
            """
            DELETE FROM throttle_episodes WHERE (pool_id, start) IN (
                SELECT pool_id, start FROM throttle_episodes WHERE start < ?1 LIMIT ?2)
            """, [.integer(cut.epochSeconds), .integer(rows)])
    }

    // MARK: A row

    /// The earliest start of what overlaps the range, and its ends.
    private static func bounds(_ range: Range<Minute>) -> [SQLValue] {
        let range = range.clamped(to: StoreLimits.times)
        return [range.lowerBound.advanced(by: -1440), range.lowerBound, range.upperBound]
            .map { .integer($0.epochSeconds) }
    }

    private func episode(_ row: Statement, of pool: QuotaPool) throws(StoreError) -> ThrottleEpisode {
        ThrottleEpisode(
            pool: pool, minutes: minutes(row), throttles: row.double(2),
            judgement: ThrottleJudgement(cause: try cause(row), evidence: try evidence(row.text(4))),
            judgedAt: row.integer(5), isSettled: row.integer(6) != 0)
    }

    private func minutes(_ row: Statement) -> Range<Minute> {
        row.minute(0)..<max(row.minute(0), row.minute(1))
    }

    private func cause(_ row: Statement) throws(StoreError) -> ThrottleCause {
        guard let cause = ThrottleCause(rawValue: row.text(3)) else { throw unusable("cause", row.text(3)) }
        return cause
    }

    private func evidence(_ text: String) throws(StoreError) -> ThrottleEvidence {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(ThrottleEvidence.self, from: Data(text.utf8))
        } catch {
            throw unusable("evidence", text)
        }
    }

    private static func text(_ evidence: ThrottleEvidence, _ database: Database) throws(StoreError) -> String
    {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(evidence), as: UTF8.self)
        } catch {
            throw StoreError(
                cause: .unusableValue, attempt: "write an episode of throttling", path: database.path,
                reason: "\(error)")
        }
    }

    private func unusable(_ column: String, _ text: String) -> StoreError {
        StoreError(
            cause: .unusableValue, attempt: "read episodes of throttling", path: database.path,
            reason:
                "table throttle_episodes holds \(column) \"\(text.prefix(200))\", which this program does not know"
        )
    }
}

extension UsageStore {
    /// The newest episode of each pool of an account's Region that ended after a minute.
    package func newestEpisodes(
        account: String, region: String, endingAfter minute: Minute
    ) throws(StoreError) -> [QuotaPool: ThrottleEpisode] {
        try use("read episodes of throttling of \(account) in \(region)") { (database) throws(StoreError) in
            let found = try EpisodeTable(database).newest(
                overlapping: minute..<StoreLimits.times.upperBound, atMost: .max, account: account,
                region: region)
            return Dictionary(
                found.episodes.map { ($0.pool, $0) }, uniquingKeysWith: { newest, _ in newest })
        }
    }
}
