import QuotaModel
import System
import UsageStore

extension Flag {
    static let backupFolder = Flag(
        name: "storage.backup.path", valueName: "FOLDER", defaultValue: nil,
        help: "Where the store's backups lie; otherwise as the configuration file says.")
    static let salvage = Flag(
        name: "salvage", valueName: nil, defaultValue: nil,
        help: "Put what can be read of the damaged store in its place.")
    static let fromBackup = Flag(
        name: "from-backup", valueName: nil, defaultValue: nil,
        help: "Put the newest good backup in the damaged store's place; counters go on from where they stood."
    )
}

/// `recover`: tells what can be had in place of a damaged store, and puts it there when asked; exit code 3 when something is
/// lost. The damaged store stays beside it under another name.
struct RecoverCommand {
    private static let somethingLost: Int32 = 3
    /// CloudWatch's memory of minutes, which the daemon reads by itself.
    private static let memoryMinutes = 15 * 1_440

    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let storePath: String
    private let backups: BackupFolder?
    private let isSalvage: Bool
    private let isFromBackup: Bool
    private let now = Int(PollClock.system.now())

    /// Throws `UsageError` for two ways at once, and what the configuration file's reader says.
    init(_ invocation: Invocation) throws {
        isSalvage = invocation[.salvage] != nil
        isFromBackup = invocation[.fromBackup] != nil
        guard !(isSalvage && isFromBackup) else {
            throw Invocation.UsageError(description: "--salvage and --from-backup are two ways; name one")
        }
        let storage = try invocation.configurationLoader().storage
        storePath = storage.path
        let folder = invocation[.backupFolder] ?? storage.backup?.path
        guard folder != nil || !isFromBackup else {
            throw Invocation.UsageError(
                description: "--from-backup needs the folder of backups: --storage.backup.path=FOLDER")
        }
        backups = folder.map { BackupFolder(path: $0, storePath: storage.path) }
    }

    func run() throws -> Int32 {
        let recovery = try StoreRecovery(path: storePath, now: now)
        let backup = backups?.newestWhole()
        if isFromBackup { return try restore(backup, recovery) }
        return isSalvage ? try salvage(recovery) : try look(recovery, backup)
    }

    // MARK: The three ways

    private func look(_ recovery: StoreRecovery, _ backup: StoreBackup?) throws -> Int32 {
        var lines: [String] = []
        if let backup {
            lines.append("The newest good backup is \(backup.path), \(age(backup)) old.")
        } else if let backups {
            lines.append("There is no good backup in \(backups.path).")
        }
        var isComplete = false
        do {
            let report = try recovery.look().report
            isComplete = report.isComplete
            lines += ["A salvage would keep:", Self.text(report)]
            lines += isComplete ? ["Everything would be kept."] : Self.advice(report, now: now)
        } catch {
            guard backup != nil else { throw error }
            lines.append("A salvage would keep nothing: \(error)")
        }
        let ways =
            ["--salvage puts what can be read in the store's place"]
            + (backup == nil ? [] : ["--from-backup the backup"])
        lines += ["", "Nothing was changed. \(ways.joined(separator: ", "))."]
        Output.print(lines.joined(separator: "\n"))
        return isComplete ? 0 : Self.somethingLost
    }

    private func salvage(_ recovery: StoreRecovery) throws -> Int32 {
        let outcome = try recovery.salvage()
        let report = outcome.report
        var lines = [Self.text(report), ""]
        lines.append("\(report.isComplete ? "Everything" : "What could be read") is in \(storePath).")
        lines += Self.advice(report, now: now)
        finish(lines, outcome)
        return report.isComplete ? 0 : Self.somethingLost
    }

    private func restore(_ backup: StoreBackup?, _ recovery: StoreRecovery) throws -> Int32 {
        guard let backup else {
            throw Failure(description: "there is no good backup in \(backups?.path ?? "")")
        }
        let outcome = try recovery.restore(backup)
        finish(
            outcome.report.notes + [
                "\(backup.path), \(age(backup)) old, is in \(storePath); "
                    + "a daemon reads what is missing since then, of the last 15 days, by itself."
            ], outcome)
        return 0
    }

    private func finish(_ lines: [String], _ outcome: StoreRecovery.Outcome) {
        let damaged = outcome.damagedPath.map { ["The damaged store is \($0) now."] } ?? []
        Output.print((lines + damaged).joined(separator: "\n"))
    }

    // MARK: Words

    private func age(_ backup: StoreBackup) -> String {
        let minutes = max(0, now - backup.madeAt) / 60
        if minutes < 120 { return "\(minutes) min" }
        return minutes < 48 * 60 ? "\(minutes / 60) h" : "\(minutes / 1_440) days"
    }

    /// The report for people.
    static func text(_ report: RecoveryReport) -> String {
        var lines: [String] = []
        for table in report.tables where table.keptRows + table.refusedRows + table.losses.count > 0 {
            let refused = table.refusedRows > 0 ? ", \(table.refusedRows) that cannot be true left out" : ""
            lines.append("\(table.name): \(table.keptRows) rows kept\(refused)")
            lines += table.losses.map { "  lost or doubtful: \($0)" }
        }
        if report.isLogDamaged {
            lines.append("The write-ahead log is damaged: the last transactions are lost.")
        }
        return (lines + report.notes).joined(separator: "\n")
    }

    private static func advice(_ report: RecoveryReport, now: Int) -> [String] {
        guard let first = report.firstUncovered else { return [] }
        let minutes = report.uncovered.reduce(0) { $0 + $1.ranges.minuteCount }
        var lines = [
            "\(minutes) minutes of \(report.uncovered.count) model IDs are to be read again: "
                + "a daemon with such a store reads those of the last 15 days by itself."
        ]
        if first < Minute(containingEpochSeconds: now).advanced(by: -memoryMinutes) {
            lines.append(
                "Some are older: before it starts, run "
                    + "backfill --storage.path=… --start=-455d for what CloudWatch still keeps of them.")
        }
        return lines
    }
}
