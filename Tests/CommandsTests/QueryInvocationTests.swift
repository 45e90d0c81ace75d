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
        _ = try ExportCommand(export)
    }

    @Test(
        "what is refused",
        arguments: [
            (["export"], "export of what? There is export openmetrics"),
            (["export", "--start=-1d"], "export of what? There is export openmetrics"),
            (["export", "csv"], "unknown export \"csv\"; there is export openmetrics"),
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
                "--scope: \"all\" is not a scope; allowed: on_demand, cross_region, global, mantle"
            ),
        ])
    func parameters(arguments: [String], message: String) throws {
        let invocation = try Invocation.parse(arguments)
        #expect(throws: Invocation.UsageError(description: message)) {
            if invocation.command == .export {
                _ = try ExportCommand(invocation)
            } else {
                _ = try QueryCommand(invocation)
            }
        }
    }
}
