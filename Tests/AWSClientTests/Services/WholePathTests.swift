import Testing

@testable import AWSClient
@testable import HTTPClient

@Suite("Clients over the curl transport", .timeLimit(.minutes(5)))
struct WholePathTests {
    private let query = MetricQuery(
        id: "q0", namespace: "AWS/Bedrock", metricName: "Invocations",
        dimensions: [MetricDimension(name: "ModelId", value: "m")], statistic: "Sum")
    private let data =
        "{\"MetricDataResults\":[{\"Id\":\"q0\",\"StatusCode\":\"Complete\",\"Timestamps\":[60],\"Values\":[7]}]}"

    private func caller(_ server: LoopbackServer, _ observer: RecordingObserver) throws -> AWSCaller {
        let manual = ManualSurroundings(random: 0)
        return AWSCaller(
            transport: try CurlTransport(), credentials: FixedCredentials(),
            endpoints: EndpointResolver(accountURL: server.url), observer: observer,
            surroundings: manual.surroundings)
    }

    @Test("a cut connection and a server failure are tried again until the data comes")
    func recovers() async throws {
        let data = data
        let server = try LoopbackServer { request in
            switch request.number {
            case 0: [.send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"MetricDataResults\":"), .close]
            case 1: [.answer("<html>bad gateway</html>", status: "502 Bad Gateway")]
            default: [.answer(data)]
            }
        }
        defer { server.stop() }
        let observer = RecordingObserver()
        let client = CloudWatchClient(caller: try caller(server, observer), region: "us-east-1")
        let answer = try await client.getMetricData(queries: [query], start: 0, end: 120)
        #expect(
            answer.series["q0"]
                == MetricSeries(status: .complete, points: [MetricPoint(epochSeconds: 60, value: 7)]))
        #expect(observer.attempts.map(\.failureCode) == ["connection_failed", "http_502", nil])
        #expect(observer.attempts.map(\.billedMetrics) == [0, 0, 1])
        #expect(
            server.requests.allSatisfy {
                $0.header("authorization")?.contains("/us-east-1/monitoring/aws4_request") == true
            })
    }

    @Test("the answer to the n-th attempt fails, for every n; the error is thrown after the third")
    func nthFails() async throws {
        let data = data
        for good in 0..<4 {
            let server = try LoopbackServer { request in
                request.number == good
                    ? [.answer(data)] : [.answer("{\"__type\":\"Throttling\"}", status: "400 Bad Request")]
            }
            defer { server.stop() }
            let client = CloudWatchClient(
                caller: try caller(server, RecordingObserver()), region: "us-east-1")
            let error = await awsError { () async throws(AWSError) in
                _ = try await client.getMetricData(queries: [query], start: 0, end: 120)
            }
            #expect(error?.kind == (good < 3 ? nil : .throttled))
            #expect(server.requests.count == min(good + 1, 3))
        }
    }
}
