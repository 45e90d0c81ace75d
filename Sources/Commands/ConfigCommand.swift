import Configuration
import System

extension Flag {
    static let schema = Flag(
        name: "schema", valueName: nil, defaultValue: nil,
        help: "Print the JSON Schema of configuration files instead, for editors.")
}

/// `config`: the configuration as `serve` with the same flags would have it, as YAML, or the schema of all of them.
struct ConfigCommand {
    private let invocation: Invocation

    /// Throws `UsageError` for flags that make no question.
    init(_ invocation: Invocation) throws {
        guard invocation[.schema] == nil || invocation.values.count == 1 else {
            throw Invocation.UsageError(
                description: "--schema is the same for every configuration; it goes without other flags")
        }
        self.invocation = invocation
    }

    func run() throws -> Int32 {
        guard invocation[.schema] == nil else {
            _ = try StandardOutput.write(Array(ConfigurationSchema.text.utf8))
            return 0
        }
        let (configuration, origins) = try invocation.loaderWithOrigins()
        let file = invocation[.configFile].map { "a line of \(VisibleText.quoted($0))" }
        let sources = [file, "a flag", "the environment", "the default"].compactMap { $0 }
        Output.print(
            "# The configuration of \(BuildInfo.name). Behind each value is where it comes from:\n"
                + "# \(sources.dropLast().joined(separator: ", ")) or the default.\n"
                + configuration.page(origins.phrase))
        return 0
    }
}
