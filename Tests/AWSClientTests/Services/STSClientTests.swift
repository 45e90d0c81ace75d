import FoundationEssentials
import Testing

@testable import AWSClient
@testable import HTTPClient

@Suite("STS client")
struct STSClientTests {
    private let assumed = """
        <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser>\
        <AssumedRoleId>AROA:s</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/monitor/s</Arn></AssumedRoleUser>\
        <Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>sec/ret+</SecretAccessKey>\
        <SessionToken>tok&amp;en==</SessionToken><Expiration>2026-11-24T11:00:00Z</Expiration></Credentials>\
        </AssumeRoleResult></AssumeRoleResponse>
        """
    private let keys = AWSCredentials(accessKeyID: "AKIDBASE", secretAccessKey: "s")

    @Test("a role is assumed with the given keys, and its credentials are read exactly")
    func assumeRole() async throws {
        let fixture = CallerFixture([.ok(assumed, headers: ["content-type": "text/plain"])], credentials: nil)
        let role = try await fixture.sts.assumeRole(
            roleARN: "arn:aws:iam::123456789012:role/monitor", sessionName: "s", externalID: "e=x&y",
            durationSeconds: 900,
            using: keys)
        #expect(
            role
                == AWSCredentials(
                    accessKeyID: "ASIA1", secretAccessKey: "sec/ret+", sessionToken: "tok&en==",
                    expiration: Date(timeIntervalSince1970: 1_795_518_000), accountID: "123456789012"))
        let request = try #require(fixture.transport.requests.first)
        #expect(
            fixture.transport.bodies == [
                "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fmonitor"
                    + "&RoleSessionName=s&ExternalId=e%3Dx%26y&DurationSeconds=900"
            ])
        #expect(request.method == "POST")
        #expect(request.url == "https://sts.us-east-1.amazonaws.com/")
        #expect(request.signing?.credentials == keys)
        #expect(request.signing?.service == "sts")
    }

    @Test("a web identity is exchanged without a signature")
    func webIdentity() async throws {
        let body = assumed.replacing("AssumeRole", with: "AssumeRoleWithWebIdentity")
        let fixture = CallerFixture([.ok(body)], credentials: nil)
        let role = try await fixture.sts.assumeRoleWithWebIdentity(
            roleARN: "r", sessionName: "s", webIdentityToken: "a.b.c")
        #expect(role.accessKeyID == "ASIA1")
        #expect(fixture.transport.requests.first?.signing == nil)
        #expect(fixture.transport.bodies.first?.hasSuffix("&WebIdentityToken=a.b.c") == true)
    }

    @Test("keys come without the name of the role, too; their account is then not known")
    func withoutRole() async throws {
        let start = try #require(assumed.firstRange(of: "<AssumedRoleUser>")?.lowerBound)
        let end = try #require(assumed.firstRange(of: "</AssumedRoleUser>")?.upperBound)
        let body = String(assumed[..<start] + assumed[end...])
        let role = try await CallerFixture([.ok(body)]).sts.assumeRole(
            roleARN: "r", sessionName: "s", using: keys)
        #expect(role.accessKeyID == "ASIA1" && role.accountID == nil)
    }

    @Test("a time with fractions of a second is read")
    func fractions() async throws {
        let body = assumed.replacing("11:00:00Z", with: "11:00:00.250Z")
        let role = try await CallerFixture([.ok(body)]).sts.assumeRole(
            roleARN: "r", sessionName: "s", using: keys)
        #expect(role.expiration.map { Int($0.timeIntervalSince1970) } == 1_795_518_000)
    }

    @Test("an answer cut at any byte is an error")
    func truncation() async {
        let bytes = Array(assumed.utf8)
        for length in 0..<bytes.count {
            let answer = TransportResponse(status: 200, body: Array(bytes[..<length]))
            let error = await awsError { () async throws(AWSError) in
                _ = try await CallerFixture([.success(answer)]).sts.assumeRole(
                    roleARN: "r", sessionName: "s", using: keys)
            }
            #expect(error?.kind == .malformedAnswer, "cut at \(length)")
        }
    }

    @Test("a byte changed anywhere never crashes, and never yields keys of another length")
    func mutation() async {
        let bytes = Array(assumed.utf8)
        for offset in bytes.indices {
            for value in [0, 0x26, 0x3c, 0x3e, 0x80, 0xff] as [UInt8] {
                var changed = bytes
                changed[offset] = value
                let fixture = CallerFixture([.success(TransportResponse(status: 200, body: changed))])
                _ = await awsError { () async throws(AWSError) in
                    let role = try await fixture.sts.assumeRole(roleARN: "r", sessionName: "s", using: keys)
                    #expect(!role.secretAccessKey.isEmpty && role.expiration != nil)
                }
            }
        }
    }

    @Test(
        "another document with status 200 is an error",
        arguments: [
            "", "{}", "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>", "<html></html>",
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Account></Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
        ])
    func wrongDocument(body: String) async {
        let fixture = CallerFixture([.ok(body)])
        let error = await awsError { () async throws(AWSError) in
            _ = try await fixture.sts.getCallerIdentity()
        }
        #expect(error?.kind == .malformedAnswer)
    }
}

@Suite("XML")
struct XMLElementTests {
    private func reason(_ text: String) -> String? {
        do throws(XMLFault) {
            _ = try XMLElement(document: Array(text.utf8))
            return nil
        } catch {
            return error.reason
        }
    }

    @Test("prefixes, attributes, comments, sections and references are read")
    func document() throws {
        let text = """
            \u{FEFF}<?xml version="1.0"?><!-- <x> --><a:R xmlns:a='u>' b = "<"><C>1&lt;2&#65;&#x42;&apos;</C><D/><E ><![CDATA[<&]]>t</E></a:R>

            """
        let root = try XMLElement(document: Array(text.utf8))
        #expect(root.name == "R")
        #expect(root["C"]?.text == "1<2AB'")
        #expect(root["D"]?.text == "")
        #expect(root["E"]?.text == "<&t")
    }

    @Test(
        "what is not well-formed or not wanted is refused",
        arguments: [
            ("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "document type declarations are refused"),
            ("<a>&x;</a>", "an unknown reference"), ("<a>&#0;</a>", "an unknown reference"),
            ("<a>&#xD800;</a>", "an unknown reference"),
            ("<a>&lt</a>", "an unknown reference"), ("<a><b></a></b>", "an end tag does not fit"),
            ("<a/><b/>", "a second root element"),
            ("x<a/>", "text outside the root element"), ("<a/>x", "text outside the root element"),
            ("</a>", "an end tag does not fit"),
            ("<a", "a tag does not end"), ("<a>", "the document ends early"), ("", "the document ends early"),
            ("< a/>", "a tag has no name"),
            ("<a b=\"1", "the document ends within a tag, comment or section"),
            ("<a/b>", "a stray slash in a tag"), ("<a<b>", "a tag within a tag"),
            ("<![CDATA[x]]>", "text outside the root element"),
        ])
    func refused(text: String, expected: String) {
        #expect(reason(text) == expected)
    }

    @Test("depth, number and length are bounded")
    func bounds() {
        #expect(reason(String(repeating: "<a>", count: 17)) == "elements nested too deep")
        #expect(reason("<a>" + String(repeating: "<b/>", count: 2000) + "</a>") == "too many elements")
        #expect(reason("<a>" + String(repeating: "x", count: 256 << 10) + "</a>") == "document too long")
        do throws(XMLFault) {
            _ = try XMLElement(document: [0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e])
            Issue.record("accepted")
        } catch {
            #expect(error.reason == "not UTF-8")
        }
    }
}
