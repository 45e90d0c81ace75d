import Glibc
import SQLite

/// Makes a new store out of what can be read of a damaged one, or out of a backup, and puts it in the damaged one's place,
/// which stays beside it under another name.
package struct StoreRecovery {
    static let attempt = StoreError.recoveryAttempt

    private let source: String
    private let now: Int
    private let lock: StoreLock

    /// What a recovery came to.
    package struct Outcome: Sendable {
        package let report: RecoveryReport
        /// Where the damaged store lies now; nil when nothing was changed.
        package var damagedPath: String?
    }

    /// Keeps daemons from the damaged store as long as this lives.
    ///
    /// - Parameters:
    ///   - path: The damaged store.
    ///   - now: Unix seconds.
    package init(path: String, now: Int) throws(StoreError) {
        do {
            source = try StoreFile.resolveExisting(path)
            lock = try StoreLock(storePath: source)
            try lock.takeFile()
        } catch {
            throw error.during(Self.attempt)
        }
        self.now = now
    }

    // MARK: What is asked for

    /// What a salvage would keep; nothing is changed.
    package func look() throws(StoreError) -> Outcome {
        try attempt { () throws(StoreError) in
            defer { Self.remove(unfinished) }
            return Outcome(report: try salvage(to: unfinished))
        }
    }

    /// Puts what can be read in the damaged store's place.
    package func salvage() throws(StoreError) -> Outcome {
        try attempt { () throws(StoreError) in
            let report = try salvage(to: unfinished)
            return Outcome(report: report, damagedPath: try replace(with: unfinished))
        }
    }

    /// Puts a backup in the damaged store's place. Counters that have been shown since go on from where they stood, as far
    /// as the damaged store can be read.
    package func restore(_ backup: StoreBackup) throws(StoreError) -> Outcome {
        try attempt { () throws(StoreError) in
            try StoreFile.copy(backup.path, to: unfinished)
            let database = try Database.openStore(unfinished)
            let report = try carryCounters(into: database)
            try database.check()
            try database.run("PRAGMA wal_checkpoint(TRUNCATE)")
            return Outcome(report: report, damagedPath: try replace(with: unfinished))
        }
    }

    /// Leaves nothing behind when it fails.
    private func attempt(
        _ body: () throws(StoreError) -> Outcome
    ) throws(StoreError) -> Outcome {
        Self.remove(unfinished)
        do {
            return try body()
        } catch {
            Self.remove(unfinished)
            throw error.during(Self.attempt)
        }
    }

    /// It gets its name when it is whole: nobody is to take half a store for one.
    private var unfinished: String { source + ".recovered" }

    // MARK: Salvage

    private func salvage(to path: String) throws(StoreError) -> RecoveryReport {
        let readable = path + ".source"
        defer { Self.remove(readable) }
        Self.remove(readable)
        let copy = try DamagedCopy(of: source, at: readable)
        try copy.check(source)
        try StoreFile.createIfMissing(path)
        let database = try Database.openStore(path)
        let salvage = try StoreSalvage.run(from: copy.database, into: database, now: now)
        guard salvage.tables.contains(where: { $0.value.keptRows > 0 }) else {
            throw failure(source, .damaged, "no row of a store can be read in this file")
        }
        let report = try database.transaction { () throws(StoreError) in
            try repair(salvage, isLogDamaged: copy.isLogDamaged, in: database)
        }
        try database.check()
        try database.run("PRAGMA wal_checkpoint(TRUNCATE)")
        return report
    }

    private func repair(
        _ salvage: StoreSalvage, isLogDamaged: Bool, in database: Database
    ) throws(StoreError) -> RecoveryReport {
        try CoverageRepair.date(salvage.seriesByIndex, in: database)
        try addPools(database)
        try removeUnusable(database)
        let coverage = try CoverageRepair(salvage, isLogDamaged: isLogDamaged, in: database)
        func isIncomplete(_ table: String) -> Bool { !(salvage.tables[table]?.gaps.isEmpty ?? true) }
        var totals = try TotalsRepair(database, coverage, now: now)
        try totals.run(rowsLost: isIncomplete("totals"), quotaTokensLost: isIncomplete("quota_token_totals"))
        try CallerRepair(database, now: now).run(salvage, isLogDamaged: isLogDamaged)
        let rollups = try RollupRepair(database, salvage, incomplete: coverage.incomplete)
        try rollups.run()
        var report = RecoveryReport()
        report.isLogDamaged = isLogDamaged
        report.notes = salvage.notes + totals.notes
        let text = LossText(database)
        report.notes += try text.lines(coverage.refuted, ofPools: false).map {
            "minutes dropped, as they do not add up to their rollups: \($0)"
        }
        report.tables = try tables(salvage, rollups, in: database)
        for series in try StoreCatalog(database).series {
            guard let ranges = coverage.uncovered.byID[series.id] else { continue }
            report.uncovered.append((series.key, ranges))
        }
        return report
    }

    /// Lost ones are told by the series.
    private func addPools(_ database: Database) throws(StoreError) {
        try database.run(
            """
            INSERT OR IGNORE INTO pools (account, region, scope, model)
            SELECT DISTINCT account, region, scope, model FROM series WHERE scope IS NOT NULL AND model IS NOT NULL
            """)
    }

    /// Messages of which nothing can be told, lists that are no JSON; the highest number that was given stays known.
    private func removeUnusable(_ database: Database) throws(StoreError) {
        try database.run(
            "DELETE FROM notifications WHERE transition_id NOT IN (SELECT id FROM alert_transitions)")
        try database.run(
            "DELETE FROM notifications WHERE receiver NOT IN (SELECT receiver FROM notification_receivers)")
        try database.run("DELETE FROM inventory WHERE NOT json_valid(json)")
        try database.run("DELETE FROM throttle_episodes WHERE NOT json_valid(evidence)")
        for table in ["alerts", "alert_transitions"] {
            try database.run("DELETE FROM \(table) WHERE NOT json_valid(annotations)")
        }
    }

    private func tables(
        _ salvage: StoreSalvage, _ rollups: RollupRepair, in database: Database
    ) throws(StoreError) -> [RecoveryReport.Table] {
        let text = LossText(database)
        var tables: [RecoveryReport.Table] = []
        for name in salvage.names {
            guard let read = salvage.tables[name] else { continue }
            var table = RecoveryReport.Table(
                name: name, keptRows: read.keptRows, refusedRows: read.refusedRows)
            let isPool = name.hasPrefix("pool_")
            let isRollup = isPool || name.hasPrefix("series_")
            if isRollup || name == "stale_rollups" {
                // Made anew where their minutes are whole.
                table.refusedRows = 0
                if isRollup {
                    table.losses = try text.lines(try rollups.losses(name), ofPools: isPool)
                }
            } else if StoreSalvage.isOfTimes(name) {
                table.losses = try text.lines(try salvage.lostTimes(name), ofPools: isPool)
            } else if !salvage.fullyNamed.contains(name) {
                table.losses = text.lines(read.gaps)
            }
            tables.append(table)
        }
        return tables
    }

    // MARK: Restoring

    /// Raises what the backup's counters show to what the damaged store's showed: Prometheus would take a lower figure for a
    /// counter that has begun anew. The sums stay, and catch up as the daemon reads what the backup lacks.
    private func carryCounters(into database: Database) throws(StoreError) -> RecoveryReport {
        let newest = unfinished + ".newest"
        defer { Self.remove(newest) }
        Self.remove(newest)
        var report = RecoveryReport()
        do {
            _ = try salvage(to: newest)
        } catch {
            guard error.isDamaged else { throw error }
            report.notes.append("what counters showed since the backup cannot be read: they may fall once")
            return report
        }
        try database.run("ATTACH ?1 AS newest", [.text(newest)])
        try database.transaction { () throws(StoreError) in
            try database.run(
                """
                INSERT OR IGNORE INTO series
                    (account, region, model_id, scope, model, profile_name, first_seen, last_seen, retained_from)
                SELECT account, region, model_id, scope, model, profile_name, first_seen, last_seen, retained_from
                FROM newest.series
                """)
            for (table, key) in [("totals", "metric"), ("quota_token_totals", "scope, model")] {
                try database.run(
                    """
                    INSERT INTO \(table) (series_id, \(key), sum, exposed)
                    SELECT s.id, \(key.split(separator: ", ").map { "t.\($0)" }.joined(separator: ", ")), 0, t.exposed
                    FROM newest.\(table) AS t JOIN newest.series AS n ON n.id = t.series_id
                    JOIN series AS s ON (s.account, s.region, s.model_id) = (n.account, n.region, n.model_id) WHERE true
                    ON CONFLICT DO UPDATE SET exposed = max(exposed, excluded.exposed)
                    """)
            }
            try CallerRepair(database, now: now).carryOver()
        }
        try database.run("DETACH newest")
        return report
    }

    // MARK: The new file

    /// Gives the new store the damaged one's name; returns where that one lies now, its log beside it.
    ///
    /// At every moment there is a file by the store's name, so that no daemon begins an empty one. The damaged log must not
    /// stay: SQLite would take it for the new file's.
    private func replace(with new: String) throws(StoreError) -> String {
        let kept = "\(source).damaged-\(FileTime.text(now))"
        for suffix in ["", "-wal"] where access(source + suffix, F_OK) == 0 {
            try named("the damaged file cannot be kept as \(kept + suffix)") {
                link(source + suffix, kept + suffix)
            }
        }
        for suffix in ["-wal", "-shm"] { unlink(source + suffix) }
        try named("the new file cannot get its name") { rename(new, source) }
        Self.remove(new)
        return kept
    }

    private func named(_ what: String, _ call: () -> Int32) throws(StoreError) {
        guard call() != 0 else { return }
        let code = errno
        throw failure(source, .system(errno: code), "\(what): \(String(cString: strerror(code)))")
    }

    private static func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
    }

    private func failure(_ path: String, _ cause: StoreError.Cause, _ reason: String) -> StoreError {
        StoreError(cause: cause, attempt: Self.attempt, path: path, reason: reason)
    }
}

extension Database {
    /// Throws unless the file is whole and all rows belong together.
    fileprivate func check() throws(StoreError) {
        let answer = try pragma("integrity_check(1)")
        let orphan = try pragma("foreign_key_check")
        guard answer == "ok", orphan == nil else {
            throw StoreError(
                cause: .damaged, attempt: StoreRecovery.attempt, path: path,
                reason:
                    "the new file is not whole: \(orphan.map { "a row of \($0) belongs to nothing" } ?? answer ?? "no answer")"
            )
        }
    }
}
