import Testing

@testable import AWSClient
@testable import HTTPClient

@Suite("AWS caller")
struct AWSCallerTests {
    private let identity = """
        <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>\
        <Arn>arn:aws:iam::123456789012:user/x</Arn><UserId>U</UserId><Account>123456789012</Account>\
        </GetCallerIdentityResult></GetCallerIdentityResponse>
        """
    private func refusal(_ code: String, status: Int = 400, headers: [String: String] = [:])
        -> ScriptedTransport.Answer
    {
        .status(status, "{\"__type\":\"\(code)\",\"message\":\"because\"}", headers: headers)
    }

    @Test("throttles and failures are tried again with growing waits, and every attempt is told")
    func retries() async throws {
        let fixture = CallerFixture([
            refusal("Throttling"), .failure(.timedOut(host: "h", seconds: 30)), .ok(identity),
        ])
        #expect(try await fixture.sts.getCallerIdentity().accountID == "123456789012")
        #expect(fixture.manual.sleeps == [.milliseconds(500), .milliseconds(1000)])
        #expect(fixture.observer.attempts.map(\.failureCode) == ["Throttling", "timeout", nil])
        #expect(fixture.observer.attempts.map(\.status) == [400, nil, 200])
        #expect(
            fixture.observer.attempts.allSatisfy {
                $0.operation == "GetCallerIdentity" && $0.region == "us-east-1"
            })
    }

    @Test("after the last attempt the failure is thrown")
    func lastAttempt() async {
        let fixture = CallerFixture(ScriptedTransport { _, _ in .status(503, "") })
        let error = await awsError { () async throws(AWSError) in
            _ = try await fixture.sts.getCallerIdentity()
        }
        #expect(error?.kind == .serviceFailure)
        #expect(error?.status == 503)
        #expect(error?.message == "the answer is not an AWS error (empty body)")
        #expect(error?.failureCode == "http_503")
        #expect(fixture.transport.requests.count == 3)
    }

    @Test("a host's budget of retries runs dry, and other hosts have their own")
    func budget() async {
        let fixture = CallerFixture(ScriptedTransport { _, _ in .status(500, "") })
        for _ in 0..<60 {
            _ = await awsError { () async throws(AWSError) in _ = try await fixture.sts.getCallerIdentity() }
        }
        // 500 tokens pay for 100 retries.
        #expect(fixture.transport.requests.count == 60 + 100)
        let other = STSClient(caller: fixture.caller, region: "us-west-2")
        _ = await awsError { () async throws(AWSError) in _ = try await other.getCallerIdentity() }
        #expect(fixture.transport.requests.count == 163)
    }

    @Test(
        "an answer that would come again is thrown at once",
        arguments: [
            ("AccessDenied", 403, AWSError.Kind.accessDenied), ("AccessDeniedException", 400, .accessDenied),
            ("ValidationError", 400, .refused), ("SignatureDoesNotMatch", 403, .credentialsRejected),
            ("NoSuchThing", 404, .refused),
            ("Something", 403, .accessDenied),
        ])
    func permanent(code: String, status: Int, kind: AWSError.Kind) async {
        let fixture = CallerFixture([refusal(code, status: status)])
        let error = await awsError { () async throws(AWSError) in
            _ = try await fixture.sts.getCallerIdentity()
        }
        #expect(error?.kind == kind)
        #expect(error?.code == code)
        #expect(error?.message == "because")
        #expect(fixture.transport.requests.count == 1)
        #expect(
            error?.description.hasPrefix("sts GetCallerIdentity in us-east-1: ") == true
                && error?.description.hasSuffix("(HTTP \(status) \(code)): because") == true)
    }

    @Test(
        "refused keys are fetched anew once",
        arguments: ["ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException"])
    func refresh(code: String) async throws {
        let provider = RefreshingCredentials()
        let fixture = CallerFixture([refusal(code, status: 403), .ok(identity)], credentials: provider)
        _ = try await fixture.sts.getCallerIdentity()
        #expect(provider.invalidations == 1)
        #expect(fixture.transport.requests.map { $0.signing?.credentials.accessKeyID } == ["AKID0", "AKID1"])
        #expect(fixture.manual.sleeps.isEmpty)
    }

    @Test("keys that are refused again are an error")
    func refreshOnce() async {
        let provider = RefreshingCredentials()
        let fixture = CallerFixture(
            ScriptedTransport { _, _ in self.refusal("ExpiredToken") }, credentials: provider)
        let error = await awsError { () async throws(AWSError) in
            _ = try await fixture.sts.getCallerIdentity()
        }
        #expect(error?.kind == .credentialsRejected)
        #expect(fixture.transport.requests.count == 2)
        #expect(provider.invalidations == 1)
    }

    @Test("the server's clock is taken over once and kept for its host")
    func clockSkew() async throws {
        // 2023-11-14T22:13:20Z is the fixture's time; the server is an hour ahead.
        let date = ["date": "Tue, 14 Nov 2023 23:13:20 GMT"]
        let fixture = CallerFixture([
            refusal("SignatureDoesNotMatch", status: 403, headers: date), .ok(identity), .ok(identity),
            .ok(identity),
        ])
        _ = try await fixture.sts.getCallerIdentity()
        _ = try await fixture.sts.getCallerIdentity()
        _ = try await STSClient(caller: fixture.caller, region: "us-west-2").getCallerIdentity()
        #expect(fixture.transport.requests.map { $0.signing?.clockSkewSeconds } == [0, 3600, 3600, 0])
    }

    @Test("a wrong signature at the right time is an error")
    func noSkew() async {
        let date = ["date": "Tue, 14 Nov 2023 22:14:00 GMT"]
        let fixture = CallerFixture([refusal("SignatureDoesNotMatch", status: 403, headers: date)])
        let error = await awsError { () async throws(AWSError) in
            _ = try await fixture.sts.getCallerIdentity()
        }
        #expect(error?.kind == .credentialsRejected)
    }

    @Test("without credentials nothing is sent")
    func noCredentials() async {
        let cause = CredentialsError.failed(source: "process", reason: "exit code 1")
        let fixture = CallerFixture([], credentials: FixedCredentials(result: .failure(cause)))
        let error = await awsError { () async throws(AWSError) in
            _ = try await fixture.sts.getCallerIdentity()
        }
        #expect(error?.kind == .credentials(cause))
        #expect(error?.failureCode == "credentials")
        let none = CallerFixture([], credentials: nil)
        let missing = await awsError { () async throws(AWSError) in _ = try await none.sts.getCallerIdentity()
        }
        #expect(missing?.failureCode == "credentials")
        #expect(fixture.transport.requests.isEmpty && none.transport.requests.isEmpty)
    }

    @Test("a Region that is none is told and not asked")
    func badRegion() async {
        let fixture = CallerFixture([])
        let client = STSClient(caller: fixture.caller, region: "evil.com/")
        let error = await awsError { () async throws(AWSError) in _ = try await client.getCallerIdentity() }
        #expect(error?.kind == .invalidRequest)
        #expect(fixture.transport.requests.isEmpty)
    }

    @Test("a cancelled task stops between attempts")
    func cancellation() async {
        let fixture = CallerFixture(ScriptedTransport { _, _ in .status(500, "") })
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await awsError { () async throws(AWSError) in _ = try await fixture.sts.getCallerIdentity()
            }
        }
        #expect(await task.value?.kind == .cancelled)
        #expect(fixture.transport.requests.isEmpty)
    }

    @Test("no key or token comes back in an error, though the service quotes it")
    func secrets() async {
        let keys = AWSCredentials(
            accessKeyID: "AKIDOFTHISCALL000001", secretAccessKey: "secret-key-of-this-call/1",
            sessionToken: "session-token-of-this-call+1")
        // Of another account, which this call has nothing to do with.
        _ = AWSCredentials(accessKeyID: "AKIDOFANOTHER0000001", secretAccessKey: "secret-key-of-another/1")
        let provider = FixedCredentials(result: .success(keys))
        let quoted =
            "The Canonical String should have been x-amz-security-token:session-token-of-this-call+1 "
            + "secret-key-of-this-call/1 secret-key-of-another/1"
        let fixture = CallerFixture(
            [.status(403, "{\"message\":\"\(quoted)\",\"__type\":\"AccessDenied\"}")], credentials: provider)
        let error = await awsError { () async throws(AWSError) in
            _ = try await fixture.sts.getCallerIdentity()
        }
        #expect(
            error?.message
                == "The Canonical String should have been x-amz-security-token:<secret> <secret> <secret>")
        let web = CallerFixture([
            .status(400, "{\"message\":\"bad token eyJhbGciOiJSUzI1\",\"__type\":\"InvalidIdentityToken\"}")
        ])
        let unsigned = await awsError { () async throws(AWSError) in
            _ = try await web.sts.assumeRoleWithWebIdentity(
                roleARN: "r", sessionName: "s", webIdentityToken: "eyJhbGciOiJSUzI1")
        }
        #expect(unsigned?.message == "bad token <secret>")
    }
}

@Suite("Service refusals")
struct ServiceRefusalTests {
    private func refusal(_ status: Int, _ body: String, _ headers: [String: String] = [:]) -> AWSError {
        ServiceRefusal(TransportResponse(status: status, headers: headers, body: Array(body.utf8)))
            .error(of: AWSRequest(service: .cloudWatch, operation: "Op", region: "us-east-1"))
    }

    @Test(
        "code and message are found in every form",
        arguments: [
            (
                "{\"__type\":\"com.amazonaws.cloudwatch#Throttling\",\"message\":\"Rate exceeded\"}", [:],
                "Throttling", "Rate exceeded"
            ),
            ("{\"__type\":\"A\",\"Message\":\"big M\"}", [:], "A", "big M"),
            ("{\"code\":\"C\"}", [:], "C", "no message"),
            (
                "{\"message\":\"m\"}",
                ["x-amzn-errortype": "AccessDeniedException:http://internal.amazon.com/x"],
                "AccessDeniedException", "m"
            ),
            (
                "{\"__type\":\"New#X\",\"message\":\"m\"}",
                ["x-amzn-query-error": "InvalidParameterValue;Sender"], "InvalidParameterValue", "m"
            ),
            (
                "<ErrorResponse xmlns=\"u\"><Error><Type>Sender</Type><Code>Throttling</Code><Message>a &amp; b</Message></Error></ErrorResponse>",
                [:], "Throttling", "a & b"
            ),
            (
                "<Response><Errors><Error><Code>X</Code><Message>m</Message></Error></Errors></Response>",
                [:], "X", "m"
            ),
            (
                "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchBucket</Code></Error>", [:], "NoSuchBucket",
                "no message"
            ),
        ] as [(String, [String: String], String, String)])
    func forms(body: String, headers: [String: String], code: String, message: String) {
        let error = refusal(400, body, headers)
        #expect(error.code == code)
        #expect(error.message == message)
    }

    @Test(
        "what is no AWS error is described by its shape",
        arguments: [
            ("", [:], "empty body"),
            (
                "<html><body><h1>502</h1><br></body></html>", ["content-type": "text/html"],
                "text/html, 42 bytes"
            ),
            ("<!DOCTYPE html><html></html>", ["content-type": "text/html"], "text/html, 28 bytes"),
            ("plain", [:], "no content type, 5 bytes"),
            ("{\"a\":", [:], "no content type, 5 bytes"), ("[1]", [:], "no content type, 3 bytes"),
            ("{}", [:], "no content type, 2 bytes"),
            ("{\"message\":5}", [:], "no content type, 13 bytes"),
        ] as [(String, [String: String], String)])
    func shapes(body: String, headers: [String: String], shape: String) {
        let error = refusal(502, body, headers)
        #expect(error.code == nil)
        #expect(error.kind == .serviceFailure)
        #expect(error.message == "the answer is not an AWS error (\(shape))")
    }

    @Test("long and dirty texts are bounded and on one line")
    func bounded() {
        let long = String(repeating: "é", count: 5000)
        let error = refusal(
            400,
            "{\"__type\":\"\(long)A b\\u0000\\n\(String(repeating: "C", count: 500))\",\"message\":\"a\\n\\tb\\u0007 \(long)\"}"
        )
        #expect(error.message.hasPrefix("a b é"))
        #expect(error.message.count <= 302)
        #expect(error.message.hasSuffix(" …"))
        #expect((error.code?.utf8.count ?? 0) == 64)
        #expect(error.code?.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } == true)
    }
}
