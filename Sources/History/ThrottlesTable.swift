import Alerting
import QuotaModel
import System

/// Episodes for a terminal: by pool, the newest first, and what to do about each cause.
package enum ThrottlesTable {
    private static let indent = "  "

    /// - Parameter width: Of the terminal; nil for lines as long as they are.
    package static func text(_ answer: ThrottleAnswer, width: Int?) -> String {
        var lines: [String] = []
        let byPool = Dictionary(grouping: answer.episodes, by: \.pool)
        for (pool, episodes) in byPool.sorted(by: { $0.key < $1.key }) {
            if !lines.isEmpty { lines.append("") }
            lines += section(pool, episodes, width: width)
        }
        if let note = answer.note { lines += (lines.isEmpty ? [] : [""]) + wrapped(note, width) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func section(
        _ pool: QuotaPool, _ episodes: [ThrottleEpisode], width: Int?
    ) -> [String] {
        let parts = [pool.model, pool.scope.rawValue, pool.region, pool.account]
        let name = VisibleText.escaped(parts.joined(separator: ", "))
        let rows = episodes.map { episode in
            [
                String(CivilTime.text(episode.minutes.lowerBound.epochSeconds).prefix(16))
                    .replacing("T", with: " "),
                String(episode.minutes.count), Grouped.digits(Int(episode.throttles)), episode.cause.rawValue,
                episode.judgement.keyFigure + (episode.isSettled ? "" : " *"),
            ]
        }
        let heads = ["Start, UTC", "Min", "Throttles", "Cause", "Because"]
        let widths = heads.indices.map { column in
            ([heads] + rows).map { $0[column].count }.max() ?? 0
        }
        var lines = wrapped(name, width)
        for row in [heads] + rows { lines.append(line(row, widths)) }
        for cause in ThrottleCause.allCases {
            // Of several episodes with one cause the advice of the newest.
            guard let episode = episodes.first(where: { $0.cause == cause }) else { continue }
            lines += wrapped("\(cause.rawValue): \(episode.judgement.advice)", width, hanging: indent)
        }
        if episodes.contains(where: { !$0.isSettled }) {
            lines += wrapped("* Not settled: later minutes may change it.", width, hanging: indent)
        }
        return lines
    }

    private static func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, (cell, width)) in zip(cells, widths).enumerated() {
            let blanks = String(repeating: " ", count: width - cell.count)
            // Numbers end alike.
            line += (column == 0 ? "" : indent) + ((1...2).contains(column) ? blanks + cell : cell + blanks)
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    /// Words in lines of a width; those after the first are indented as well.
    private static func wrapped(_ text: String, _ width: Int?, hanging: String = "") -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width ?? .max {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append((lines.isEmpty ? hanging : hanging + hanging) + word)
            }
        }
        return lines
    }
}
