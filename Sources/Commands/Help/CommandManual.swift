import Configuration
import System

/// bedrock-quota-exporter(1).
enum CommandManual {
    /// Variables of the environment that the program itself reads.
    private static let variables: [(name: String, meaning: String)] = [
        (FlagOverrides.shardVariable, "Stands above the key shard of the configuration file, such as 2/8."),
        (
            WatchCommand.passwordVariable,
            "The password of watch --\(Flag.webUser.name), where no file holds it."
        ),
        ("AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, …", "As for other programs that use AWS."),
        (
            "HTTPS_PROXY, NO_PROXY",
            "The proxy on the way to AWS and to receivers, and what is reached without."
        ),
        ("COLUMNS", "How wide tables are."),
        ("NO_COLOR", "Set to anything, watch shows no colors."),
    ]

    private static let exitCodes: [(code: String, meaning: String)] = [
        ("0", "Done."), ("1", "Failed, or a check found something missing."),
        ("2", "The command line cannot be understood."), ("3", "Of recover: something is lost."),
    ]

    private static let examples = [
        ("See it at work, without an account:", "demo --duration=2m"),
        ("Try a configuration without starting anything:", "check --config.file=bedrock-quota-exporter.yml"),
        ("Run it:", "--config.file=/etc/bedrock-quota-exporter/bedrock-quota-exporter.yml"),
        ("What was used by the hour, in the last month:", "query --start=-30d --step=1h"),
    ]

    static var page: String {
        var page = ManualPage(BuildInfo.name, section: 1, title: "User Commands")
        page.section("NAME")
        page.paragraph("\(BuildInfo.name) - use of Amazon Bedrock quotas, for Prometheus and for people")
        page.section("SYNOPSIS")
        page.paragraph("\(BuildInfo.name) [COMMAND] [FLAGS]")
        page.section("DESCRIPTION")
        page.paragraph(
            "Reads usage from CloudWatch and limits from Service Quotas, keeps every minute in a SQLite file, computes how much of each quota is used as AWS weighs it, serves metrics for Prometheus and pages for people, and raises alerts before throttling starts."
        )
        page.paragraph(
            "Flags may be written --flag=VALUE or --flag VALUE. Without a command, serve is meant. help \(HelpCommand.topics.map(\.name).prefix(4).joined(separator: ", help ")) list what else there is."
        )
        page.section("COMMANDS")
        for usage in Command.allCases.flatMap(\.usages) { add(usage, to: &page) }
        addSections(to: &page)
        return page.text
    }

    private static func add(_ usage: CommandUsage, to page: inout ManualPage) {
        page.subsection(usage.name)
        page.paragraph(usage.summary)
        for flag in usage.flags where flag != .help {
            page.item(
                "--\(flag.name)" + (flag.valueName == nil ? "" : "="), value: flag.valueName,
                [flag.help + (flag.defaultValue.map { " Default: \($0)." } ?? "")])
        }
    }

    private static func addSections(to page: inout ManualPage) {
        page.section("SIGNALS")
        page.item("SIGHUP", ["Read the configuration again; a bad one changes nothing."])
        page.item("SIGTERM, SIGINT", ["Finish what is being answered and stored, and end."])
        page.section("EXIT STATUS")
        for (code, meaning) in exitCodes { page.item(code, [meaning]) }
        page.section("ENVIRONMENT")
        for (name, meaning) in variables { page.item(name, [meaning]) }
        page.section("FILES")
        page.item(
            Configuration.defaults.storage.path,
            ["The store, unless storage.path or --\(Flag.storagePath.name) name another file."])
        page.section("EXAMPLES")
        for (purpose, line) in examples {
            page.paragraph(purpose)
            page.example("\(BuildInfo.name) \(line)")
        }
        page.section("SEE ALSO")
        page.paragraph("\(ConfigurationManual.name)(5)")
    }
}
