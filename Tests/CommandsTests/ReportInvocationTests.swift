import Testing

@testable import Commands

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
                "--scope: \"all\" is not a scope; allowed: on_demand, cross_region, global, mantle"
            ),
        ])
    func refused(arguments: [String], message: String) throws {
        let invocation = try Invocation.parse(["report"] + arguments)
        #expect(throws: Invocation.UsageError(description: message)) { try ReportCommand(invocation) }
    }
}
