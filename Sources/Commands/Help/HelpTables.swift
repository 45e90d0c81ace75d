import Alerting
import Configuration
import Exposition
import Web

/// What `help` says of metrics, keys, alerts and endpoints: lines for a terminal of 80 columns, out of the tables that the
/// program itself uses.
enum HelpTables {
    private static let columns = 80

    static var metrics: String {
        text(
            (MetricCatalog.all + ProcessMetricCatalog.all).map { metric in
                let labels = metric.labels.isEmpty ? [] : ["labels: \(metric.labels.joined(separator: ", "))"]
                return ("\(metric.name) (\(metric.kind.rawValue))", labels + [metric.help])
            })
    }

    static var configuration: String {
        text(ConfigurationKeys.all.map { ($0.path, [typeLine($0), PlainText.of($0.description)]) })
    }

    static var alerts: String {
        text(
            AlertKind.allCases.map { kind in
                (
                    "\(kind.rawValue) (\(kind.severity.rawValue))",
                    ["rule: alerts.rules.\(kind.key)", kind.meaning]
                )
            })
    }

    static var endpoints: String {
        text(WebEndpoints.table.map { ("\($0.method) \($0.path)", [PlainText.of($0.purpose)]) })
    }

    /// The type and the default of a key.
    static func typeLine(_ key: ConfigurationKey) -> String {
        key.type + (key.standard.map { "; default \($0)" } ?? "")
    }

    /// Each head on a line of its own, what is said of it below, set in.
    private static func text(_ entries: [(head: String, body: [String])]) -> String {
        entries.flatMap { entry in
            PlainText.wrapped(entry.head, to: columns)
                + entry.body.flatMap { PlainText.wrapped($0, to: columns, indent: 4) }
        }.map { $0 + "\n" }.joined()
    }
}

/// Text of the manual's tables for places that know no Markdown.
enum PlainText {
    static func of(_ markdown: String) -> String { markdown.replacing("`", with: "") }

    /// Lines of at most so many characters, broken at blanks; a word that is longer has a line of its own.
    static func wrapped(_ text: String, to columns: Int, indent: Int = 0) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if line.isEmpty {
                line = margin + word
            } else if line.count + 1 + word.count <= columns {
                line += " " + word
            } else {
                lines.append(line)
                line = margin + word
            }
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
