import Testing

@testable import AWSSimulator

@Suite struct SecurityTokenServiceTests {
    private let role = "RoleArn=arn%3Aaws%3Aiam%3A%3A444455556666%3Arole%2Fteam%2Fmonitor&RoleSessionName=a+b"
    private let version = "&Version=2011-06-15"

    private func respond(_ body: String, _ scenario: SimulatedScenario = .init()) -> SimulatedResponse {
        SimulatedWorld(scenario).respond(to: Signed.form(body), now: midnight).response
    }

    @Test("Who am I, as it goes over the wire") func callerIdentity() {
        let response = respond("Action=GetCallerIdentity" + version)
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

    @Test("An assumed role's credentials belong to its account and end in time") func assumeRole() {
        let text = respond("Action=AssumeRole&DurationSeconds=900&" + role + version).text
        #expect(text.contains("<Expiration>2026-11-24T00:15:00Z</Expiration>"))
        #expect(text.contains("<Arn>arn:aws:sts::444455556666:assumed-role/monitor/a b</Arn>"))
        let issued = IssuedCredentials(account: "444455556666", expiration: Int(midnight) + 900)
        #expect(text.contains("<AccessKeyId>\(issued.accessKeyID)</AccessKeyId>"))
        #expect(text.contains("<SessionToken>\(issued.sessionToken)</SessionToken>"))
        func identity(now: Double, key: String, token: String?) -> SimulatedResponse {
            var request = Signed.form("Action=GetCallerIdentity" + version)
            request.headers = Signed.headers(.securityTokens, now: now, key: key, token: token)
            return SimulatedWorld(SimulatedScenario()).respond(to: request, now: now).response
        }
        let good = identity(now: midnight + 899, key: issued.accessKeyID, token: issued.sessionToken)
        #expect(good.text.contains("<Account>444455556666</Account>"))
        let late = identity(now: midnight + 900, key: issued.accessKeyID, token: issued.sessionToken)
        #expect(late.status == 403)
        #expect(late.text.contains("<Code>ExpiredToken</Code>"))
        let tokenless = identity(now: midnight, key: issued.accessKeyID, token: nil)
        #expect(tokenless.text.contains("<Code>InvalidClientTokenId</Code>"))
    }

    @Test("Web identity needs no signature, but a token") func webIdentity() {
        let world = SimulatedWorld(SimulatedScenario())
        func unsigned(_ body: String) -> SimulatedResponse {
            world.respond(to: SimulatedRequest(body: Array(body.utf8)), now: midnight).response
        }
        let good = unsigned("Action=AssumeRoleWithWebIdentity&WebIdentityToken=ey.J&" + role + version)
        #expect(good.status == 200)
        #expect(good.text.contains("<AssumeRoleWithWebIdentityResult>"))
        #expect(good.text.contains("<AccessKeyId>ASIA444455556666SIMU</AccessKeyId>"))
        #expect(unsigned("Action=AssumeRoleWithWebIdentity&" + role + version).status == 400)
        #expect(unsigned("Action=AssumeRole&" + role + version).status == 403)
    }

    @Test("An external ID must fit when the scenario asks for one") func externalID() {
        var scenario = SimulatedScenario()
        scenario.requiredExternalID = "e&1"
        let without = respond("Action=AssumeRole&" + role + version, scenario)
        #expect(without.status == 403)
        #expect(without.text.contains("<Code>AccessDenied</Code>"))
        #expect(respond("Action=AssumeRole&ExternalId=e%261&" + role + version, scenario).status == 200)
    }

    @Test(
        "Wrong requests are refused",
        arguments: [
            "Action=AssumeRole&RoleSessionName=ab",
            "Action=AssumeRole&RoleArn=arn:aws:iam::444455556666:role/x",
            "Action=AssumeRole&RoleArn=role&RoleSessionName=ab",
            "Action=AssumeRole&RoleArn=arn:aws:iam::44445555666x:role/x&RoleSessionName=ab",
            "Action=AssumeRole&RoleArn=arn:aws:iam::444455556666:role/x&RoleSessionName=a",
            "Action=AssumeRole&RoleArn=arn:aws:iam::444455556666:role/x&RoleSessionName=ab&DurationSeconds=60",
        ]) func refused(body: String)
    {
        let response = respond(body + version)
        #expect(response.status == 400)
        #expect(response.text.contains("<Code>ValidationError</Code>"))
    }
}
