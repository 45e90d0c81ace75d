import AWSClient
import Configuration
import Testing

@testable import Reading

struct AccountFactoryTests {
    private func regions(_ variables: [String: String], configured: [String] = []) throws -> [String] {
        var configuration = Configuration()
        configuration.accounts[0].regions = configured
        let environment = PollBench.environment("http://127.0.0.1:1")
        let factory = AccountFactory(
            environment: .init(
                variables: environment.variables.merging(variables) { $1 }, homeDirectory: "",
                readFile: { _, _ in nil }), metrics: SelfMetrics())
        return try factory.sessions(for: configuration.accounts).flatMap(\.regions)
    }

    @Test(
        "Regions come from the configuration, else from the environment, else they are the five of the Global launch"
    )
    func regions() throws {
        #expect(
            try regions([:]) == [
                "ap-southeast-1", "ap-southeast-3", "ap-southeast-5", "ap-southeast-7", "ap-east-2",
            ])
        #expect(try regions(["AWS_REGION": "us-east-1"]) == ["us-east-1"])
        #expect(try regions(["AWS_REGION": "us-east-1"], configured: ["eu-west-1"]) == ["eu-west-1"])
    }

    @Test("a Region of the environment that AWS cannot have is refused with the one that was meant")
    func slip() throws {
        let error = #expect(throws: CredentialsError.self) {
            try regions(["AWS_DEFAULT_REGION": "us-esat-1"])
        }
        #expect(
            error.map { "\($0)" }
                == "AWS_DEFAULT_REGION: \"us-esat-1\" is not a Region of AWS; did you mean us-east-1? "
                + "allowed: a name such as ap-southeast-1")
        #expect(try regions(["AWS_REGION": "us-esat-1"], configured: ["eu-west-1"]) == ["eu-west-1"])
    }

    @Test("a profile that does not exist is an error")
    func profile() {
        var configuration = Configuration()
        configuration.accounts[0].profile = "nowhere"
        #expect(throws: (any Error).self) {
            try AccountFactory(
                environment: PollBench.environment("http://127.0.0.1:1"), metrics: SelfMetrics()
            )
            .sessions(for: configuration.accounts)
        }
    }
}
