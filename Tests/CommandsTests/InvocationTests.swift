import Testing

@testable import Commands

struct InvocationTests {
    struct Good: Sendable, CustomTestStringConvertible {
        let line: [String]
        let command: Command
        let values: [String: String]

        var testDescription: String { line.joined(separator: " ") }

        init(_ line: String, _ command: Command, _ values: [String: String] = [:]) {
            self.line = line.split(separator: " ").map(String.init)
            self.command = command
            self.values = values
        }
    }

    private static let good = [
        Good("", .serve), Good("serve", .serve), Good("version", .version),
        Good("demo --duration 2m", .demo, ["duration": "2m"]),
        Good("demo --duration=90s", .demo, ["duration": "90s"]),
        Good(
            "--config.file=a.yml --log.level debug", .serve, ["config.file": "a.yml", "log.level": "debug"]),
        Good("check --config.file -", .check, ["config.file": "-"]),
        Good("--config.file=a=b", .serve, ["config.file": "a=b"]),
        Good("--web.listen-address :9747", .serve, ["web.listen-address": ":9747"]),
        Good("-h", .serve, ["help": ""]), Good("check -h", .check, ["help": ""]),
        Good("--version", .serve, ["version": ""]),
        Good("serve --help", .serve, ["help": ""]), Good("help", .serve, ["help": ""]),
        Good("help help", .serve, ["help": ""]), Good("help --help", .serve, ["help": ""]),
        Good("help query", .query, ["help": ""]), Good("help query --help", .query, ["help": ""]),
        Good("help export", .export, ["help": ""]), Good("query --wide", .query, ["wide": ""]),
    ]

    @Test("a good command line", arguments: good)
    func parsesGood(good: Good) throws {
        #expect(try Invocation.parse(good.line) == Invocation(command: good.command, values: good.values))
    }

    private static let bad: [(String, String)] = [
        (
            "bogus",
            "unknown command \"bogus\"; the commands are "
                + Command.allCases.map(\.rawValue).joined(separator: ", ")
        ),
        ("help query now", "unexpected argument \"now\"; flags begin with --"),
        (
            "\u{1B}[2J",
            "unknown command \"\\u{1b}[2J\"; the commands are "
                + Command.allCases.map(\.rawValue).joined(separator: ", ")
        ),
        ("serve now", "unexpected argument \"now\"; flags begin with --"),
        ("-x", "unexpected argument \"-x\"; flags begin with --"),
        ("--", "unexpected argument \"--\"; flags begin with --"),
        ("version --bogus", "unknown flag --bogus for version; the flags are --help"),
        (
            "check --duration=1m",
            "unknown flag --duration for check; the flags are --send-test-alert, --format, --config.file, --log.level, --log.format, --help"
        ),
        ("--log.level=info --log.level=warn", "flag --log.level is given twice"),
        ("-h --help", "flag --help is given twice"),
        ("--help=yes", "flag --help takes no value"),
        ("--config.file", "flag --config.file needs a value (FILE)"),
        ("--config.file=", "flag --config.file needs a value (FILE)"),
        ("demo --duration --help", "flag --duration needs a value (DURATION)"),
        (
            "--=x",
            "unknown flag -- for serve; the flags are \(Command.serve.flags.map { "--\($0.name)" }.joined(separator: ", "))"
        ),
    ]

    @Test("a bad command line says what is wrong", arguments: bad)
    func refusesBad(line: String, message: String) {
        #expect(throws: Invocation.UsageError(description: message)) {
            try Invocation.parse(line.split(separator: " ").map(String.init))
        }
    }

    @Test(
        "log flags are checked",
        arguments: [
            ("--log.level=loud", "--log.level: \"loud\" is not known; allowed: error, warn, info, debug"),
            ("--log.format=xml", "--log.format: \"xml\" is not known; allowed: logfmt, json"),
        ])
    func logFlags(flag: String, message: String) throws {
        let invocation = try Invocation.parse([flag])
        #expect(throws: Invocation.UsageError(description: message)) { try invocation.log() }
        let check = try Invocation.parse(["check", flag])
        #expect(throws: Invocation.UsageError(description: message)) { try CheckCommand(check) }
    }

    @Test("the demo's duration is a duration", arguments: ["0s", "soon", "-1m", "2"])
    func duration(text: String) throws {
        let invocation = try Invocation.parse(["demo", "--duration=\(text)"])
        #expect(
            throws: Invocation.UsageError(
                description: "--duration: \"\(text)\" is not a duration; allowed: such as 90s, 2m, 1h")
        ) { try DemoCommand(invocation) }
    }

    @Test("flags stand above the file, and bad ones are named")
    func loader() throws {
        let good = try Invocation.parse([
            "--web.listen-address=127.0.0.1:0", "--storage.path=/x/y.db", "--web.max-requests=7",
        ])
        let configuration = try good.configurationLoader()
        #expect(configuration.web.listenAddress.description == "127.0.0.1:0")
        #expect(configuration.storage.path == "/x/y.db")
        #expect(configuration.web.maxRequests == 7)
        let bad = try Invocation.parse(["--web.max-requests=many"])
        let error = #expect(throws: (any Error).self) { try bad.configurationLoader() }
        #expect(error.map { "\($0)".hasPrefix("--web.max-requests: ") } == true)
        let missing = try Invocation.parse(["--config.file=/nowhere/a.yml"])
        let failure = #expect(throws: (any Error).self) { try missing.configurationLoader() }
        #expect(failure.map { "\($0)".hasPrefix("/nowhere/a.yml: ") } == true)
    }
}

struct HelpTextTests {
    @Test("help names every flag with its default", arguments: Command.allCases)
    func everyFlag(command: Command) {
        expectFlags(command.topics.isEmpty ? command.flags : [], in: Invocation(command: command))
    }

    @Test("what can be exported has help of its own", arguments: ExportCommand.topics)
    func everyTopic(topic: Topic) throws {
        let asked = try Invocation.parse(["export", topic.name, "--help"])
        #expect(try Invocation.parse(["help", "export", topic.name]) == asked)
        let text = HelpText.text(for: asked)
        #expect(text.contains(topic.summary))
        #expect(text.contains("usage: bedrock-quota-exporter export \(topic.name) [flags]"))
        #expect(text.contains("--directory") == (topic == .cloudWatchAlarms))
        #expect(text.contains("--model-id") == (topic == .openmetrics))
        expectFlags(topic.flags, in: asked)
        #expect(
            HelpText.text(for: try Invocation.parse(["export", "--help"])).contains("  \(topic.name) "))
    }

    private func expectFlags(_ flags: [Flag], in invocation: Invocation) {
        let lines = HelpText.text(for: invocation).split(separator: "\n")
        for flag in flags {
            let line = lines.first { $0.hasPrefix("  \(flag.usage) ") }
            #expect(line?.contains(flag.help) == true)
            if let value = flag.defaultValue { #expect(line?.hasSuffix("Default: \(value).") == true) }
        }
        #expect(lines.allSatisfy { $0.count <= 160 })
    }

    @Test("the overview names every command")
    func everyCommand() {
        let text = HelpText.text(for: Invocation(command: .serve))
        for command in Command.allCases { #expect(text.contains("  \(command.rawValue) ")) }
        for command in Command.allCases { #expect(text.contains(command.summary)) }
    }

    @Test(
        "what cannot be understood is told where to read about it",
        arguments: [
            ("query --bogus", "Try bedrock-quota-exporter query --help."),
            ("export openmetrics --directory=x", "Try bedrock-quota-exporter export openmetrics --help."),
            ("export csv", "Try bedrock-quota-exporter export --help."),
            ("help bogus", "Try bedrock-quota-exporter --help."),
            ("bogus", "Try bedrock-quota-exporter --help."),
            ("--bogus", "Try bedrock-quota-exporter --help."),
        ])
    func hint(line: String, hint: String) {
        #expect(HelpText.hint(line.split(separator: " ").map(String.init)) == hint)
    }

    @Test("every command takes --help")
    func help() {
        #expect(Command.allCases.allSatisfy { $0.flags.contains(.help) })
    }
}

struct ConfigInvocationTests {
    @Test("the schema is printed alone; flags above the file are allowed")
    func flags() throws {
        _ = try ConfigCommand(Invocation.parse(["config", "--schema"]))
        _ = try ConfigCommand(Invocation.parse(["config", "--config.file=a", "--storage.path=b"]))
        #expect(
            throws: Invocation.UsageError(
                description: "--schema is the same for every configuration; it goes without other flags")
        ) { try ConfigCommand(Invocation.parse(["config", "--schema", "--config.file=a"])) }
    }
}

struct ThreadCheckTests {
    @Test("threads are counted, and too few of them are told")
    func threads() {
        #expect(ThreadCheck.startable(ThreadCheck.least) == ThreadCheck.least)
        #expect(ThreadCheck.problem(startable: ThreadCheck.least) == nil)
        #expect(
            ThreadCheck.problem(startable: 3)?.hasPrefix(
                "only 3 threads can be started; at least 12 are needed: ") == true)
    }
}
