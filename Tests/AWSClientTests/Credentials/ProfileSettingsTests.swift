import Testing

@testable import AWSClient

@Suite("Settings of the environment and the profile")
struct ProfileSettingsTests {
    private static let file = """
        [default]
        region = eu-west-1
        [profile work]
        region = eu-north-1
        endpoint_url = http://127.0.0.1:1
        services = local
        use_fips_endpoint = True
        use_dualstack_endpoint = false
        ca_bundle = ~/ca.pem
        max_attempts = 7
        [profile broken]
        services = missing
        [profile eager]
        max_attempts = 0
        [services local]
        cloudwatch =
          endpoint_url = http://127.0.0.1:2
        service_quotas =
          endpoint_url = http://127.0.0.1:3
        """

    private func settings(_ variables: [String: String] = [:], profile: String? = nil) throws
        -> ProfileSettings
    {
        try ProfileSettings.load(
            machine(variables, files: ["/home/me/.aws/config": Self.file]), profile: profile)
    }

    @Test(
        "The Region is AWS_REGION's, then AWS_DEFAULT_REGION's, then the profile's",
        arguments: [
            ([:], "eu-west-1"), (["AWS_DEFAULT_REGION": "d"], "d"),
            (["AWS_DEFAULT_REGION": "d", "AWS_REGION": "r"], "r"),
            (["AWS_REGION": "", "AWS_DEFAULT_REGION": "d"], "d"), (["AWS_PROFILE": "work"], "eu-north-1"),
            (["AWS_PROFILE": "work", "AWS_REGION": "r"], "r"),
        ])
    func region(variables: [String: String], region: String) throws {
        #expect(try settings(variables).region == region)
    }

    @Test("Without files and variables nothing is set")
    func nothing() throws {
        let settings = try ProfileSettings.load(machine())
        #expect(settings.profileName == "default")
        #expect(settings.region == nil)
        #expect(settings.caBundlePath == nil)
        #expect(settings.maximumAttempts == nil)
        #expect(settings.endpoints == ProfileEndpoints())
    }

    @Test("Every key of a profile is read")
    func keys() throws {
        let settings = try settings(profile: "work")
        #expect(settings.caBundlePath == "/home/me/ca.pem")
        #expect(settings.maximumAttempts == 7)
        #expect(
            settings.endpoints
                == ProfileEndpoints(
                    url: "http://127.0.0.1:1",
                    serviceURLs: [.cloudWatch: "http://127.0.0.1:2", .serviceQuotas: "http://127.0.0.1:3"],
                    usesFIPS: true, usesDualStack: false))
    }

    @Test("Variables go before the profile's keys")
    func variables() throws {
        let settings = try settings(["AWS_CA_BUNDLE": "/ca", "AWS_MAX_ATTEMPTS": "2"], profile: "work")
        #expect(settings.caBundlePath == "/ca")
        #expect(settings.maximumAttempts == 2)
    }

    @Test(
        "The profile is the explicit one, then AWS_DEFAULT_PROFILE's, then AWS_PROFILE's",
        arguments: [
            ("work", ["AWS_PROFILE": "default"], "work"),
            (nil, ["AWS_PROFILE": "default", "AWS_DEFAULT_PROFILE": "work"], "work"),
            (nil, ["AWS_PROFILE": "work"], "work"), (nil, [:], "default"),
        ] as [(String?, [String: String], String)])
    func profile(explicit: String?, variables: [String: String], name: String) throws {
        #expect(try settings(variables, profile: explicit).profileName == name)
    }

    @Test(
        "Values that cannot be used are errors that say what to look at",
        arguments: [
            (
                "none", [:],
                "profile none: it exists neither in /home/me/.aws/config nor in /home/me/.aws/credentials"
            ),
            (
                nil, ["AWS_PROFILE": "none"],
                "profile none: it exists neither in /home/me/.aws/config nor in /home/me/.aws/credentials"
            ),
            (
                "broken", [:],
                "profile broken: its services section [services missing] does not exist in /home/me/.aws/config"
            ),
            ("eager", [:], "profile eager: max_attempts must be a whole number from 1 up"),
            (nil, ["AWS_MAX_ATTEMPTS": "many"], "environment: max_attempts must be a whole number from 1 up"),
        ] as [(String?, [String: String], String)])
    func mistakes(profile: String?, variables: [String: String], message: String) {
        let error = #expect(throws: CredentialsError.self) { try settings(variables, profile: profile) }
        #expect(error.map { "\($0)" } == message)
    }
}
