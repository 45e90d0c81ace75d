import FoundationEssentials
import Testing

@testable import AWSClient

@Suite("EC2 instance metadata")
struct InstanceMetadataCredentialsTests {
    private static let role = "/latest/meta-data/iam/security-credentials/"
    private static let base = "http://169.254.169.254"

    private func provider(
        _ transport: CredentialsTransport, _ variables: [String: String] = [:], config: String = ""
    ) throws -> InstanceMetadataCredentials {
        InstanceMetadataCredentials(
            context: context(machine(variables), transport: transport),
            profile: try sharedConfig(config: config).profile("default") ?? ProfileSection())
    }

    @Test("Version 2: a session token, the role's name, its keys")
    func version2() async throws {
        let transport = CredentialsTransport([
            .text(200, Secret.bearer), .text(200, "my-role\n"), .text(200, metadataJSON()),
        ])
        #expect(try await provider(transport).credentials() == metadataCredentials)
        #expect(
            transport.lines == [
                "PUT \(Self.base)/latest/api/token", "GET \(Self.base)\(Self.role)",
                "GET \(Self.base)\(Self.role)my-role",
            ])
        let headers = transport.requests.map { $0.headers.map { "\($0.name): \($0.value)" } }
        let token = ["x-aws-ec2-metadata-token: \(Secret.bearer)"]
        #expect(headers == [["x-aws-ec2-metadata-token-ttl-seconds: 21600"], token, token])
        #expect(
            transport.requests.allSatisfy {
                $0.bypassesProxy && $0.timeout == .seconds(1) && $0.signing == nil
            })
    }

    @Test(
        "Version 1 where version 2 is not known or gets no answer",
        arguments: [.text(403), .text(404), .text(405), .failure(.timedOut(host: "h", seconds: 1))]
            as [CredentialsTransport.Answer])
    func version1(answer: CredentialsTransport.Answer) async throws {
        let transport = CredentialsTransport([answer, .text(200, "r"), .text(200, metadataJSON())])
        #expect(try await provider(transport).credentials() == metadataCredentials)
        #expect(transport.requests.dropFirst().allSatisfy { $0.headers.isEmpty })

        for (variables, config) in [
            (["AWS_EC2_METADATA_V1_DISABLED": "true"], ""),
            ([:], "[default]\nec2_metadata_v1_disabled = true\n"),
        ] as [([String: String], String)] {
            let strict = CredentialsTransport([answer, .text(200, "r"), .text(200, metadataJSON())])
            _ = await failure(of: try provider(strict, variables, config: config))
            #expect(strict.requests.count == 1)
        }
    }

    @Test(
        "Other answers are errors",
        arguments: [
            ([.text(200, "a\nb")], "the service gave a session token that is no token"),
            ([.text(200)], "the service gave a session token that is no token"),
            ([.text(200, "t"), .text(200, "../../user-data")], "the answer of 15 bytes is not a role name"),
            (
                [.text(200, "t"), .text(200, "r"), .text(200, "{")],
                "the answer for role r is not the expected JSON object (1 bytes)"
            ),
            (
                [
                    .text(200, "t"), .text(200, "r"),
                    .text(
                        200,
                        #"{"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume \#(Secret.key)"}"#
                    ),
                ],
                "role r has no keys now: … EC2 cannot assume <secret>"
            ),
        ] as [([CredentialsTransport.Answer], String)])
    func errors(answers: [CredentialsTransport.Answer], reason: String) async throws {
        let error = await failure(of: try provider(CredentialsTransport(answers)))
        #expect(error == .failed(source: "EC2 instance metadata", reason: reason))
    }

    @Test("No service, no role and a ban are reasons to go on")
    func absent() async throws {
        let nothing = CredentialsTransport()
        #expect(
            await failure(of: try provider(nothing))
                == .notConfigured(
                    source: "EC2 instance metadata", reason: "cannot connect to scripted: nothing there"))
        #expect(nothing.requests.count == 1)
        #expect(
            await failure(of: try provider(CredentialsTransport([.text(200, "t"), .text(404)])))
                == .notConfigured(
                    source: "EC2 instance metadata", reason: "the instance has no role attached"))
        #expect(
            await failure(of: try provider(CredentialsTransport([.text(400)])))
                == .notConfigured(
                    source: "EC2 instance metadata", reason: "the token request was answered HTTP 400"))
        #expect(
            await failure(of: try provider(CredentialsTransport([.text(404), .text(403, "no")])))
                == .notConfigured(
                    source: "EC2 instance metadata",
                    reason: "\(Self.base)\(Self.role) was answered HTTP 403, 2 bytes"))
        let banned = CredentialsTransport()
        #expect(
            await failure(of: try provider(banned, ["AWS_EC2_METADATA_DISABLED": "TRUE"]))
                == .notConfigured(
                    source: "EC2 instance metadata", reason: "AWS_EC2_METADATA_DISABLED is true"))
        #expect(banned.requests.isEmpty)
    }

    @Test(
        "The address comes from the variables, then the profile",
        arguments: [
            (["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1338/"], "", "http://127.0.0.1:1338"),
            (["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"], "", "http://[fd00:ec2::254]"),
            ([:], "[default]\nec2_metadata_service_endpoint = http://[::1]:9\n", "http://[::1]:9"),
            (
                ["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "ipv4"],
                "[default]\nec2_metadata_service_endpoint_mode = ipv6\n", base
            ),
        ] as [([String: String], String, String)])
    func address(variables: [String: String], config: String, base: String) async throws {
        let transport = CredentialsTransport()
        _ = await failure(of: try provider(transport, variables, config: config))
        #expect(transport.lines == ["PUT \(base)/latest/api/token"])
    }

    @Test("Timeout and attempts come from the variables, then the profile, within bounds")
    func attempts() async throws {
        let variables = ["AWS_METADATA_SERVICE_TIMEOUT": "3", "AWS_METADATA_SERVICE_NUM_ATTEMPTS": "2"]
        let transport = CredentialsTransport([
            .text(500), .text(200, "t"), .text(200, "r"), .text(200, metadataJSON()),
        ])
        _ = try await provider(transport, variables).credentials()
        #expect(transport.requests.allSatisfy { $0.timeout == .seconds(3) })
        for key in [
            "AWS_METADATA_SERVICE_TIMEOUT", "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        ] {
            for value in ["0", "-1", "1000", "x"] {
                let error = await failure(of: try provider(CredentialsTransport(), [key: value]))
                guard case .failed = error else {
                    Issue.record("\(key)=\(value) was accepted")
                    continue
                }
            }
        }
    }

    @Test("Expired keys stay in use, with a new question after the window and a random while")
    func staticStability() async throws {
        for (expiration, seconds) in [
            ("2026-11-24T11:00:00Z", 1500.0), ("2026-11-24T12:00:00Z", 1500), ("2026-11-24T12:00:01Z", 1),
        ] {
            let transport = CredentialsTransport([
                .text(200, "t"), .text(200, "r"), .text(200, metadataJSON(expiration: expiration)),
            ])
            let keys = try await provider(transport).credentials()
            #expect(keys.expiration == noon.addingTimeInterval(seconds))
            #expect(keys.secretAccessKey == Secret.key)
        }
    }
}
