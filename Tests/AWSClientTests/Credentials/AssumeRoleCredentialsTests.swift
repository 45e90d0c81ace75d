import Testing

@testable import AWSClient

@Suite("Roles of profiles and of the configuration")
struct AssumeRoleCredentialsTests {
    private let chained = """
        [profile a]
        role_arn = arn:a
        source_profile = b
        external_id = x
        [profile b]
        role_arn = arn:b
        source_profile = c
        """

    private func provider(
        _ config: String, credentials: String = "", roles: CredentialsRoles = CredentialsRoles(),
        variables: [String: String] = [:], transport: CredentialsTransport = CredentialsTransport()
    ) throws -> AssumeRoleCredentials {
        AssumeRoleCredentials(
            context: context(machine(variables), transport: transport, roles: roles), profile: "a",
            config: try sharedConfig(config: config, credentials: credentials))
    }

    @Test("Each role is asked for with the keys of the one before")
    func chain() async throws {
        let roles = CredentialsRoles()
        let keys = "[c]\naws_access_key_id = BASE\naws_secret_access_key = \(Secret.key)\n"
        let provider = try provider(chained, credentials: keys, roles: roles)
        #expect(try await provider.credentials() == CredentialsRoles.keys(2))
        #expect(roles.calls.map(\.0.roleARN) == ["arn:b", "arn:a"])
        #expect(roles.calls.map(\.0.externalID) == [nil, "x"])
        #expect(roles.calls.map(\.signedBy) == ["BASE", "ASIAROLE1"])
        #expect(roles.calls.map(\.0.sessionName) == ["bedrock-quota-exporter", "bedrock-quota-exporter"])
    }

    @Test("The environment is a base only where the profile says so")
    func environment() async throws {
        let variables = ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": Secret.key]
        let roles = CredentialsRoles()
        let provider = try provider(
            "[profile a]\nrole_arn = arn:a\ncredential_source = Environment\n", roles: roles,
            variables: variables)
        _ = try await provider.credentials()
        #expect(roles.calls.map(\.signedBy) == ["ENV"])
        let without = try self.provider(
            "[profile a]\nrole_arn = arn:a\nsource_profile = b\n[profile b]\nregion = x\n",
            variables: variables)
        let error = await failure(of: without)
        #expect(
            error.map { "\($0)" }?.contains("profile a: its source_profile b gave no keys: web identity:")
                == true)
    }

    @Test("The container and the instance can be the base")
    func metadata() async throws {
        for (source, answers) in [
            ("EcsContainer", [.text(200, metadataJSON())]),
            ("Ec2InstanceMetadata", [.text(200, "token"), .text(200, "role"), .text(200, metadataJSON())]),
        ] as [(String, [CredentialsTransport.Answer])] {
            let roles = CredentialsRoles()
            let provider = try provider(
                "[profile a]\nrole_arn = arn:a\ncredential_source = \(source)\n", roles: roles,
                variables: ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x"],
                transport: CredentialsTransport(answers))
            _ = try await provider.credentials()
            #expect(roles.calls.map(\.signedBy) == ["ASIAIOSFODNN7EXAMPLE"])
        }
    }

    @Test("A base that is not there is an error, so that the chain does not go on with other keys")
    func missingBase() async throws {
        let error = await failure(
            of: try provider("[profile a]\nrole_arn = arn:a\ncredential_source = Ec2InstanceMetadata\n"))
        #expect(
            error
                == .failed(
                    source: "assume role from profile",
                    reason:
                        "profile a: its credential_source Ec2InstanceMetadata gave no keys: EC2 instance metadata: "
                        + "cannot connect to scripted: nothing there"))
    }

    @Test("No role is not configured; a refusal names the role and the key's end, and no secret")
    func refusal() async throws {
        #expect(
            await failure(of: try provider("[profile a]\nregion = x\n"))
                == .notConfigured(source: "assume role from profile", reason: "no role_arn in profile a"))
        let keys = "[c]\naws_access_key_id = AKIABASE\naws_secret_access_key = \(Secret.key)\n"
        let refused = try provider(
            chained, credentials: keys, roles: CredentialsRoles(failures: [stsError(quoting: Secret.key)]))
        #expect(
            await failure(of: refused)
                == .failed(
                    source: "assume role from profile",
                    reason: "cannot assume arn:b with key …BASE: sts AssumeRole in us-east-1: access denied "
                        + "(HTTP 403 AccessDenied): not authorized <secret>"))
    }

    @Test("The configuration's role stands on any source; refused keys of a cache are dropped")
    func assumedRole() async throws {
        let source = CountingSource([.success(metadataCredentials), .success(CredentialsRoles.keys(9))])
        let base = RotatingCredentials(source: source, now: { noon })
        let role = AssumeRoleRequest(roleARN: "arn:monitor", externalID: "x")
        let roles = CredentialsRoles(failures: [
            stsError(), stsError(.credentialsRejected, quoting: Secret.token),
        ])
        let provider = AssumedRole(base: base, role: role, roles: roles)

        _ = await failure(of: provider)
        #expect(source.count == 1)
        let error = await failure(of: provider)
        #expect(
            error
                == .failed(
                    source: "role of the configuration",
                    reason:
                        "cannot assume arn:monitor with key …MPLE: sts AssumeRole in us-east-1: credentials "
                        + "rejected (HTTP 403 AccessDenied): not authorized <secret>"))
        #expect(source.count == 1)
        #expect(try await provider.credentials() == CredentialsRoles.keys(3))
        #expect(source.count == 2)
        #expect(roles.calls.map(\.signedBy) == ["ASIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "ASIAROLE9"])
    }

    @Test("A base without keys is the role's error")
    func assumedRoleWithoutBase() async {
        let denied = CredentialsError.failed(source: "base", reason: "down")
        let provider = AssumedRole(
            base: CountingSource([.failure(denied)]), role: AssumeRoleRequest(roleARN: "arn"),
            roles: CredentialsRoles())
        #expect(await failure(of: provider) == denied)
    }
}
