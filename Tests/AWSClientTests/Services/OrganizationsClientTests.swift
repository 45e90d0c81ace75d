import QuotaModel
import Testing

@testable import AWSClient

@Suite("Organizations")
struct OrganizationsClientTests {
    private func fixture(_ answers: ScriptedTransport.Answer...) -> (CallerFixture, OrganizationsClient) {
        let fixture = CallerFixture(answers)
        return (fixture, OrganizationsClient(caller: fixture.caller, region: "ap-southeast-1"))
    }

    @Test("every page is read, empty ones with a token too, at the partition's one endpoint")
    func pages() async throws {
        let (fixture, client) = fixture(
            .ok(#"{"Accounts":[],"NextToken":"a"}"#),
            .ok(
                #"{"Accounts":[{"Id":"111122223333","Name":"prod","State":"ACTIVE","Status":"SUSPENDED"}],"NextToken":"b"}"#
            ),
            .ok(#"{"NextToken":"c"}"#),
            .ok(
                #"{"Accounts":[{"Id":"444455556666","Status":"ACTIVE"},{"Id":"777788889999","Name":"x","State":"CLOSED"}]}"#
            ))
        #expect(
            try await client.listAccounts() == [
                OrganizationAccount(id: "111122223333", name: "prod"),
                OrganizationAccount(id: "444455556666", name: ""),
                OrganizationAccount(id: "777788889999", name: "x", isActive: false),
            ])
        #expect(
            fixture.transport.requests.allSatisfy {
                $0.url == "https://organizations.us-east-1.amazonaws.com/"
                    && $0.signing?.region == "us-east-1"
            })
        #expect(
            fixture.transport.requests.allSatisfy { request in
                request.headers.contains {
                    $0.name == "X-Amz-Target" && $0.value == "AWSOrganizationsV20161128.ListAccounts"
                }
            })
        #expect(fixture.transport.bodies[0] == #"{"MaxResults":20}"#)
        #expect(fixture.transport.bodies[3].contains(#""NextToken":"c""#))
    }

    @Test("units and the accounts in them are listed by their parent")
    func units() async throws {
        let (fixture, client) = fixture(
            .ok(#"{"OrganizationalUnits":[{"Id":"ou-ab12-11112222"}],"NextToken":"n"}"#),
            .ok(#"{"OrganizationalUnits":[{"Id":"ou-ab12-33334444","Name":"Team"}]}"#),
            .ok(#"{"Accounts":[]}"#))
        #expect(
            try await client.listOrganizationalUnits(inParent: "r-ab12")
                == [
                    OrganizationUnit(id: "ou-ab12-11112222"),
                    OrganizationUnit(id: "ou-ab12-33334444", name: "Team"),
                ])
        #expect(try await client.listAccounts(inParent: "r-ab12") == [], "a unit may be empty")
        #expect(fixture.transport.bodies.allSatisfy { $0.contains(#""ParentId":"r-ab12""#) })
    }

    @Test(
        "a list that is not whole is an error: half of one would make accounts leave",
        arguments: [
            #"{"Accounts":[]}"#, "{}", "[]", "", #"{"Accounts":[{"Id":"1111"#,
            #"{"Accounts":[{"Id":"11112222333","State":"ACTIVE"}]}"#,
            #"{"Accounts":[{"Id":"11112222333x","State":"ACTIVE"}]}"#,
            #"{"Accounts":[{"Id":"111122223333","Name":"no state"}]}"#,
            #"{"Accounts":[{"Name":"no ID","State":"ACTIVE"}]}"#, #"{"Accounts":7}"#,
        ])
    func malformed(body: String) async {
        let (_, client) = fixture(.ok(body))
        let error = await awsError { () async throws(AWSError) in _ = try await client.listAccounts() }
        #expect(error?.kind == .malformedAnswer)
    }

    @Test("pages without end are an error, not a shorter list")
    func endless() async {
        let transport = ScriptedTransport { _, number in
            .ok(#"{"Accounts":[{"Id":"111122223333","State":"ACTIVE"}],"NextToken":"\#(number)"}"#)
        }
        let client = OrganizationsClient(caller: CallerFixture(transport).caller, region: "us-east-1")
        let error = await awsError { () async throws(AWSError) in _ = try await client.listAccounts() }
        #expect(error?.kind == .malformedAnswer)
        #expect(transport.requests.count == AWSDefaults.maximumOrganizationPages)
    }

    @Test("what to do about a refusal")
    func hints() async {
        let answers: [(String, String?)] = [
            ("AWSOrganizationsNotInUseException", "in no organization"),
            ("ParentNotFoundException", "does not exist"),
            ("AccessDeniedException", "delegated administrators"), ("InvalidInputException", nil),
        ]
        for (code, words) in answers {
            let (_, client) = fixture(.status(400, "{\"__type\":\"\(code)\",\"message\":\"m\"}"))
            let error = await awsError { () async throws(AWSError) in _ = try await client.listAccounts() }
            #expect(error?.code == code)
            if let words {
                #expect(error?.organizationsHint?.contains(words) == true)
            } else {
                #expect(error != nil && error?.organizationsHint == nil)
            }
        }
    }

    @Test("throttles are waited out")
    func throttled() async throws {
        let (fixture, client) = fixture(
            .status(400, #"{"__type":"TooManyRequestsException"}"#),
            .ok(#"{"Accounts":[{"Id":"111122223333","State":"ACTIVE"}]}"#))
        #expect(try await client.listAccounts().count == 1)
        #expect(fixture.manual.sleeps.count == 1)
    }

    @Test("the one Region of each partition is its own")
    func regions() {
        for partition in Partition.allCases {
            #expect(Partition(region: partition.organizationsRegion) == partition)
            #expect(partition.regions.contains(partition.organizationsRegion))
        }
    }
}
