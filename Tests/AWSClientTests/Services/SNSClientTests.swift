import Testing

@testable import AWSClient

@Suite("SNS client")
struct SNSClientTests {
    private let published = """
        <PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>id-1</MessageId>\
        </PublishResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>
        """

    private func publish(
        _ fixture: CallerFixture, subject: String? = nil, message: String = "m"
    ) async throws(AWSError) -> String {
        try await SNSClient(caller: fixture.caller, region: "eu-west-1")
            .publish(topicARN: "arn:aws:sns:eu-west-1:123456789012:t", subject: subject, message: message)
    }

    @Test("a message is published as a signed form")
    func publishes() async throws {
        let fixture = CallerFixture([.ok(published)])
        #expect(try await publish(fixture, subject: "CRITICAL\n\u{e9} 80 %", message: "a&b=ü") == "id-1")
        #expect(
            fixture.transport.bodies == [
                "Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A123456789012%3At"
                    + "&Message=a%26b%3D%C3%BC&Subject=CRITICAL%20%3F%2080%20%25"
            ])
        #expect(fixture.transport.requests.first?.url == "https://sns.eu-west-1.amazonaws.com/")
        #expect(fixture.transport.requests.first?.signing?.service == "sns")
    }

    @Test("a FIFO topic is told the order and what makes a repetition")
    func ordering() async throws {
        let fixture = CallerFixture([.ok(published)])
        _ = try await SNSClient(caller: fixture.caller, region: "eu-west-1").publish(
            topicARN: "arn:aws:sns:eu-west-1:123456789012:t.fifo", subject: nil, message: "m",
            ordering: SNSClient.Ordering(groupID: "prod/eu-west-1", deduplicationID: "7-1"))
        #expect(
            fixture.transport.bodies[0].hasSuffix(
                "&Message=m&MessageGroupId=prod%2Feu-west-1&MessageDeduplicationId=7-1"))
    }

    @Test("a subject is cut at 99 characters and left out when empty")
    func subjects() async throws {
        let fixture = CallerFixture([.ok(published), .ok(published)])
        _ = try await publish(fixture, subject: String(repeating: "s", count: 300))
        _ = try await publish(fixture, subject: " \n")
        #expect(fixture.transport.bodies[0].hasSuffix("Subject=" + String(repeating: "s", count: 99)))
        #expect(!fixture.transport.bodies[1].contains("Subject"))
    }

    @Test(
        "a message that SNS would refuse is not sent",
        arguments: ["", String(repeating: "m", count: 262_145)])
    func badMessages(message: String) async {
        let fixture = CallerFixture([])
        let error = await awsError { () async throws(AWSError) in
            _ = try await publish(fixture, message: message)
        }
        #expect(error?.kind == .invalidRequest)
        #expect(fixture.transport.requests.isEmpty)
    }

    @Test("a refusal in XML is told with its code")
    func refused() async {
        let body =
            "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message></Error></ErrorResponse>"
        let fixture = CallerFixture([.status(404, body)])
        let error = await awsError { () async throws(AWSError) in _ = try await publish(fixture) }
        #expect(error?.kind == .refused)
        #expect(error?.code == "NotFound")
        #expect(error?.message == "Topic does not exist")
    }
}
