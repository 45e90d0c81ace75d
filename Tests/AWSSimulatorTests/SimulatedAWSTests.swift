import SimulatedFaults
import Testing

@testable import AWSSimulator

@Suite struct SimulatedAWSTests {
    /// Starts a simulator whose clock stands at midnight, runs the body with its port, and stops it.
    private func running(
        _ scenario: SimulatedScenario = .init(), _ body: (SimulatedAWS, UInt16) async throws -> Void
    ) async throws {
        let aws = SimulatedAWS(scenario: scenario, clock: { midnight })
        let url = try await aws.start()
        #expect(url.hasPrefix("http://127.0.0.1:"))
        let port = try #require(UInt16(url.split(separator: ":").last ?? ""))
        try await body(aws, port)
        await aws.stop()
    }

    private func send(_ request: SimulatedRequest, _ port: UInt16, seconds: Int = 10) async throws
        -> LoopbackClient.Answer
    {
        try #require(await LoopbackClient.send(request, port, seconds: seconds))
    }

    private let list = Signed.json(.listMetrics, "{}")

    @Test("Answers over a socket, and counts what was asked") func answers() async throws {
        try await running { aws, port in
            let answer = try await send(list, port)
            #expect(answer.status == 200)
            #expect(answer.text == #"{"Metrics":[]}"#)
            #expect(answer.head.contains("application/x-amz-json-1.0"))
            #expect(answer.head.contains("Date: Tue, 24 Nov 2026 00:00:00 GMT"))
            let profiles = try await send(Signed.get("/inference-profiles", [("maxResults", "5")]), port)
            #expect(profiles.text == #"{"inferenceProfileSummaries":[]}"#)
            #expect(aws.log.count(.listMetrics) == 1)
            #expect(aws.log.count(.listInferenceProfiles) == 1)
            #expect(aws.log.total == 2)
        }
    }

    @Test("Series can be changed while it runs") func update() async throws {
        try await running { aws, port in
            aws.update {
                $0.series = SimulatedSeries.table([
                    "ap-southeast-1": ["m": ["Invocations": [midnightMinute: 7]]]
                ])
            }
            let answer = try await send(list, port)
            #expect(answer.text.contains(#""MetricName":"Invocations""#))
        }
    }

    @Test("A cut body ends without its last chunk") func cut() async throws {
        try await running { aws, port in
            aws.faults.add(.cutBody(afterBytes: 5))
            aws.faults.add(.cutBody(afterBytes: 0))
            let answer = try await send(list, port)
            #expect(answer.isClosed)
            #expect(answer.status == 200)
            #expect(answer.text.contains(#"{"Met"#))
            #expect(!answer.text.contains(#"{"Metrics"#))
            #expect(!answer.text.hasSuffix("0\r\n\r\n"))
            let nothing = try await send(list, port)
            #expect(nothing.isClosed && !nothing.text.contains("{"))
            let third = try await send(list, port)
            #expect(third.text == #"{"Metrics":[]}"#)
        }
    }

    @Test("A hanging request gets no byte, others are served meanwhile, and stopping ends it") func hang()
        async throws
    {
        try await running { aws, port in
            aws.faults.add(.hang, operation: .listMetrics)
            let silent = try await send(list, port, seconds: 1)
            #expect(!silent.isClosed && silent.head.isEmpty)
            let second = try await send(list, port)
            #expect(second.status == 200)
        }
    }

    @Test("Requests from many connections at once are all answered") func concurrency() async throws {
        try await running(.demonstration()) { aws, port in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<40 {
                    let request = number % 2 == 0 ? list : Signed.get("/foundation-models")
                    group.addTask { try await send(request, port).status }
                }
                for try await status in group { #expect(status == 200) }
            }
            #expect(aws.log.total == 40)
        }
    }

    @Test(
        "A clock that stands before 1970 or nowhere does no harm",
        arguments: [-1e12, 1e300, .nan, .infinity, 0])
    func absurdClocks(time: Double) {
        let aws = SimulatedAWS(scenario: .demonstration(), clock: { time })
        #expect(aws.respond(to: list).status == 403 || aws.respond(to: list).status == 400)
        let own = time == 1e300 ? 4_102_444_800.0 : 0
        let request = Signed.json(.listMetrics, #"{"RecentlyActive":"PT3H"}"#, now: own)
        #expect(aws.respond(to: request).status == 200)
    }
}

@Suite struct RequestLogTests {
    private func entry(_ operation: SimulatedOperation?, metrics: Int = 0, region: String = "")
        -> RequestLog.Entry
    {
        RequestLog.Entry(
            epochSeconds: midnight, operation: operation, region: region, metricsRequested: metrics)
    }

    @Test("Counts by operation") func counts() {
        let log = RequestLog()
        log.record(entry(.getMetricData, metrics: 10))
        log.record(entry(.getMetricData, metrics: 5))
        log.record(entry(.listMetrics))
        log.record(entry(nil))
        #expect(log.total == 4)
        #expect(log.count(.getMetricData) == 2)
        #expect(log.count(.listServiceQuotas) == 0)
        #expect(log.metricsRequested() == 15)
        #expect(log.entries.map(\.operation) == [.getMetricData, .getMetricData, .listMetrics, nil])
        log.reset()
        #expect(log.total == 0 && log.entries.isEmpty && log.count(.getMetricData) == 0)
    }

    @Test("Entries are bounded, the newest stay") func bounds() {
        let log = RequestLog()
        for number in 0..<3000 { log.record(entry(.listMetrics, region: "region-\(number)")) }
        #expect(log.total == 3000)
        #expect(log.entries.count <= RequestLog.maximumEntries)
        #expect(log.entries.last?.region == "region-2999")
        #expect(log.count(.listMetrics) == 3000)
    }
}
