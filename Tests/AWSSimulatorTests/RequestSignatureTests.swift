import Testing

@testable import AWSSimulator

@Suite struct RequestSignatureTests {
    private let signature = String(repeating: "ab", count: 32)

    private func request(_ change: (inout [(name: String, value: String)]) -> Void) -> SimulatedRequest {
        var request = Signed.json(.listMetrics, "{}")
        change(&request.headers)
        return request
    }

    private func set(_ name: String, _ value: String?, _ headers: inout [(name: String, value: String)]) {
        headers.removeAll { $0.name == name }
        if let value { headers.append((name, value)) }
    }

    private func errorCode(_ request: SimulatedRequest, _ scenario: SimulatedScenario = .init()) -> String? {
        SimulatedWorld(scenario).respond(to: request, now: midnight).entry.errorCode
    }

    @Test("An Authorization header is taken apart") func parts() throws {
        let parsed = try RequestSignature(
            authorization:
                "AWS4-HMAC-SHA256 Credential=AKID/20261124/ap-east-2/monitoring/aws4_request,SignedHeaders=host;x-amz-date, Signature=\(signature)"
        )
        #expect(parsed.date == "20261124")
        #expect(parsed.region == "ap-east-2")
        #expect(parsed.service == "monitoring")
        #expect(parsed.signedHeaders == ["host", "x-amz-date"])
    }

    @Test(
        "A malformed Authorization header is refused",
        arguments: [
            ("Bearer abc", "IncompleteSignatureException"),
            (
                "AWS4-HMAC-SHA256 Credential=AKID/20261124/r/monitoring/aws4_request",
                "IncompleteSignatureException"
            ),
            (
                "AWS4-HMAC-SHA256 Credential=AKID/20261124/monitoring/aws4_request, SignedHeaders=host, Signature=00",
                "IncompleteSignatureException"
            ),
            (
                "AWS4-HMAC-SHA256 Credential=AKID/20261124/r/monitoring/aws4_request, SignedHeaders=host;x-amz-date, Signature=00",
                "InvalidSignatureException"
            ),
            (
                "AWS4-HMAC-SHA256 Credential=AKID//r/monitoring/aws4_request, SignedHeaders=host;x-amz-date, Signature=00",
                "IncompleteSignatureException"
            ),
        ]) func malformed(header: String, code: String)
    {
        #expect(errorCode(request { set("Authorization", header, &$0) }) == code)
    }

    @Test("No truncation of a good header is accepted, and no single changed byte crashes") func mutations() {
        let good = Signed.headers(.cloudWatch).last?.value ?? ""
        for length in 0..<good.utf8.count {
            #expect(throws: ServiceError.self) {
                try RequestSignature(authorization: String(decoding: good.utf8.prefix(length), as: UTF8.self))
            }
        }
        for index in good.utf8.indices {
            for byte: UInt8 in [0, 0x20, 0x2F, 0x3D, 0x2C, 0xFF] {
                var bytes = Array(good.utf8)
                bytes[good.utf8.distance(from: good.utf8.startIndex, to: index)] = byte
                _ = try? RequestSignature(authorization: String(decoding: bytes, as: UTF8.self))
            }
        }
    }

    @Test("An unsigned request gets MissingAuthenticationToken in each protocol's shape") func unsigned() {
        let world = SimulatedWorld(SimulatedScenario())
        let json = world.respond(to: request { set("Authorization", nil, &$0) }, now: midnight).response
        #expect(json.status == 403)
        #expect(json.header("x-amzn-query-error") == "MissingAuthenticationToken;Sender")
        #expect(
            json.text
                == #"{"__type":"com.amazon.coral.service#MissingAuthenticationTokenException","message":"Missing Authentication Token"}"#
        )
        let rest = world.respond(
            to: SimulatedRequest(method: "GET", path: "/inference-profiles"), now: midnight
        ).response
        #expect(rest.status == 403)
        #expect(rest.header("x-amzn-errortype") == "MissingAuthenticationTokenException")
        let form = world.respond(
            to: SimulatedRequest(body: Array("Action=GetCallerIdentity&Version=2011-06-15".utf8)),
            now: midnight
        ).response
        #expect(form.status == 403)
        #expect(form.text.contains("<Code>MissingAuthenticationToken</Code>"))
    }

    @Test(
        "The time must be within fifteen minutes",
        arguments: [(-901.0, false), (-900, true), (900, true), (901, false)])
    func skew(seconds: Double, isAccepted: Bool) {
        let request = Signed.json(.listMetrics, "{}", now: midnight + 43_200 + seconds)
        let entry = SimulatedWorld(SimulatedScenario()).respond(to: request, now: midnight + 43_200).entry
        #expect(entry.errorCode == (isAccepted ? nil : "InvalidSignatureException"))
    }

    @Test("X-Amz-Date must be there, be readable and agree with the scope") func date() {
        #expect(errorCode(request { set("X-Amz-Date", nil, &$0) }) == "IncompleteSignatureException")
        #expect(
            errorCode(request { set("X-Amz-Date", "Tue, 24 Nov 2026", &$0) })
                == "IncompleteSignatureException")
        #expect(
            errorCode(request { set("X-Amz-Date", "20261123T235959Z", &$0) }) == "InvalidSignatureException")
    }

    @Test("host, x-amz-date and a session token must be signed") func signedHeaders() {
        func replaced(_ list: String) -> String? {
            errorCode(
                request { headers in
                    headers.append(("X-Amz-Security-Token", "t"))
                    let old = headers.first { $0.name == "Authorization" }?.value ?? ""
                    set("Authorization", old.replacing("host;x-amz-date", with: list), &headers)
                })
        }
        #expect(replaced("host;x-amz-date;x-amz-security-token") == nil)
        #expect(replaced("host;x-amz-date") == "InvalidSignatureException")
        #expect(replaced("host;x-amz-security-token") == "InvalidSignatureException")
        #expect(replaced("x-amz-date;x-amz-security-token") == "InvalidSignatureException")
        #expect(replaced("x-amz-date;host;x-amz-security-token") == "InvalidSignatureException")
        #expect(replaced("absent;host;x-amz-date;x-amz-security-token") == "InvalidSignatureException")
    }

    @Test("The scope's service must be the operation's") func service() {
        var request = Signed.json(.listMetrics, "{}")
        request.headers.removeAll { $0.name != "X-Amz-Target" }
        request.headers += Signed.headers(.bedrock)
        #expect(errorCode(request) == "InvalidSignatureException")
    }

    @Test("Unknown operations are refused") func unknownOperation() {
        var request = Signed.json(.listMetrics, "{}")
        request.headers.removeAll { $0.name == "X-Amz-Target" }
        request.headers.append(("X-Amz-Target", "GraniteServiceVersion20100801.PutMetricData"))
        #expect(errorCode(request) == "UnknownOperationException")
        #expect(errorCode(Signed.get("/guardrails")) == "UnknownOperationException")
        #expect(errorCode(Signed.form("Action=GetSessionToken&Version=2011-06-15")) == "InvalidAction")
    }

    @Test("Who am I, as it goes over the wire") func callerIdentity() {
        let request = Signed.form("Action=GetCallerIdentity&Version=2011-06-15")
        let response = SimulatedWorld(SimulatedScenario()).respond(to: request, now: midnight).response
        #expect(response.header("content-type") == "text/xml")
        #expect(
            response.text == """
                <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
                  <GetCallerIdentityResult>
                    <Arn>arn:aws:iam::111122223333:user/simulated</Arn>
                    <UserId>AIDASIMULATEDUSER001</UserId>
                    <Account>111122223333</Account>
                  </GetCallerIdentityResult>
                  <ResponseMetadata>
                    <RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId>
                  </ResponseMetadata>
                </GetCallerIdentityResponse>

                """)
    }

    @Test(
        "Unix time becomes the text of X-Amz-Date and back",
        arguments: [
            (0, "19700101T000000Z"), (1_795_478_400, "20261124T000000Z"), (951_782_400, "20000229T000000Z"),
            (951_868_800, "20000301T000000Z"), (1_709_164_799, "20240228T235959Z"),
            (4_102_444_799, "20991231T235959Z"),
        ]) func times(seconds: Int, text: String)
    {
        #expect(SigningTime(epochSeconds: seconds).text == text)
        #expect(SigningTime(text)?.epochSeconds == seconds)
    }

    @Test(
        "Anything else is no time",
        arguments: [
            "", "20261124", "20261324T000000Z", "20261100T000000Z", "20261124T240000Z",
            "2026-11-24T00:00:00Z", "20261124T00000aZ", " 20261124T000000Z",
        ])
    func noTime(text: String) {
        #expect(SigningTime(text) == nil)
    }
}
