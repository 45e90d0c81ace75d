import FoundationEssentials
import TestBench
import Testing

@testable import Configuration
@testable import Exposition
@testable import Web

/// The tables of the READMEs against the program. `UPDATE_GOLDEN=1` writes them anew.
struct ReadmeTests {
    private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    /// Each in the README of a folder.
    private static var tables: [(name: String, folder: String, text: String)] {
        [
            ("configuration", "config", ConfigurationKeys.markdownTable),
            ("cost", "config", table(FleetTables.costHead, FleetTables.cost)),
            ("endpoints", "dashboards", endpoints), ("metrics", "deploy/prometheus", metrics),
            ("series", "deploy/prometheus", table(FleetTables.seriesHead, FleetTables.series)),
            ("fleets", "deploy/prometheus", table(FleetTables.fleetHead, FleetTables.fleetSeries)),
        ]
    }

    private static func path(_ folder: String) -> String { "\(root)/\(folder)/README.md" }

    @Test("every table of a README is the program's own", arguments: tables.map(\.name))
    func table(name: String) throws {
        let expected = try #require(Self.tables.first { $0.name == name })
        let path = Self.path(expected.folder)
        let parts = try #require(Self.split(try String(contentsOfFile: path, encoding: .utf8), at: name))
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try (parts.before + "\n" + expected.text + parts.after).write(
                toFile: path, atomically: true, encoding: .utf8)
        } else {
            #expect(
                parts.table == "\n" + expected.text,
                "run UPDATE_GOLDEN=1 swift test --filter ReadmeTests --no-parallel")
        }
    }

    @Test("the schema that the examples name is the program's own")
    func schema() throws {
        let path = "\(Self.root)/config/bedrock-quota-exporter.schema.json"
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try ConfigurationSchema.text.write(toFile: path, atomically: true, encoding: .utf8)
        } else {
            #expect(
                try String(contentsOfFile: path, encoding: .utf8) == ConfigurationSchema.text,
                "run UPDATE_GOLDEN=1 swift test --filter ReadmeTests --no-parallel")
        }
    }

    @Test("what is written of the replayed day is what its test holds")
    func replayedDay() throws {
        let share = (ReplayedDay.share * 100).rounded() / 100
        #expect(
            try Self.words("config").contains(
                "the same \(ReplayedDay.transitions) changes of alerts at the same minutes and the same rows, for "
                    + "\(Documentation.grouped(ReplayedDay.adaptive)) metrics instead of "
                    + "\(Documentation.grouped(ReplayedDay.everything)) (\(share)"))
    }

    @Test("figures in sentences are those of the tables")
    func figures() throws {
        let ten = try #require(FleetTables.cost.first { $0[0] == "10" })
        #expect(
            try Self.words(".").contains(
                "Ten model IDs polled each minute cost about \(ten[3]) USD a month, \(ten[1]) where everything is read"
            ))
        let series = Dictionary(uniqueKeysWithValues: FleetTables.parts.map { ($0.name, $0.series) })
        let (modelID, quota, region) = (series["model ID"], series["quota of a pool"], series["Region"])
        #expect(
            try Self.words("deploy/prometheus").contains(
                "model IDs x \(modelID ?? 0) + pools + quotas x \(quota ?? 0) + Regions x \(region ?? 0)"))
    }

    /// The text on one line.
    private static func words(_ folder: String) throws -> String {
        try String(contentsOfFile: path(folder), encoding: .utf8)
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    @Test("metrics whose series come and go are those that are named")
    func occasional() {
        #expect(
            FleetTables.occasional == [
                "bedrock_mantle_inferences_total", "bedrock_mantle_input_tokens_total",
                "bedrock_mantle_output_tokens_total", "bedrock_mantle_client_errors_total",
                "bedrock_caller_quota_tokens_total",
                "bedrock_burndown_mismatch_info", "bedrock_cross_model_daily_tokens_lower_bound",
                "bedrock_unmapped_model_info", "bedrock_legacy_model_info",
                "bedrock_model_end_of_life_timestamp_seconds", "bedrock_batch_jobs", "bedrock_batch_records",
                "bedrock_alert_firing", "bedrock_exporter_accounts",
                "bedrock_exporter_aws_request_failures_total", "bedrock_exporter_caller_windows_total",
                "bedrock_exporter_notification_failures_total",
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

    private static var endpoints: String {
        table(
            ["Method", "Path", "Purpose"],
            WebEndpoints.table.map { [$0.method, "`\($0.path)`", $0.purpose] })
    }
}
