import Testing

@testable import AWSClient
@testable import HTTPClient

@Suite("CloudWatch Logs Insights")
struct LogsClientTests {
    private func client(_ fixture: CallerFixture) -> LogsClient {
        LogsClient(caller: fixture.caller, region: "us-east-1")
    }

    private func start(_ fixture: CallerFixture) async throws(AWSError) -> StartedLogQuery {
        try await client(fixture).startQuery(
            logGroup: "/bedrock", start: 1_700_000_000, end: 1_700_000_300, query: "stats count(*)",
            limit: 10_000)
    }

    private func error(_ fixture: CallerFixture) async -> AWSError? {
        await awsError { () async throws(AWSError) in _ = try await start(fixture) }
    }

    @Test("a query is started as the service's model says, over a connection of its own")
    func start() async throws {
        let fixture = CallerFixture([
            .ok(#"{"queryId":"q-1"}"#, headers: ["date": "Tue, 14 Nov 2023 22:13:21 GMT"])
        ])
        #expect(try await start(fixture) == StartedLogQuery(id: "q-1", serverTime: 1_700_000_001))
        let request = try #require(fixture.transport.requests.first)
        #expect(request.url == "https://logs.us-east-1.amazonaws.com/")
        #expect(request.headers.contains { $0 == ("X-Amz-Target", "Logs_20140328.StartQuery") })
        #expect(request.headers.contains { $0 == ("Content-Type", "application/x-amz-json-1.1") })
        #expect(request.isSentOnce)
    }

    @Test(
        "no second query is started when the first may have been",
        arguments: [
            ScriptedTransport.Answer.failure(.timedOut(host: "h", seconds: 30)),
            .failure(.connectionFailed(host: "h", reason: "reset")), .status(500, ""), .status(503, ""),
            .failure(.responseTooLarge(host: "h", limitBytes: 1)), .ok("{}"), .ok("not JSON"),
            .ok(#"{"queryId":""}"#),
        ])
    func lost(answer: ScriptedTransport.Answer) async {
        let fixture = CallerFixture([answer, .ok(#"{"queryId":"q-2"}"#)])
        let error = await error(fixture)
        #expect(error?.isSurelyUndone == false)
        #expect(fixture.transport.requests.count == 1)
    }

    @Test(
        "what surely was not started is tried again, as far as that may help",
        arguments: [
            (ScriptedTransport.Answer.failure(.cannotConnect(host: "h", reason: "refused")), 2),
            (.status(400, #"{"__type":"ThrottlingException"}"#), 2),
            (.status(400, #"{"__type":"LimitExceededException"}"#), 2),
            (.status(400, #"{"__type":"AccessDeniedException"}"#), 1),
            (.status(400, #"{"__type":"ResourceNotFoundException"}"#), 1),
        ])
    func undone(answer: ScriptedTransport.Answer, requests: Int) async throws {
        let fixture = CallerFixture([answer, .ok(#"{"queryId":"q-2"}"#)])
        let error = await error(fixture)
        #expect(error == nil || error?.isSurelyUndone == true)
        #expect((error == nil) == (requests == 2))
        #expect(fixture.transport.requests.count == requests)
    }

    @Test("rows come page by page once the query is complete, with the bytes that it scanned")
    func results() async throws {
        let fixture = CallerFixture([
            .ok(
                #"{"status":"Complete","statistics":{"bytesScanned":12.5},"nextToken":"n","results":[[{"field":"a","value":"1"},{"field":"b"}]]}"#
            ),
            .ok(
                #"{"status":"Complete","statistics":{"bytesScanned":12.5},"results":[[{"field":"a","value":"2"}]]}"#
            ),
        ])
        let answer = try await client(fixture).queryResults(id: "q", limit: 2)
        #expect(
            answer == LogQueryAnswer(status: .complete, rows: [["a": "1"], ["a": "2"]], bytesScanned: 13))
        #expect(
            fixture.transport.bodies.count == 2 && fixture.transport.bodies[1].contains(#""nextToken":"n""#))
    }

    @Test("a query that runs has no rows, whatever the answer holds")
    func running() async throws {
        for (text, status) in [("Running", LogQueryAnswer.Status.running), ("New", .unknown)] {
            let fixture = CallerFixture([
                .ok(#"{"status":"\#(text)","results":[[{"field":"a","value":"1"}]],"nextToken":"n"}"#)
            ])
            #expect(
                try await client(fixture).queryResults(id: "q", limit: 2) == LogQueryAnswer(status: status))
        }
    }

    @Test("more rows than were asked for, and pages without end, are refused")
    func bounds() async {
        let row = #"[{"field":"a","value":"1"}]"#
        let fixture = CallerFixture([.ok(#"{"status":"Complete","results":[\#(row),\#(row),\#(row)]}"#)])
        let many = await awsError { () async throws(AWSError) in
            _ = try await client(fixture).queryResults(id: "q", limit: 2)
        }
        #expect(many?.kind == .malformedAnswer)
        let endless = CallerFixture(
            ScriptedTransport { _, number in .ok(#"{"status":"Complete","nextToken":"\#(number)"}"#) })
        let error = await awsError { () async throws(AWSError) in
            _ = try await client(endless).queryResults(id: "q", limit: 2)
        }
        #expect(error?.kind == .malformedAnswer)
        #expect(endless.transport.requests.count == AWSDefaults.maximumQueryResultPages)
    }

    @Test("where invocation logs go, and with which content")
    func logging() async throws {
        let all =
            #"{"loggingConfig":{"cloudWatchConfig":{"logGroupName":"g","roleArn":"r"},"s3Config":{"bucketName":"b"},"textDataDeliveryEnabled":true,"imageDataDeliveryEnabled":false}}"#
        let none =
            #"{"loggingConfig":{"cloudWatchConfig":{"logGroupName":"g"},"textDataDeliveryEnabled":false,"imageDataDeliveryEnabled":false,"embeddingDataDeliveryEnabled":false,"videoDataDeliveryEnabled":false,"audioDataDeliveryEnabled":false}}"#
        let fixture = CallerFixture([.ok(all), .ok(none), .ok("{}")])
        #expect(
            try await fixture.bedrock.invocationLogging().logging
                == InvocationLogging(
                    logGroup: "g", bucket: "b", deliveredContent: ["text", "embedding", "video", "audio"]))
        #expect(
            try await fixture.bedrock.invocationLogging().logging
                == InvocationLogging(logGroup: "g", bucket: nil, deliveredContent: []))
        #expect(try await fixture.bedrock.invocationLogging().logging == nil)
        #expect(fixture.transport.requests.allSatisfy { $0.url.hasSuffix("/logging/modelinvocations") })
    }
}
