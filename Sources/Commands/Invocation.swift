import AWSClient
import Configuration
import System

/// What the user typed, sorted into a command and its flags.
struct Invocation: Equatable {
    var command: Command
    /// What of the command is meant, for one that has several topics.
    var topic: Topic?
    /// Values by flag name; a switch has an empty value.
    var values: [String: String] = [:]

    subscript(flag: Flag) -> String? { values[flag.name] }

    /// What is wrong with the command line; exit code 2.
    struct UsageError: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// The command with its topic, as it is typed.
    var name: String { topic.map { "\(command.rawValue) \($0.name)" } ?? command.rawValue }

    /// The flags that may follow.
    var flags: [Flag] { topic?.flags ?? command.flags }

    /// `[command] [--flag=value | --flag value | --switch]…`, the command first or left out.
    static func parse(_ arguments: [String]) throws(UsageError) -> Invocation {
        if arguments.first == Command.help.rawValue, !HelpCommand.hasTopic(arguments.dropFirst()) {
            return try parse(helpAbout(arguments.dropFirst()))
        }
        var rest = arguments[...]
        var command = Command.serve
        if let first = rest.first, !first.hasPrefix("-") {
            guard let named = Command(rawValue: first) else {
                let known = Command.allCases.map(\.rawValue).joined(separator: ", ")
                throw UsageError(
                    description: "unknown command \(VisibleText.quoted(first)); the commands are \(known)")
            }
            command = named
            rest = rest.dropFirst()
        }
        var invocation = Invocation(command: command)
        if !command.topics.isEmpty { invocation.topic = try topic(of: command, &rest) }
        while let argument = rest.popFirst() {
            try invocation.take(argument, rest: &rest)
        }
        return invocation
    }

    /// `help query` is `query --help`, and `help` alone the overview.
    private static func helpAbout(_ words: ArraySlice<String>) -> [String] {
        let words = words.prefix { !$0.hasPrefix("-") && $0 != Command.help.rawValue }
        return words + ["--\(Flag.help.name)"]
    }

    /// The words after a command that has topics. Only help can be had without one.
    private static func topic(
        of command: Command, _ rest: inout ArraySlice<String>
    ) throws(UsageError) -> Topic? {
        let known = command.topics.map { "\(command.rawValue) \($0.name)" }.joined(separator: ", ")
        guard let word = rest.first, !word.hasPrefix("-") else {
            if ["-h", "--\(Flag.help.name)"].contains(rest.first) { return nil }
            throw UsageError(description: "\(command.rawValue) of what? There is \(known)")
        }
        let named = command.topics.filter { rest.starts(with: $0.words) }
        guard let topic = named.max(by: { $0.words.count < $1.words.count }) else {
            throw UsageError(
                description: "unknown \(command.rawValue) \(VisibleText.quoted(word)); there is \(known)")
        }
        rest = rest.dropFirst(topic.words.count)
        return topic
    }

    private mutating func take(_ argument: String, rest: inout ArraySlice<String>) throws(UsageError) {
        let text = argument == "-h" ? "--help" : argument
        guard text.hasPrefix("--"), text.count > 2 else {
            throw UsageError(
                description: "unexpected argument \(VisibleText.quoted(argument)); flags begin with --")
        }
        let parts = text.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let flag = flags.first(where: { $0.name == name }) else {
            let known = flags.map { "--\($0.name)" }.joined(separator: ", ")
            throw UsageError(description: "unknown flag --\(name) for \(self.name); the flags are \(known)")
        }
        guard values[name] == nil else { throw UsageError(description: "flag --\(name) is given twice") }
        values[name] = try value(of: flag, inline: parts.count > 1 ? String(parts[1]) : nil, rest: &rest)
    }

    private func value(
        of flag: Flag, inline: String?, rest: inout ArraySlice<String>
    ) throws(UsageError) -> String {
        guard let valueName = flag.valueName else {
            guard inline == nil else { throw UsageError(description: "flag --\(flag.name) takes no value") }
            return ""
        }
        let value: String? = inline ?? (rest.first?.hasPrefix("--") == false ? rest.popFirst() : nil)
        guard let value, !value.isEmpty else {
            throw UsageError(description: "flag --\(flag.name) needs a value (\(valueName))")
        }
        return value
    }
}

extension Invocation {
    /// The log that the flags ask for. Throws `UsageError` for a level or format that does not exist.
    func log() throws -> Log {
        let level = try choice(.logLevel, LogLevel.allCases.map(\.flag)) { LogLevel(flag: $0) }
        let format = try choice(.logFormat, LogFormat.allCases.map(\.rawValue)) { LogFormat(rawValue: $0) }
        return Log(level: level ?? .info, format: format ?? .logfmt)
    }

    /// Text unless the flag says otherwise; throws `UsageError` for a format that does not exist.
    func outputFormat(_ flag: Flag) throws -> OutputFormat {
        try choice(flag, OutputFormat.allCases.map(\.rawValue)) { OutputFormat(rawValue: $0) } ?? .text
    }

    private func choice<Value>(_ flag: Flag, _ allowed: [String], _ parse: (String) -> Value?) throws
        -> Value?
    {
        guard let text = self[flag] else { return nil }
        guard let value = parse(text) else {
            throw UsageError(
                description:
                    "--\(flag.name): \"\(text)\" is not known; allowed: \(allowed.joined(separator: ", "))")
        }
        return value
    }

    /// Of the running exporter. Throws `UsageError` for what is not the URL of a server.
    func exporterURL() throws(UsageError) -> ServiceURL {
        guard let url = ServiceURL(text: self[.webURL] ?? Flag.webURL.defaultValue ?? ""), !url.hasUser,
            !url.hasQuery
        else {
            throw UsageError(
                description: "--web.url: not a URL; allowed: http://host:port, without user and query")
        }
        return url
    }

    private var overrides: FlagOverrides {
        FlagOverrides(
            listenAddress: self[.listenAddress], telemetryPath: self[.telemetryPath],
            storagePath: self[.storagePath], maxRequests: self[.maxRequests],
            shard: AWSEnvironment.ofThisProcess().variables[FlagOverrides.shardVariable])
    }

    /// Throws `UsageError` for a flag whose value is not allowed, whatever the configuration file says.
    func checkOverrides() throws(UsageError) {
        do {
            _ = try Configuration.defaults.applying(overrides)
        } catch {
            throw UsageError(description: String(describing: error))
        }
    }

    /// Reads the configuration file, if one is named, and puts the flags over it; called again at each reload.
    var configurationLoader: @Sendable () throws -> Configuration {
        let loader = loaderWithOrigins
        return { try loader().configuration }
    }

    /// The same, with where each value comes from.
    var loaderWithOrigins:
        @Sendable () throws -> (configuration: Configuration, origins: ConfigurationOrigins)
    {
        let file = self[.configFile]
        let flags = overrides
        return {
            let (configuration, lines) =
                try file.map { try Configuration.loadFileWithLines(path: $0) } ?? (.defaults, [:])
            Redactor.process.hold(AWSEnvironment.ofThisProcess().proxySecrets)
            Redactor.process.configure(configuration.secrets)
            return (try configuration.applying(flags), ConfigurationOrigins(lines: lines, flags: flags))
        }
    }
}
