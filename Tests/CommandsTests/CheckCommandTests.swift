import AWSClient
import AWSSimulator
import FoundationEssentials
import Glibc
import SimulatedFaults
import Testing

@testable import Commands

@Suite("check against the simulated AWS", .timeLimit(.minutes(5)))
struct CheckCommandTests {
    private let region = "ap-southeast-1"
    private let model = "anthropic.claude-sonnet-4-6"

    /// - Parameters:
    ///   - elsewhere: Model IDs with traffic in other Regions.
    ///   - estimates: How many minutes of the past tell the burndown rate, the newest ten minutes ago.
    private func scenario(_ elsewhere: [String: [String]] = [:], estimates: Int = 0) -> SimulatedScenario {
        let minute = Int(time(nil)) / 60
        var scenario = SimulatedScenario()
        var table = elsewhere.mapValues { modelIDs in
            Dictionary(uniqueKeysWithValues: modelIDs.map { ($0, ["Invocations": [minute - 5: 1.0]]) })
        }
        table[region] = [
            "global.\(model)": ["Invocations": [minute - 5: 3]],
            "k3v9wq2n7xtp": ["Invocations": [minute - 5: 1]],
        ]
        for past in (minute - 10 - estimates)..<(minute - 10) {
            table[region]?["global.\(model)"]?["InputTokenCount", default: [:]][past] = 50
            table[region]?["global.\(model)"]?["OutputTokenCount", default: [:]][past] = 100
            table[region]?["global.\(model)"]?["EstimatedTPMQuotaUsage", default: [:]][past] = 550
        }
        scenario.series = SimulatedSeries.table(table)
        scenario.quotas = [
            SimulatedQuota(
                code: "L-7BEE40FB",
                name: "Global cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.6",
                defaultValue: 5_000_000, appliedValue: 6_000_000)
        ]
        scenario.profiles = [
            SimulatedProfile(
                regions: [region], id: "global.\(model)", name: "Global Claude Sonnet 4.6", modelID: model,
                modelRegions: ["", "*"])
        ]
        scenario.models = [
            SimulatedModel(
                id: model, name: "Claude Sonnet 4.6", provider: "Anthropic",
                inferenceTypes: ["INFERENCE_PROFILE"])
        ]
        return scenario
    }

    private func run(
        _ faults: [(Fault, SimulatedOperation)] = [], arguments: [String] = [],
        named: String? = "ap-southeast-1",
        elsewhere: [String: [String]] = [:], estimates: Int = 0, deniedRegions: [String] = [],
        profiles: [SimulatedProfile] = []
    ) async throws -> (lines: [String], code: Int32) {
        var scenario = scenario(elsewhere, estimates: estimates)
        scenario.profiles += profiles
        let simulator = SimulatedAWS(scenario: scenario, clock: { Double(time(nil)) })
        let endpoint = try await simulator.start()
        for (fault, operation) in faults { simulator.faults.add(fault, operation: operation, times: nil) }
        for region in deniedRegions {
            simulator.faults.add(.accessDenied, operation: .listMetrics, region: region, times: nil)
        }
        let lines = Shared<[String]>([])
        let environment = AWSEnvironment(
            variables: [
                "AWS_ACCESS_KEY_ID": "AKIATESTTESTTESTTEST", "AWS_SECRET_ACCESS_KEY": "secret-of-the-test",
                "AWS_REGION": named ?? "", "AWS_ENDPOINT_URL": endpoint, "NO_PROXY": "127.0.0.1",
                "AWS_MAX_ATTEMPTS": "1",
            ], homeDirectory: "", readFile: { _, _ in nil })
        let collect: @Sendable (String) -> Void = { line in lines.change { $0.append(line) } }
        let command = try CheckCommand(
            try Invocation.parse(["check"] + arguments), environment: environment, print: collect)
        let code = try await command.run()
        await simulator.stop()
        return (lines.value, code)
    }

    @Test("everything is there: one line each, unmapped model IDs are only worth a warning")
    func good() async throws {
        let (lines, code) = try await run()
        #expect(code == 0)
        let expected: [String] = [
            "ok    ap-southeast-1 cloudwatch:ListMetrics: 2 model IDs with metrics",
            "ok    ap-southeast-1 cloudwatch:GetMetricData: one metric read",
            "ok    ap-southeast-1 servicequotas:ListServiceQuotas: 1 quotas of Bedrock",
            "ok    ap-southeast-1 servicequotas:ListAWSDefaultServiceQuotas: 1 quotas of Bedrock",
            "ok    ap-southeast-1 bedrock:ListInferenceProfiles: 1 profiles",
            "ok    ap-southeast-1 bedrock:ListFoundationModels: 1 models",
            "ok    ap-southeast-1 bedrock:ListModelInvocationJobs: 0 batch jobs of the last 8 days, 0 in flight",
            "ok    ap-southeast-1 bedrock:GetModelInvocationLoggingConfiguration: model invocation logging is off",
            "ok    ap-southeast-1 model ID global.anthropic.claude-sonnet-4-6: global anthropic.claude-sonnet-4-6, "
                + "output x5 (table); tokens_per_minute 6,000,000 (applied, L-7BEE40FB)",
            "warn  ap-southeast-1 model ID k3v9wq2n7xtp: unmapped (unknown_profile): No inference profile k3v9wq2n7xtp is "
                + "listed in this Region: it is deleted, or the right bedrock:ListInferenceProfiles is missing.",
            "ok    other Regions default: no other Region has metrics of Bedrock",
        ]
        #expect(Array(lines.dropFirst(2)) == expected)
        #expect(lines.first == "ok    configuration: defaults")
        #expect(
            lines.dropFirst().first?.hasPrefix("ok    credentials default: account 111122223333, arn:aws:")
                == true)
    }

    @Test(
        "as JSON it is one document of the same verdicts, with the same exit code", arguments: [false, true])
    func json(isRefused: Bool) async throws {
        let faults: [(Fault, SimulatedOperation)] = isRefused ? [(.accessDenied, .listServiceQuotas)] : []
        let (lines, code) = try await run(faults, arguments: ["--format=json"])
        struct Document: Decodable {
            struct Check: Decodable {
                let verdict: String
                let subject: String
                let detail: String
            }
            let passed: Bool
            let checks: [Check]
        }
        #expect(lines.count == 1)
        let document = try JSONDecoder().decode(Document.self, from: Data(lines.joined().utf8))
        let text = try await run(faults)
        #expect(document.passed == !isRefused && code == (isRefused ? 1 : 0) && text.code == code)
        #expect(
            document.checks.map { "\($0.verdict) \($0.subject): \($0.detail)" }
                == text.lines.map { $0.replacing(/^(\w+) +/) { "\($0.output.1) " } })
    }

    @Test("a configuration that cannot be had is a failed check in JSON, too")
    func jsonWithoutConfiguration() async throws {
        let (lines, code) = try await run(arguments: ["--format=json", "--config.file=/nowhere/a.yml"])
        #expect(code == 1 && lines.count == 1)
        #expect(lines.first?.hasPrefix(#"{"checks":[{"detail":"/nowhere/a.yml: "#) == true)
        #expect(
            lines.first?.hasSuffix(#""subject":"configuration","verdict":"fail"}],"passed":false}"# + "\n")
                == true)
    }

    @Test("a burndown rate is measured in minutes that are settled by the configuration's delay")
    func settleDelay() async throws {
        let measured =
            "ok    ap-southeast-1 burndown rate of global anthropic.claude-sonnet-4-6: measured x5 in the last day"
        #expect(try await run(estimates: 60).lines.contains(measured))
        let path = "/tmp/check-\(getpid())-\(UInt32.random(in: 0 ... .max)).yml"
        let file = try #require(fopen(path, "w"))
        fputs("polling: { settle_delay: 3h, reread_window: 4h }\n", file)
        fclose(file)
        defer { unlink(path) }
        let (lines, code) = try await run(arguments: ["--config.file=\(path)"], estimates: 60)
        #expect(code == 0 && !lines.contains(measured))
    }

    @Test("tags are tried where they are configured, and are only worth a warning where they are refused")
    func tags() async throws {
        let path = "/tmp/check-\(getpid())-\(UInt32.random(in: 0 ... .max)).yml"
        let file = try #require(fopen(path, "w"))
        fputs("accounts: [{ profile_tags: [team, app] }]\n", file)
        fclose(file)
        defer { unlink(path) }
        let arguments = ["--config.file=\(path)"]
        let subject = "ap-southeast-1 bedrock:ListTagsForResource: "
        let profile = SimulatedProfile(
            regions: [region], kind: .application, id: "k3v9wq2n7xtp", name: "agent", modelID: model,
            modelRegions: ["", "*"], tags: ["team": "red", "other": "x"])
        let good = try await run(arguments: arguments, profiles: [profile])
        #expect(
            good.code == 0 && good.lines.contains("ok    \(subject)agent [k3v9wq2n7xtp] has the tags team"))
        let none = try await run(arguments: arguments)
        #expect(none.lines.contains("ok    \(subject)no application inference profile has traffic"))
        let refused = try await run(
            [(.accessDenied, .listTagsForResource)], arguments: arguments, profiles: [profile])
        #expect(refused.code == 0)
        #expect(
            refused.lines.contains { $0.hasPrefix("warn  \(subject)tag_team, tag_app stay empty: ") },
            "\(refused.lines)")
    }

    @Test("traffic in Regions that are not watched is found and proposed; those that refuse are named")
    func elsewhere() async throws {
        let (lines, code) = try await run(
            elsewhere: ["us-east-1": ["a.b", "us.a.b"], "eu-west-3": ["a.b"]],
            deniedRegions: ["me-south-1", "af-south-1"])
        #expect(code == 0)
        let found: String =
            "warn  other Regions default: metrics of Bedrock in eu-west-3 (1 model ID), us-east-1 "
            + "(2 model IDs), not watched; to watch all that have traffic: regions: [ap-southeast-1, eu-west-3, "
            + "us-east-1]; not known of af-south-1, me-south-1 (access denied)"
        #expect(lines.last == found)
    }

    @Test("where no Region is named it is said which are watched, and those without traffic are not proposed")
    func noRegion() async throws {
        let (lines, code) = try await run(named: nil, elsewhere: ["us-east-1": ["a.b"]])
        #expect(code == 0)
        #expect(
            lines.contains {
                $0.hasPrefix(
                    "warn  Regions default: none is named, so ap-southeast-1, ap-southeast-3, ap-southeast-5, "
                        + "ap-southeast-7, ap-east-2 are watched; name yours with ")
            })
        #expect(lines.last?.contains("regions: [ap-southeast-1, us-east-1]") == true)
    }

    @Test("why there are no credentials is told whole")
    func noCredentials() async throws {
        let home = "/home/" + String(repeating: "x", count: 400)
        let lines = Shared<[String]>([])
        let environment = AWSEnvironment(
            variables: ["AWS_REGION": region, "AWS_EC2_METADATA_DISABLED": "true"], homeDirectory: home,
            readFile: { _, _ in nil })
        let code = try await CheckCommand(
            try Invocation.parse(["check"]), environment: environment,
            print: { line in lines.change { $0.append(line) } }
        ).run()
        #expect(code == 1)
        let line = try #require(lines.value.last)
        #expect(line.contains("\(home)/.aws/config") && line.hasSuffix("AWS_EC2_METADATA_DISABLED is true"))
    }

    @Test(
        "a missing permission fails in its own line and the rest is tried all the same",
        arguments: [
            SimulatedOperation.listMetrics, .getMetricData, .listServiceQuotas, .listAWSDefaultServiceQuotas,
            .listInferenceProfiles, .listFoundationModels,
        ])
    func denied(operation: SimulatedOperation) async throws {
        let (lines, code) = try await run([(.accessDenied, operation)])
        #expect(code == 1)
        let failed = lines.filter { $0.hasPrefix("fail  ") }
        #expect(failed.count == 1)
        #expect(failed.first?.contains(":\(operation.rawValue): ") == true)
        #expect(failed.first?.contains("access denied") == true)
        #expect(lines.count { $0.hasPrefix("ok    ") } >= 6)
    }

    @Test("without the right to list batch jobs the check warns and passes")
    func deniedBatchJobs() async throws {
        let (lines, code) = try await run([(.accessDenied, .listModelInvocationJobs)])
        #expect(code == 0)
        let line = try #require(lines.first { $0.contains("bedrock:ListModelInvocationJobs") })
        #expect(line.hasPrefix("warn  ") && line.contains("unknown") && line.contains("access denied"))
    }

    @Test("Invariant 10: wrong credentials end the check with one line that holds no secret")
    func credentials() async throws {
        let (lines, code) = try await run([(.expiredToken, .getCallerIdentity)])
        #expect(code == 1)
        #expect(lines.count == 2)
        #expect(
            lines.last?.hasPrefix("fail  credentials default: sts GetCallerIdentity in ap-southeast-1: ")
                == true)
        #expect(!lines.joined().contains("secret-of-the-test"))
    }

    @Test("a configuration that cannot be read is the only line")
    func configuration() async throws {
        let (lines, code) = try await run(arguments: ["--config.file=/nowhere/a.yml"])
        #expect(code == 1)
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("fail  configuration: /nowhere/a.yml: ") == true)
    }
}
