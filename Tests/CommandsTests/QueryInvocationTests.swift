import QuotaModel
import Testing

@testable import Commands

@Suite("Command lines of query and export")
struct QueryInvocationTests {
    @Test("a time before now may follow its flag, a topic follows export")
    func parsing() throws {
        let query = try Invocation.parse(["query", "--start", "-30d", "--model-id=global.x"])
        #expect(query.command == .query && query[.start] == "-30d" && query[.modelID] == "global.x")
        let export = try Invocation.parse(["export", "openmetrics", "--start=-1d"])
        #expect(export.command == .export && export.topic == .openmetrics)
        #expect(try Invocation.parse(["export", "--help"])[.help] != nil)
        _ = try OpenMetricsExport(export)
    }

    @Test(
        "what is refused",
        arguments: [
            (["export"], "export of what? There is export openmetrics, export cloudwatch-alarms"),
            (
                ["export", "--start=-1d"],
                "export of what? There is export openmetrics, export cloudwatch-alarms"
            ),
            (
                ["export", "csv"],
                "unknown export \"csv\"; there is export openmetrics, export cloudwatch-alarms"
            ),
            (
                ["export", "openmetrics", "--directory=."],
                "unknown flag --directory for export openmetrics; the flags are --start, --end, --account, --region, "
                    + "--scope, --model, --model-id, --config.file, --storage.path, --help"
            ),
            (
                ["export", "cloudwatch-alarms", "--start=-1d"],
                "unknown flag --start for export cloudwatch-alarms; the flags are --directory, --account, --region, "
                    + "--scope, --model, --config.file, --storage.path, --help"
            ),
            (["query", "extra"], "unexpected argument \"extra\"; flags begin with --"),
        ])
    func refused(arguments: [String], message: String) {
        #expect(throws: Invocation.UsageError(description: message)) { try Invocation.parse(arguments) }
    }

    @Test(
        "parameters are judged before anything is opened",
        arguments: [
            (
                ["query", "--step=90s"],
                "--step: \"90s\" is not a step; allowed: whole minutes from 1m to 1d, such as 1m, 5m, 1h, 1d"
            ),
            (
                ["export", "openmetrics"],
                "export openmetrics needs --start, such as --start=-30d; without --end it goes up to now"
            ),
            (
                ["query", "--scope=all"],
                "--scope: \"all\" is not a scope; allowed: \(InferenceScope.allCases.map(\.rawValue).joined(separator: ", "))"
            ),
        ])
    func parameters(arguments: [String], message: String) throws {
        let invocation = try Invocation.parse(arguments)
        #expect(throws: Invocation.UsageError(description: message)) {
            switch invocation.topic {
            case .cloudWatchAlarms?: _ = try AlarmExport(invocation)
            case .openmetrics?: _ = try OpenMetricsExport(invocation)
            case _: _ = try QueryCommand(invocation)
            }
        }
    }

    @Test(
        "a table is as wide as it needs where no terminal would cut it",
        arguments: [
            (false, nil, nil, false, nil), (false, nil, 132, true, 132), (false, nil, nil, true, 100),
            (false, "120", 132, true, 120), (false, "120", nil, false, 120), (false, "9", nil, false, 40),
            (false, "wide", 132, true, 132), (false, "0", nil, false, nil), (true, "120", 132, true, nil),
        ] as [(Bool, String?, Int?, Bool, Int?)])
    func tableWidth(isWide: Bool, variable: String?, terminal: Int?, isTerminal: Bool, width: Int?) {
        #expect(
            TerminalWidth.ofTable(
                isWide: isWide, variable: variable, terminal: terminal, isTerminal: isTerminal) == width)
    }
}

@Suite("Command lines of report")
struct ReportInvocationTests {
    @Test(
        "what is taken",
        arguments: [
            ["report"], ["report", "--format=json", "--headroom", "1", "--start", "-7d", "--end=now"],
            ["report", "--plan=rpm=1,input=2,output=3,model=amazon.x"],
        ])
    func taken(arguments: [String]) throws {
        _ = try ReportCommand(try Invocation.parse(arguments))
    }

    @Test(
        "parameters are judged before anything is opened",
        arguments: [
            (["--format=csv"], "--format: \"csv\" is not known; allowed: markdown, json"),
            (["--headroom=0"], "--headroom: \"0\" is not allowed; allowed: a ratio from 0.01 to 1"),
            (
                ["--headroom=5e-324"],
                "--headroom: \"5e-324\" is not allowed; allowed: a ratio from 0.01 to 1"
            ),
            (["--headroom=nan"], "--headroom: \"nan\" is not allowed; allowed: a ratio from 0.01 to 1"),
            (
                ["--plan=rpm=1,input=2,model=amazon.x"],
                "--plan: output is missing; allowed: a number of 0 or more"
            ),
            (
                ["--scope=all"],
                "--scope: \"all\" is not a scope; allowed: \(InferenceScope.allCases.map(\.rawValue).joined(separator: ", "))"
            ),
        ])
    func refused(arguments: [String], message: String) throws {
        let invocation = try Invocation.parse(["report"] + arguments)
        #expect(throws: Invocation.UsageError(description: message)) { try ReportCommand(invocation) }
    }
}
