import Testing

@testable import AWSSimulator

@Suite struct NotificationServiceTests {
    private let topic = "TopicArn=arn%3Aaws%3Asns%3Aap-southeast-1%3A111122223333%3Aalerts"

    private func respond(_ body: String) -> (response: SimulatedResponse, entry: RequestLog.Entry) {
        let request = SimulatedRequest(headers: Signed.headers(.notifications), body: Array(body.utf8))
        return SimulatedWorld(SimulatedScenario()).respond(to: request, now: midnight)
    }

    @Test("A message is accepted and kept in the log") func publish() {
        let (response, entry) = respond(
            "Action=Publish&Version=2010-03-31&\(topic)&Subject=Quota+80%25&Message=a%0A%C3%A9")
        #expect(response.status == 200)
        #expect(response.text.contains("<MessageId>01234567-89ab-cdef-0123-456789abcdef</MessageId>"))
        #expect(entry.operation == .publish)
        #expect(
            entry.published
                == Publication(
                    topicARN: "arn:aws:sns:ap-southeast-1:111122223333:alerts", subject: "Quota 80%",
                    message: "a\né"))
    }

    @Test(
        "What SNS would refuse is refused",
        arguments: [
            "Message=a", "TopicArn=x&Message=a", "TopicArn=arn:aws:sns:r:1:t",
            "TopicArn=arn:aws:sns:r:1:t&Message=",
            "TopicArn=arn:aws:sns:r:1:t&Message=a&Subject=a%0Ab",
            "TopicArn=arn:aws:sns:r:1:t&Message=a&Subject=",
            "TopicArn=arn:aws:sns:r:1:t&Message=a&Subject=" + String(repeating: "x", count: 101),
        ]) func refused(body: String)
    {
        let (response, entry) = respond("Action=Publish&Version=2010-03-31&" + body)
        #expect(response.status == 400)
        #expect(entry.errorCode == "InvalidParameter")
        #expect(entry.published == nil)
        #expect(response.text.contains(#"xmlns="http://sns.amazonaws.com/doc/2010-03-31/""#))
    }
}
