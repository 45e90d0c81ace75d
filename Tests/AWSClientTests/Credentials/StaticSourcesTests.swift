import FoundationEssentials
import Testing

@testable import AWSClient
@testable import HTTPClient

@Suite("Keys in variables and profiles")
struct StaticSourcesTests {
    private let keys = ["AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": Secret.key]

    private func environment(_ more: [String: String]) -> EnvironmentCredentials {
        EnvironmentCredentials(environment: machine(keys.merging(more) { $1 }))
    }

    @Test("The environment's keys, with token, expiry and account where they are set")
    func variables() async throws {
        #expect(
            try await environment([:]).credentials()
                == AWSCredentials(accessKeyID: "AKIA1", secretAccessKey: Secret.key))
        let more = [
            "AWS_SESSION_TOKEN": Secret.token, "AWS_CREDENTIAL_EXPIRATION": "2026-11-24T13:00:00Z",
            "AWS_ACCOUNT_ID": "111122223333",
        ]
        #expect(
            try await environment(more).credentials()
                == AWSCredentials(
                    accessKeyID: "AKIA1", secretAccessKey: Secret.key, sessionToken: Secret.token,
                    expiration: noon.addingTimeInterval(3600), accountID: "111122223333"))
        #expect(try await environment(["AWS_SECURITY_TOKEN": "old"]).credentials().sessionToken == "old")
    }

    @Test("Half of a pair of variables is an error, none of it is not configured")
    func halves() async {
        #expect(
            await failure(of: environment(["AWS_ACCESS_KEY_ID": ""]))
                == .notConfigured(source: "environment", reason: "AWS_ACCESS_KEY_ID is not set"))
        #expect(
            await failure(of: environment(["AWS_SECRET_ACCESS_KEY": ""]))
                == .failed(
                    source: "environment",
                    reason: "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY; set both"))
        #expect(
            await failure(of: environment(["AWS_CREDENTIAL_EXPIRATION": "tomorrow"]))
                == .failed(
                    source: "environment",
                    reason: "AWS_CREDENTIAL_EXPIRATION is not a time such as 2026-11-23T23:00:00Z"))
    }

    @Test("A profile's keys come from the file that is asked")
    func profiles() async throws {
        let config = try sharedConfig(
            config: "[profile a]\naws_access_key_id = C\naws_secret_access_key = \(Secret.otherKey)\n",
            credentials:
                "[a]\naws_access_key_id = K\naws_secret_access_key = \(Secret.key)\naws_session_token = \(Secret.token)\naws_account_id = 1\n"
        )
        #expect(
            try await ProfileCredentials(file: .credentials, profile: "a", config: config).credentials()
                == AWSCredentials(
                    accessKeyID: "K", secretAccessKey: Secret.key, sessionToken: Secret.token, accountID: "1")
        )
        #expect(
            try await ProfileCredentials(file: .config, profile: "a", config: config).credentials()
                == AWSCredentials(accessKeyID: "C", secretAccessKey: Secret.otherKey))
    }

    @Test("A profile without keys is not configured, one with half of them an error")
    func incomplete() async throws {
        let config = try sharedConfig(
            config: "[profile a]\nregion = x\n",
            credentials: "[a]\naws_access_key_id = \(Secret.key)\n[b]\nx=1\n")
        func reason(_ file: ProfileCredentials.File, _ profile: String) async -> CredentialsError? {
            await failure(of: ProfileCredentials(file: file, profile: profile, config: config))
        }
        #expect(
            await reason(.config, "a")
                == .notConfigured(
                    source: "config file", reason: "no aws_access_key_id in profile a of /home/me/.aws/config"
                ))
        #expect(
            await reason(.config, "b")
                == .notConfigured(source: "config file", reason: "no profile b in /home/me/.aws/config"))
        #expect(
            await reason(.credentials, "a")
                == .failed(
                    source: "shared credentials file",
                    reason:
                        "profile a of /home/me/.aws/credentials has aws_access_key_id without aws_secret_access_key"
                ))
    }
}
