import Testing

@testable import AWSClient

@Suite("Container credentials")
struct ContainerCredentialsTests {
    private let relative = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/0c8b1c52"]
    private let full = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"]

    private func provider(
        _ variables: [String: String], _ transport: CredentialsTransport, files: [String: String] = [:]
    ) -> ContainerCredentials {
        ContainerCredentials(context: context(machine(variables, files: files), transport: transport))
    }

    @Test("ECS: a path on the task's agent, without a proxy, within two seconds")
    func ecs() async throws {
        let transport = CredentialsTransport([.text(200, metadataJSON())])
        #expect(
            try await provider(relative.merging(full) { $1 }, transport).credentials() == metadataCredentials)
        #expect(transport.lines == ["GET http://169.254.170.2/v2/credentials/0c8b1c52"])
        let request = try #require(transport.requests.first)
        #expect(request.headers.map { "\($0.name): \($0.value)" } == ["Accept: application/json"])
        #expect(request.bypassesProxy)
        #expect(request.timeout == .seconds(2))
        #expect(request.maximumResponseBytes == 65_536)
    }

    @Test("EKS: a full URI and a token, from the file before the variable")
    func eks() async throws {
        let token = ["AWS_CONTAINER_AUTHORIZATION_TOKEN": "plain"]
        let file = ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/token"]
        let transport = CredentialsTransport([.text(200, metadataJSON()), .text(200, metadataJSON())])
        _ = try await provider(full.merging(token) { $1 }, transport).credentials()
        _ = try await provider(
            full.merging(token) { $1 }.merging(file) { $1 }, transport, files: ["/token": Secret.bearer]
        ).credentials()
        #expect(transport.lines == Array(repeating: "GET http://169.254.170.23/v1/credentials", count: 2))
        #expect(transport.requests.map { $0.headers.last?.value } == ["plain", Secret.bearer])
        #expect(transport.requests.map { $0.headers.last?.name } == ["Authorization", "Authorization"])
    }

    @Test("A remote https service is reached as everything else is, proxy and all")
    func remote() async throws {
        let transport = CredentialsTransport([.text(200, metadataJSON())])
        _ = try await provider(["AWS_CONTAINER_CREDENTIALS_FULL_URI": "https://keys.example/k"], transport)
            .credentials()
        #expect(transport.requests.map(\.bypassesProxy) == [false])
    }

    @Test(
        "Three attempts, whatever goes wrong in them",
        arguments: [
            CredentialsTransport.Answer.text(500), .text(429), .text(200, "{"),
            .failure(.timedOut(host: "h", seconds: 2)),
        ])
    func attempts(answer: CredentialsTransport.Answer) async throws {
        let lucky = CredentialsTransport([answer, answer, .text(200, metadataJSON())])
        #expect(try await provider(relative, lucky).credentials() == metadataCredentials)
        let unlucky = CredentialsTransport([answer, answer, answer, .text(200, metadataJSON())])
        let error = await failure(of: provider(relative, unlucky))
        #expect(unlucky.requests.count == 3)
        // The path of an ECS task is as good as a password.
        #expect(error.map { "\($0)" }?.contains("0c8b1c52") == false)
    }

    @Test("The pause between attempts is one second")
    func pauses() async {
        let pauses = Recorder<Duration>()
        let provider = ContainerCredentials(
            context: CredentialsContext(
                environment: machine(relative), transport: CredentialsTransport(), roles: CredentialsRoles(),
                now: { noon }, pause: { pauses.add($0) }))
        _ = await failure(of: provider)
        #expect(pauses.values == [.seconds(1), .seconds(1)])
    }

    @Test(
        "Mistakes are found before anything is sent",
        arguments: [
            (
                ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": ".evil.example/"],
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must be a path that begins with /"
            ),
            (
                ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/a b"],
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must be a path that begins with /"
            ),
            (
                ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "localhost/k"],
                "AWS_CONTAINER_CREDENTIALS_FULL_URI is not an http or https URL"
            ),
            (
                ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/k"],
                "AWS_CONTAINER_CREDENTIALS_FULL_URI names example.com; without https only loopback, 169.254.170.2, "
                    + "169.254.170.23 and fd00:ec2::23 are allowed"
            ),
            (
                [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/k",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\r\nX: y",
                ],
                "the authorization token is empty or holds a line break or another control character"
            ),
            (
                [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/k",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/n",
                ],
                "the authorization token file /n does not exist"
            ),
            (
                [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/k",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/lf",
                ],
                "the authorization token is empty or holds a line break or another control character"
            ),
        ] as [([String: String], String)])
    func mistakes(variables: [String: String], reason: String) async {
        let transport = CredentialsTransport()
        let error = await failure(of: provider(variables, transport, files: ["/lf": Secret.bearer + "\n"]))
        #expect(error == .failed(source: "container", reason: reason))
        #expect(transport.requests.isEmpty)
    }

    @Test("Without the variables it is not configured")
    func absent() async {
        let error = await failure(of: provider([:], CredentialsTransport()))
        #expect(
            error
                == .notConfigured(
                    source: "container",
                    reason:
                        "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set"
                ))
    }
}
