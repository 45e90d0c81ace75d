import FoundationEssentials
import TestBench
import Testing

@testable import Commands
@testable import Configuration
@testable import Exposition
@testable import Web

/// The README's tables against the program. `UPDATE_GOLDEN=1` writes them anew.
struct ReadmeTests {
    private static let path = {
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/") + "/README.md"
    }()

    private static var tables: [(name: String, text: String)] {
        [
            ("metrics", metrics), ("flags", flags), ("configuration", ConfigurationKeys.markdownTable),
            ("endpoints", endpoints), ("cost", table(FleetTables.costHead, FleetTables.cost)),
            ("series", table(FleetTables.seriesHead, FleetTables.series)),
            ("fleets", table(FleetTables.fleetHead, FleetTables.fleetSeries)),
        ]
    }

    @Test("every table of the README is the program's own", arguments: tables.map(\.name))
    func table(name: String) throws {
        let readme = try String(contentsOfFile: Self.path, encoding: .utf8)
        let expected = try #require(Self.tables.first { $0.name == name }?.text)
        let parts = try #require(Self.split(readme, at: name))
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try (parts.before + "\n" + expected + parts.after).write(
                toFile: Self.path, atomically: true, encoding: .utf8)
        } else {
            #expect(
                parts.table == "\n" + expected,
                "run UPDATE_GOLDEN=1 swift test --filter ReadmeTests --no-parallel")
        }
    }

    @Test("what the README says of the replayed day is what its test holds")
    func replayedDay() throws {
        let readme = try String(contentsOfFile: Self.path, encoding: .utf8)
        let text = readme.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let share = (ReplayedDay.share * 100).rounded() / 100
        #expect(
            text.contains(
                "the same \(ReplayedDay.transitions) changes of alerts at the same minutes and the same rows, for "
                    + "\(Documentation.grouped(ReplayedDay.adaptive)) metrics instead of "
                    + "\(Documentation.grouped(ReplayedDay.everything)) (\(share)"))
    }

    @Test("metrics whose series come and go are those that the README names")
    func occasional() {
        #expect(
            FleetTables.occasional == [
                "bedrock_burndown_mismatch_info", "bedrock_unmapped_model_info", "bedrock_alert_firing",
                "bedrock_exporter_aws_request_failures_total", "bedrock_exporter_notification_failures_total",
                "bedrock_exporter_remote_write_failed_requests_total",
                "bedrock_exporter_remote_write_revised_minutes_total",
            ])
    }

    /// The text up to and with the opening mark's line, the table, and the closing mark with what follows.
    private static func split(_ text: String, at name: String) -> (
        before: String, table: String, after: String
    )? {
        guard let open = text.firstRange(of: "<!-- \(name): generated, compared by a test -->") else {
            return nil
        }
        guard let close = text[open.upperBound...].firstRange(of: "<!-- end -->") else { return nil }
        return (
            String(text[..<open.upperBound]), String(text[open.upperBound..<close.lowerBound]),
            String(text[close.lowerBound...])
        )
    }

    private static func table(_ head: [String], _ rows: [[String]]) -> String {
        ([head, head.map { _ in "---" }] + rows).map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
    }

    private static var metrics: String {
        let all = MetricCatalog.all + ProcessMetricCatalog.all
        return table(
            ["Metric", "Type", "Labels", "Meaning"],
            all.map { metric in
                [
                    "`\(metric.name)`", metric.kind.rawValue,
                    metric.labels.map { "`\($0)`" }.joined(separator: ", "), metric.help,
                ]
            })
    }

    private static var flags: String {
        let rows = Command.allCases.flatMap { command in
            [["**`\(command.rawValue)`**", "", command.summary]] + self.rows(command.flags)
                + command.topics.flatMap { topic in
                    [["**`\(command.rawValue) \(topic.rawValue)`**", "", topic.summary]]
                        + self.rows(topic.flags)
                }
        }
        return table(["Command or flag", "Default", "Meaning"], rows)
    }

    private static func rows(_ flags: [Flag]) -> [[String]] {
        flags.map { flag in
            ["`\(flag.usage)`", flag.defaultValue.map { "`\($0)`" } ?? "", flag.help]
        }
    }

    private static var endpoints: String {
        table(
            ["Method", "Path", "Purpose"],
            WebEndpoints.table.map { [$0.method, "`\($0.path)`", $0.purpose] })
    }
}
