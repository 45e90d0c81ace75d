import QuotaModel
import System
import UsageStore

extension Flag {
    static let damagedPath = Flag(
        name: "storage.path", valueName: "FILE", defaultValue: nil,
        help: "The damaged store. It is only read, its log included; stop the daemon first.")
    static let output = Flag(
        name: "output", valueName: "FILE", defaultValue: nil,
        help: "The new store; the file must not exist.")
}

/// `recover`: a new store of what can be read of a damaged one; exit code 3 when something is lost.
struct RecoverCommand {
    private static let somethingLost: Int32 = 3
    /// CloudWatch's memory of minutes, which the daemon reads by itself.
    private static let memoryMinutes = 15 * 1_440

    private let source: String
    private let target: String

    /// Throws `UsageError` when a path is missing.
    init(_ invocation: Invocation) throws {
        guard let source = invocation[.damagedPath], let target = invocation[.output] else {
            throw Invocation.UsageError(
                description: "recover needs the damaged store and a name for the new one: "
                    + "--storage.path=FILE --output=FILE")
        }
        self.source = source
        self.target = target
    }

    func run() throws -> Int32 {
        let now = Int(PollClock.system.now())
        let report = try StoreRecovery.run(from: source, to: target, now: now)
        Output.print(Self.text(report, target: target, now: now))
        return report.isComplete ? 0 : Self.somethingLost
    }

    /// The report for people.
    static func text(_ report: RecoveryReport, target: String, now: Int) -> String {
        var lines: [String] = []
        for table in report.tables where table.keptRows + table.refusedRows + table.losses.count > 0 {
            let refused = table.refusedRows > 0 ? ", \(table.refusedRows) that cannot be true left out" : ""
            lines.append("\(table.name): \(table.keptRows) rows kept\(refused)")
            lines += table.losses.map { "  lost or doubtful: \($0)" }
        }
        if report.isLogDamaged {
            lines.append("The write-ahead log is damaged: the last transactions are lost.")
        }
        lines += report.notes
        lines.append("")
        guard !report.isComplete else {
            return (lines + ["Everything was kept: \(target)"]).joined(separator: "\n")
        }
        lines.append("What could be read is in \(target); the old file is as it was.")
        lines += advice(report, now: now)
        return lines.joined(separator: "\n")
    }

    private static func advice(_ report: RecoveryReport, now: Int) -> [String] {
        guard let first = report.firstUncovered else { return [] }
        let minutes = report.uncovered.reduce(0) { $0 + $1.ranges.minuteCount }
        var lines = [
            "\(minutes) minutes of \(report.uncovered.count) model IDs are to be read again: "
                + "a daemon with this store reads those of the last 15 days by itself."
        ]
        if first < Minute(containingEpochSeconds: now).advanced(by: -memoryMinutes) {
            lines.append(
                "Some are older: before it starts, run "
                    + "backfill --storage.path=… --start=-455d for what CloudWatch still keeps of them.")
        }
        return lines
    }
}
