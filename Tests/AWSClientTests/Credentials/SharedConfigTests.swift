import Testing

@testable import AWSClient
@testable import System

@Suite("Shared config files")
struct SharedConfigTests {
    private static let config = """
        # the usual places
        [default]
        region = eu-west-1
        s3 =
          addressing_style = path

        [profile work]
        region = us-east-1
        services = local
        aws_access_key_id = CONFIGKEY
        role_session_name = me

        [profile "two words"]
        region = eu-north-1

        [profile a b c]
        region = nowhere

        [profiles]
        region = nowhere

        [sso-session corp]
        sso_region = us-west-2
        sso_start_url = https://corp.awsapps.com/start

        [services local]
        cloudwatch =
          endpoint_url = http://127.0.0.1:5000
        service_quotas =
          endpoint_url = http://127.0.0.1:5001
          note = with = signs

        [preview]
        x = 1
        """

    @Test("Finds profiles, sessions and services by their sections")
    func sections() throws {
        let config = try sharedConfig(config: Self.config)
        #expect(config.configProfiles.keys.sorted() == ["default", "two words", "work"])
        #expect(config.ssoSessions.keys.sorted() == ["corp"])
        #expect(config.ssoSessions["corp"]?["sso_region"] == "us-west-2")
        #expect(config.services["local"]?.block("cloudwatch") == ["endpoint_url": "http://127.0.0.1:5000"])
        #expect(config.services["local"]?.block("service_quotas")["note"] == "with = signs")
        #expect(config.profile("default")?["s3"] == nil)
        #expect(config.profile("default")?.block("s3") == ["addressing_style": "path"])
        #expect(config.profile("preview") == nil)
    }

    @Test("Keys of the credentials file go over those of the config file")
    func merging() throws {
        let config = try sharedConfig(
            config: Self.config,
            credentials: "[work]\naws_access_key_id = CREDKEY\n[only]\nregion = x\n[profile y]\n")
        #expect(config.profile("work")?["aws_access_key_id"] == "CREDKEY")
        #expect(config.profile("work")?["region"] == "us-east-1")
        #expect(config.configProfiles["work"]?["aws_access_key_id"] == "CONFIGKEY")
        #expect(config.profile("only")?["region"] == "x")
        #expect(config.profile("profile y") != nil)
        #expect(config.profile("y") == nil)
    }

    @Test("The later of two sections for one profile counts whole")
    func repeated() throws {
        let config = try sharedConfig(
            config:
                "[default]\nregion = a\nx = 1\n[profile default]\nregion = b\n[profile 'p']\nz=1\n[profile p]\ny=2\n"
        )
        #expect(config.profile("default")?["region"] == "b")
        #expect(config.profile("default")?["x"] == nil)
        #expect(config.profile("p")?["z"] == nil)
    }

    @Test(
        "Finds the files where the variables say, with ~ and variables replaced",
        arguments: [
            ("~/other/config", "/home/me/other/config"), ("/etc/aws", "/etc/aws"), ("$BASE/c", "/srv/c"),
            ("${BASE}/c", "/srv/c"), ("${BASE/c", "${BASE/c"), ("$NONE/c", "$NONE/c"), ("~you/c", "~you/c"),
            ("$BASE$BASE", "/srv/srv"), ("a$", "a$"), ("${}x", "${}x"), ("", "/home/me/.aws/config"),
        ])
    func paths(value: String, path: String) throws {
        let files = [path: "[default]\nregion = found\n"]
        let config = try SharedConfig.load(machine(["AWS_CONFIG_FILE": value, "BASE": "/srv"], files: files))
        #expect(config.configPath == path)
        #expect(config.profile("default")?["region"] == "found")
    }

    @Test("A mistake names the file and its line, also inside an indented block")
    func mistakes() {
        let error = #expect(throws: CredentialsError.self) {
            try sharedConfig(config: "[default]\nregion = x\ns3 =\n  good = 1\n  \(Secret.key)\n")
        }
        #expect(
            error
                == .failed(
                    source: "/home/me/.aws/config",
                    reason: "line 3: line 2 of the indented block is not KEY = VALUE"))
        expectNoSecrets(error as Any)
    }

    @Test("An unreadable file is a note at the usual place and an error where a variable names it")
    func unreadable() throws {
        let denied = CredentialsError.failed(
            source: "/home/me/.aws/config", reason: "it cannot be opened: no")
        let reader: BoundedFile.Reader = { path, _ throws(FileError) in
            if path.hasSuffix("config") { throw FileError(path: path, reason: "it cannot be opened: no") }
            return nil
        }
        let usual = AWSEnvironment(variables: [:], homeDirectory: "/home/me", readFile: reader)
        #expect(try SharedConfig.load(usual).notes == ["\(denied)"])
        let named = AWSEnvironment(
            variables: ["AWS_CONFIG_FILE": "~/.aws/config"], homeDirectory: "/home/me", readFile: reader)
        #expect(throws: denied) { try SharedConfig.load(named) }
    }

    @Test("Nothing at all is an empty configuration")
    func nothing() throws {
        let config = try SharedConfig.load(machine())
        #expect(config.profile("default") == nil)
        #expect(config.notes == [])
    }
}
