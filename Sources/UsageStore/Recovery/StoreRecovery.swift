import Glibc
import SQLite

/// Makes a new store out of what can be read of a damaged one, which stays as it is.
package struct StoreRecovery {
    static let attempt = "recover the store"

    private let source: String
    private let target: String
    private let now: Int

    /// - Parameters:
    ///   - source: The damaged store; no daemon may be at work on it.
    ///   - target: Where the new one is to be; must not exist.
    ///   - now: Unix seconds.
    package static func run(
        from source: String, to target: String, now: Int
    ) throws(StoreError) -> RecoveryReport {
        let recovery = StoreRecovery(
            source: try StoreFile.resolveExisting(source), target: try StoreFile.resolve(target), now: now)
        do {
            return try recovery.run()
        } catch {
            throw error.during(attempt)
        }
    }

    private func run() throws(StoreError) -> RecoveryReport {
        guard access(target, F_OK) != 0 else {
            throw failure(target, .badPath, "the new file exists already")
        }
        let sourceLock = try StoreLock.shared(storePath: source)
        let targetLock = try StoreLock(storePath: target)
        defer { withExtendedLifetime((sourceLock, targetLock)) {} }
        // It gets its name when it is whole: nobody is to take half a store for one.
        let unfinished = target + ".unfinished"
        Self.remove(unfinished)
        do {
            let report = try fill(unfinished)
            try finish(unfinished)
            return report
        } catch {
            Self.remove(unfinished)
            unlink(target + ".lock")
            throw error
        }
    }

    private func fill(_ path: String) throws(StoreError) -> RecoveryReport {
        try StoreFile.createIfMissing(path)
        let database = try Database.openStore(path)
        let file = try PageFile(path: source)
        let salvage = try StoreSalvage.run(file, into: database, now: now)
        guard salvage.tables.contains(where: { $0.value.keptRows > 0 }) else {
            throw failure(source, .damaged, "no row of a store can be read in this file")
        }
        let report = try database.transaction { () throws(StoreError) in
            try repair(salvage, isLogDamaged: file.isLogDamaged, in: database)
        }
        try check(database)
        try database.run("PRAGMA wal_checkpoint(TRUNCATE)")
        return report
    }

    // MARK: What hangs together

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

    /// Stores of the first version had none, and lost ones are told by the series.
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
            guard let sink = salvage.tables[name] else { continue }
            var table = RecoveryReport.Table(
                name: name, keptRows: sink.keptRows, refusedRows: sink.refusedRows)
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
                table.losses = text.lines(sink.gaps, of: sink.table)
            }
            tables.append(table)
        }
        return tables
    }

    // MARK: The new file

    private func check(_ database: Database) throws(StoreError) {
        let answer = try database.pragma("integrity_check(1)")
        guard answer == "ok" else {
            throw failure(database.path, .damaged, "the new file is not whole: \(answer ?? "no answer")")
        }
        let orphan = try database.pragma("foreign_key_check")
        guard orphan == nil else {
            throw failure(database.path, .damaged, "a row of \(orphan ?? "") belongs to nothing")
        }
    }

    /// `link` fails when the name has been taken meanwhile.
    private func finish(_ unfinished: String) throws(StoreError) {
        guard link(unfinished, target) == 0 else {
            let code = errno
            throw failure(
                target, .system(errno: code),
                "the new file cannot get its name: \(String(cString: strerror(code)))")
        }
        Self.remove(unfinished)
    }

    private static func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
    }

    private func failure(_ path: String, _ cause: StoreError.Cause, _ reason: String) -> StoreError {
        StoreError(cause: cause, attempt: Self.attempt, path: path, reason: reason)
    }
}
