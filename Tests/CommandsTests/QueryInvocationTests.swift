import Testing

@testable import Commands

@Suite("Command lines of query and export")
struct QueryInvocationTests {
    @Test("a time before now may follow its flag, a topic follows export")
    func parsing() throws {
        let query = try Invocation.parse(["query", "--start", "-30d", "--model-id=global.x"])
        #expect(query.command == .query && query[.start] == "-30d" && query[.modelID] == "global.x")
        let export = try Invocation.parse(["export", "openmetrics", "--start=-1d"])
        #expect(export.command == .export && export.topic == "openmetrics")
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
                ["export", "openmetrics", "--start=-1d", "--directory=."],
                "export openmetrics takes no --directory"
            ),
            (
                ["export", "cloudwatch-alarms", "--start=-1d"],
                "export cloudwatch-alarms takes no --start: it shows the quotas of today"
            ),
            (
                ["export", "cloudwatch-alarms", "--model-id=m"],
                "export cloudwatch-alarms takes no --model-id: it shows the quotas of today"
            ),
            (
                ["query", "--scope=all"],
                "--scope: \"all\" is not a scope; allowed: on_demand, cross_region, global, mantle"
            ),
        ])
    func parameters(arguments: [String], message: String) throws {
        let invocation = try Invocation.parse(arguments)
        #expect(throws: Invocation.UsageError(description: message)) {
            switch invocation.topic {
            case "cloudwatch-alarms": _ = try AlarmExport(invocation)
            case "openmetrics": _ = try OpenMetricsExport(invocation)
            case _: _ = try QueryCommand(invocation)
            }
        }
    }
}
