import Polling
import QuotaModel
import Reading
import System

/// What `backfill` tells people; pure.
package enum BackfillReport {
    /// What is about to be asked for, Region by Region, and its price.
    package static func preview(_ previews: [BackfillJob.Preview], range: Range<Minute>) -> String {
        let total = previews.reduce(BackfillEstimate()) { $0 + $1.estimate }
        let head = [
            "account", "region", "model IDs", "1 minute", "5 minutes", "1 hour", "metrics", "requests",
        ]
        let rows = previews.map { preview in
            [preview.key.account, preview.key.region, Grouped.digits(preview.seriesCount)]
                + BackfillPlan.Resolution.allCases.map { Grouped.digits(preview.missing[$0] ?? 0) }
                + [Grouped.digits(preview.estimate.metrics), Grouped.digits(preview.estimate.requests)]
        }
        let lines = [
            "Missing between \(CivilTime.text(range.lowerBound.epochSeconds)) and "
                + "\(CivilTime.text(range.upperBound.epochSeconds)), in periods of all model IDs:",
            "",
        ]
        return (lines + table([head] + rows) + ["", price(total)]).joined(separator: "\n") + "\n"
    }

    private static func price(_ total: BackfillEstimate) -> String {
        guard total.requests > 0 else { return "Nothing is missing." }
        return "CloudWatch will be asked for \(Grouped.digits(total.metrics)) metrics in "
            + "\(Grouped.digits(total.requests)) requests: about \(dollars(total.dollars)) USD "
            + "(0.01 USD per 1,000 metrics)."
    }

    /// Columns by width; the first two to the left, numbers to the right.
    private static func table(_ rows: [[String]]) -> [String] {
        let widths = rows.reduce(into: [Int]()) { widths, row in
            for (index, cell) in row.enumerated() {
                if index == widths.count { widths.append(0) }
                widths[index] = max(widths[index], cell.count)
            }
        }
        return rows.map { row in
            let cells = zip(row, widths).enumerated().map { index, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return index < 2 ? cell.0 + space : space + cell.0
            }
            return "  " + cells.joined(separator: "  ")
        }
    }

    /// Up to a tenth of a cent, never shown as nothing.
    static func dollars(_ value: Double) -> String {
        let mills = Int((value * 1000).rounded(.up))
        let digits = String(mills % 1000)
        return "\(Grouped.digits(mills / 1000))." + String(repeating: "0", count: 3 - digits.count) + digits
    }

    /// One line of progress: share, requests, price, and what is being read.
    package static func line(_ progress: BackfillJob.Progress) -> String {
        "\(percent(progress)) %  \(Grouped.digits(progress.done.requests)) of "
            + "\(Grouped.digits(progress.total.requests)) requests, \(dollars(progress.done.dollars)) USD, "
            + "\(progress.key.account) \(progress.key.region) back to "
            + CivilTime.text(progress.window.lowerBound.epochSeconds)
    }

    /// The same with a bar, for a terminal of this width.
    package static func bar(_ progress: BackfillJob.Progress, width: Int) -> String {
        let filled = barCells * percent(progress) / 100
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: barCells - filled)
        return String((bar + " " + line(progress)).prefix(max(1, width - 1)))
    }

    private static let barCells = 24

    private static func percent(_ progress: BackfillJob.Progress) -> Int {
        guard progress.total.requests > 0 else { return 100 }
        return min(100, progress.done.requests * 100 / progress.total.requests)
    }

    /// The last words.
    package static func end(_ result: BackfillJob.Result) -> String {
        let asked =
            "\(Grouped.digits(result.done.metrics)) metrics in \(Grouped.digits(result.done.requests)) requests, "
            + "about \(dollars(result.done.dollars)) USD"
        if result.wasStopped {
            return "Interrupted after \(asked). What was read is stored; the same command goes on from there."
        }
        guard !result.isComplete || !result.problems.isEmpty else { return "Done: \(asked)." }
        return "Not complete: \(asked). The same command asks for what is missing."
    }
}
