import System

/// `help`: what the program knows of itself, out of the tables that it works by.
enum HelpCommand {
    /// What one can read about; the raw value is what is typed after `help`.
    enum Subject: String, CaseIterable {
        case metrics
        case config
        case alerts
        case endpoints
        case man
        case manConfig = "man config"

        var topic: Topic { Topic(rawValue, summary, flags: [.help]) }

        private var summary: String {
            switch self {
            case .metrics: "Every metric with its labels."
            case .config: "Every key of the configuration file with its type and default."
            case .alerts: "Every alert with its severity and the key of its rule."
            case .endpoints: "Every HTTP endpoint."
            case .man: "The manual page bedrock-quota-exporter(1), for man -l."
            case .manConfig: "The manual page bedrock-quota-exporter.yml(5)."
            }
        }

        fileprivate var text: String {
            switch self {
            case .metrics: HelpTables.metrics
            case .config: HelpTables.configuration
            case .alerts: HelpTables.alerts
            case .endpoints: HelpTables.endpoints
            case .man: CommandManual.page
            case .manConfig: ConfigurationManual.page
            }
        }
    }

    static let topics = Subject.allCases.map(\.topic)

    /// Whether these words after `help` ask for more than the flags of a command.
    static func hasTopic(_ words: ArraySlice<String>) -> Bool {
        topics.contains { words.starts(with: $0.words) }
    }

    static func text(for invocation: Invocation) -> String {
        invocation.topic.flatMap { Subject(rawValue: $0.name) }?.text ?? HelpText.text(for: invocation)
    }

    static func run(_ invocation: Invocation) throws -> Int32 {
        _ = try StandardOutput.write(Array(text(for: invocation).utf8))
        return 0
    }
}
