import Alerting
import Configuration
import Exposition
import Testing
import Web

@testable import Commands

@Suite("What help tells besides flags")
struct HelpTests {
    private static func text(_ line: String) throws -> String {
        HelpCommand.text(for: try Invocation.parse(line.split(separator: " ").map(String.init)))
    }

    @Test("topics of help are known with and without --help, and stand above commands of the same name")
    func parsing() throws {
        for topic in HelpCommand.topics {
            let asked = try Invocation.parse(["help"] + topic.words)
            #expect(asked == Invocation(command: .help, topic: topic))
        }
        #expect(try Invocation.parse(["help", "man", "config"]).topic?.name == "man config")
        #expect(
            throws: Invocation.UsageError(description: "unexpected argument \"query\"; flags begin with --")
        ) {
            try Invocation.parse(["help", "man", "query"])
        }
    }

    @Test("tables fit a terminal of 80 columns", arguments: ["metrics", "config", "alerts", "endpoints"])
    func width(topic: String) throws {
        let lines = try Self.text("help \(topic)").split(separator: "\n")
        #expect(lines.count > 20)
        #expect(lines.allSatisfy { $0.count <= 80 })
    }

    @Test("every metric, key, alert and endpoint has its entry")
    func entries() throws {
        let metrics = try Self.text("help metrics")
        for metric in MetricCatalog.all + ProcessMetricCatalog.all {
            #expect(metrics.contains("\(metric.name) (\(metric.kind.rawValue))\n"))
        }
        let keys = try Self.text("help config")
        for key in ConfigurationKeys.all { #expect("\n\(keys)".contains("\n\(key.path)\n    \(key.type)")) }
        let alerts = try Self.text("help alerts")
        for kind in AlertKind.allCases {
            #expect(alerts.contains("\(kind.rawValue) (\(kind.severity.rawValue))\n"))
            #expect(ConfigurationKeys.all.contains { $0.path == "alerts.rules.\(kind.key).enabled" })
        }
        let endpoints = try Self.text("help endpoints")
        for endpoint in WebEndpoints.table {
            #expect("\n\(endpoints)".contains("\n\(endpoint.method) \(endpoint.path)\n"))
        }
    }

    @Test("manual pages name every command, flag and key; their example loads")
    func manuals() throws {
        let page = try Self.text("help man").replacing("\\-", with: "-")
        for usage in Command.allCases.flatMap(\.usages) {
            #expect(page.contains(".SS \"\(usage.name)\"\n"))
            for flag in usage.flags where flag != .help { #expect(page.contains("\\fB--\(flag.name)")) }
        }
        let keys = try Self.text("help man config").replacing("\\-", with: "-")
        for key in ConfigurationKeys.all { #expect(keys.contains("\\fB\(key.path)\\fR\n")) }
        let example = try Configuration.load(text: ConfigurationManual.example, file: "example")
        #expect(example != .defaults)
    }

    @Test("characters that groff takes for its own are written out")
    func roff() {
        var page = ManualPage("x", section: 1, title: "T")
        page.paragraph(".dot \\ - ' ` ^ ~ tag_…")
        page.item("'a", value: "B", ["one", "two"])
        page.paragraph("\(String(repeating: "a,b", count: 20)) . .")
        #expect(
            page.text.hasSuffix(
                "\n.PP\n\\&.dot \\e \\- \\(aq \\(ga \\(ha \\(ti tag_\\[u2026]\n.TP\n\\fB\\(aqa\\fR\\fIB\\fR\none\n.br\ntwo\n.PP\n"
                    + String(repeating: "a,\\:b", count: 20) + "\n\\&. .\n"))
    }

    @Test(
        "lines are broken at blanks",
        arguments: [
            ("one two three", 8, 0, ["one two", "three"]), ("one two", 3, 2, ["  one", "  two"]),
            ("longer", 3, 0, ["longer"]), ("", 3, 0, []),
        ])
    func wrapping(text: String, columns: Int, indent: Int, lines: [String]) {
        #expect(PlainText.wrapped(text, to: columns, indent: indent) == lines)
    }
}

@Suite("What shells complete")
struct CompletionTableTests {
    private let table = CompletionTable.ofProgram

    private func next(_ before: String...) -> [String] {
        table.words.first { $0.before == before }?.next.map(\.text) ?? []
    }

    @Test("words follow each other as the parser takes them")
    func words() throws {
        #expect(next() == Command.allCases.map(\.rawValue))
        #expect(next("export") == ["openmetrics", "cloudwatch-alarms"])
        #expect(next("completion") == ["bash", "zsh", "fish"])
        #expect(next("help", "man") == ["config"])
        #expect(next("help", "export") == next("export"))
        #expect(Set(next("help")).isSuperset(of: ["metrics", "man", "query", "export"]))
        #expect(!next("help").contains("help"))
        #expect(Set(next("help")).count == next("help").count)
        for usage in table.usages {
            #expect(try Invocation.parse(usage.words).flags == usage.flags || usage.words == ["help"])
        }
    }

    @Test("a flag whose help lists words offers just these")
    func choices() {
        for flag in table.usages.flatMap(\.flags) where !flag.choices.isEmpty {
            #expect(flag.valueName != nil)
            if flag.help.hasPrefix("One of ") {
                #expect(flag.help.hasPrefix("One of \(flag.choices.joined(separator: ", "))"))
            }
        }
        #expect(
            Flag.scope.choices.allSatisfy {
                Flag.scope.help.contains($0) || $0.contains("_reserved") || $0.contains("_long_context")
            })
    }
}
