import Testing

@testable import AWSClient

@Suite("Chains of roles")
struct RoleChainTests {
    private func chain(_ config: String, credentials: String = "", profile: String = "a") throws -> RoleChain?
    {
        try RoleChain.resolve(profile, in: sharedConfig(config: config, credentials: credentials))
    }

    @Test("A profile without a role, or with a token file, has no chain")
    func none() throws {
        #expect(try chain("[profile a]\nregion = x\n") == nil)
        #expect(try chain("[profile a]\nrole_arn = r\nweb_identity_token_file = /t\n") == nil)
        #expect(try chain("", profile: "missing") == nil)
    }

    @Test("Roles stand on one another, the innermost first")
    func several() throws {
        let config = """
            [profile a]
            role_arn = arn:a
            source_profile = b
            external_id = x
            role_session_name = session
            duration_seconds = 900
            [profile b]
            role_arn = arn:b
            source_profile = c
            """
        let expected = RoleChain(
            base: .profile("c"),
            roles: [
                AssumeRoleRequest(roleARN: "arn:b"),
                AssumeRoleRequest(
                    roleARN: "arn:a", sessionName: "session", externalID: "x", durationSeconds: 900),
            ])
        #expect(try chain(config, credentials: "[c]\naws_access_key_id = k\n") == expected)
    }

    @Test("A named source is the base", arguments: RoleChain.NamedSource.allCases)
    func named(source: RoleChain.NamedSource) throws {
        let config = "[profile a]\nrole_arn = arn:a\ncredential_source = \(source.rawValue)\n"
        #expect(
            try chain(config)
                == RoleChain(base: .source(source), roles: [AssumeRoleRequest(roleARN: "arn:a")]))
    }

    @Test("A profile may be its own source where it holds keys, and keys of a source go before its role")
    func ownSource() throws {
        let own = "[profile a]\nrole_arn = arn:a\nsource_profile = a\naws_access_key_id = k\n"
        let expected = RoleChain(base: .profile("a"), roles: [AssumeRoleRequest(roleARN: "arn:a")])
        #expect(try chain(own) == expected)
        let source =
            "[profile a]\nrole_arn = arn:a\nsource_profile = b\n[profile b]\nrole_arn = arn:b\nsource_profile = c\n"
        #expect(
            try chain(source, credentials: "[b]\naws_secret_access_key = s\n")
                == RoleChain(base: .profile("b"), roles: [AssumeRoleRequest(roleARN: "arn:a")]))
    }

    @Test(
        "Mistakes are named with the profile they stand in",
        arguments: [
            ("source_profile = a\n", "profile a: its source_profile is a loop: a -> a"),
            (
                "source_profile = b\n[profile b]\nrole_arn = arn:b\nsource_profile = c\n[profile c]\nrole_arn = arn:c\n"
                    + "source_profile = b\n",
                "profile c: its source_profile is a loop: a -> b -> c -> b"
            ),
            (
                "aws_access_key_id = k\nsource_profile = b\n[profile b]\nrole_arn = arn:b\nsource_profile = a\n",
                "profile b: its source_profile is a loop: a -> b -> a"
            ),
            ("source_profile = z\n", "profile a: its source_profile z does not exist"),
            ("", "profile a: it has role_arn but neither source_profile nor credential_source"),
            (
                "source_profile = b\ncredential_source = Environment\n",
                "profile a: it has both source_profile and credential_source; keep one"
            ),
            (
                "credential_source = environment\n",
                "profile a: its credential_source is not one of Environment, EcsContainer, Ec2InstanceMetadata"
            ),
            (
                "source_profile = b\nduration_seconds = 1h\n[profile b]\n",
                "profile a: its duration_seconds is not a whole number of seconds"
            ),
            (
                "source_profile = b\nmfa_serial = arn:mfa\n[profile b]\n",
                "profile a: it asks for an MFA code (mfa_serial), which a daemon cannot type; use a role without MFA"
            ),
        ])
    func mistakes(keys: String, message: String) {
        let error = #expect(throws: CredentialsError.self) {
            try chain("[profile a]\nrole_arn = arn:a\n" + keys)
        }
        #expect(error == .failed(source: "assume role from profile", reason: message))
    }

    @Test("A chain has a longest length")
    func length() throws {
        func config(_ count: Int) -> String {
            (0..<count).map { "[profile \($0)]\nrole_arn = arn:\($0)\nsource_profile = \($0 + 1)\n" }.joined()
                + "[profile \(count)]\naws_access_key_id = k\n"
        }
        #expect(try chain(config(10), profile: "0")?.roles.count == 10)
        let error = #expect(throws: CredentialsError.self) { try chain(config(11), profile: "0") }
        #expect(error.map { "\($0)" }?.contains("longer than 10") == true)
    }
}
