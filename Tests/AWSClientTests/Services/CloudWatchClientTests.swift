import Testing

@testable import AWSClient
@testable import HTTPClient

@Suite("CloudWatch client")
struct CloudWatchClientTests {
    private let start = 1_700_000_040
    private let end = 1_700_000_940

    private func queries(_ count: Int) -> [MetricQuery] {
        (0..<count).map { number in
            MetricQuery(
                id: "q\(number)", namespace: "AWS/Bedrock", metricName: "Invocations",
                dimensions: [MetricDimension(name: "ModelId", value: "m\(number)")], statistic: "Sum")
        }
    }

    private func result(
        _ id: String, times: String = "[1700000040,1700000100]", values: String = "[1,2.5]",
        status: String = "Complete",
        more: String = ""
    ) -> String {
        "{\"Id\":\"\(id)\",\"Label\":\"l\",\"Timestamps\":\(times),\"Values\":\(values),\"StatusCode\":\"\(status)\"\(more)}"
    }

    private func page(_ results: String..., token: String? = nil, more: String = "") -> String {
        let next = token.map { ",\"NextToken\":\"\($0)\"" } ?? ""
        return "{\"Messages\":[]\(more),\"MetricDataResults\":[\(results.joined(separator: ","))]\(next)}"
    }

    private func data(
        _ answers: [ScriptedTransport.Answer], queries count: Int = 1
    ) async throws -> (MetricDataAnswer, CallerFixture) {
        let fixture = CallerFixture(answers)
        let answer = try await fixture.cloudWatch.getMetricData(
            queries: queries(count), start: start, end: end)
        return (answer, fixture)
    }

    /// The strings of the request's body that look like an id of `queries`.
    private static func askedIDs(_ request: TransportRequest) -> [String] {
        request.body.split(separator: UInt8(ascii: "\"")).filter {
            $0.first == UInt8(ascii: "q") && $0.count <= 4
        }
        .map { String(decoding: $0, as: UTF8.self) }
    }

    private let points = [
        MetricPoint(epochSeconds: 1_700_000_040, value: 1),
        MetricPoint(epochSeconds: 1_700_000_100, value: 2.5),
    ]

    @Test("one page is asked for as JSON 1.0 and read exactly")
    func onePage() async throws {
        let (answer, fixture) = try await data([
            .ok(
                page(result("q0")),
                headers: ["content-type": "text/xml", "date": "Tue, 14 Nov 2023 22:16:40 GMT"])
        ])
        var expected = MetricDataAnswer(series: ["q0": MetricSeries(status: .complete, points: points)])
        (expected.billedMetrics, expected.pages, expected.serverTime) = (1, 1, 1_700_000_200)
        #expect(answer == expected)
        let request = try #require(fixture.transport.requests.first)
        #expect(request.url == "https://monitoring.us-east-1.amazonaws.com/")
        #expect(
            request.headers.contains {
                $0.name == "X-Amz-Target" && $0.value == "GraniteServiceVersion20100801.GetMetricData"
            })
        #expect(
            request.headers.contains { $0.name == "Content-Type" && $0.value == "application/x-amz-json-1.0" }
        )
        #expect(request.headers.contains { $0.name == "x-amzn-query-mode" && $0.value == "true" })
        let body = try #require(fixture.transport.bodies.first)
        for part in [
            "\"StartTime\":1700000040", "\"EndTime\":1700000940", "\"MaxDatapoints\":100800", "\"Period\":60",
            "\"Stat\":\"Sum\"", "\"Id\":\"q0\"", "\"Namespace\":\"AWS/Bedrock\"",
            "\"MetricName\":\"Invocations\"",
            "\"Name\":\"ModelId\"", "\"Value\":\"m0\"",
        ] {
            #expect(body.contains(part), "\(part)")
        }
        #expect(!body.contains("NextToken"))
    }

    @Test("one Id over several pages grows, in any order of time")
    func pages() async throws {
        let (answer, fixture) = try await data([
            .ok(page(result("q0", times: "[1700000160]", values: "[3]", status: "PartialData"), token: "t1")),
            .ok(page(token: "t2")),
            .ok(page(result("q0", times: "[1700000100,1700000040]", values: "[2.5,1]"))),
        ])
        #expect(answer.series["q0"]?.status == .complete)
        #expect(answer.series["q0"]?.points == points + [MetricPoint(epochSeconds: 1_700_000_160, value: 3)])
        #expect(
            fixture.transport.bodies.dropFirst().map { $0.contains("\"NextToken\":\"t1\"") } == [true, false])
        #expect(fixture.observer.attempts.map(\.billedMetrics) == [1, 1, 1])
    }

    @Test("a time that comes twice counts once, with another value it fails the series")
    func doubles() async throws {
        let (same, _) = try await data([.ok(page(result("q0"), result("q0")))])
        #expect(same.series["q0"]?.points == points)
        let (other, _) = try await data([.ok(page(result("q0"), result("q0", values: "[1,3]")))])
        #expect(other.series["q0"]?.status == .failed("two values for one time"))
    }

    @Test(
        "each status has its meaning",
        arguments: [
            ("Complete", MetricSeries.Status.complete), ("PartialData", .partial),
            ("InternalError", .failed("CloudWatch answered InternalError, E: why")),
            ("Forbidden", .failed("CloudWatch answered Forbidden, E: why")),
            ("Novel", .failed("CloudWatch answered Novel, E: why")),
        ])
    func statuses(status: String, expected: MetricSeries.Status) async throws {
        let more = ",\"Messages\":[{\"Code\":\"E\",\"Value\":\"why\"}]"
        let (answer, _) = try await data(
            [.ok(page(result("q0", status: status, more: more), result("q1")))], queries: 2)
        #expect(answer.series["q0"]?.status == expected)
        if case .failed = expected { #expect(answer.series["q0"]?.points == []) }
        #expect(answer.series["q1"]?.status == .complete)
    }

    @Test(
        "a series with anything wrong in it fails, and its neighbour does not",
        arguments: [
            ("[1700000040]", "[1,2]"), ("[1700000040,1700000100]", "[1]"), ("[1700000040]", "[-1]"),
            ("[1700000040]", "[9007199254740994]"),
            ("[1700000040]", "[1e300]"), ("[1699999980]", "[1]"), ("[1700000940]", "[1]"),
            ("[1700000040.5]", "[1]"), ("[1e30]", "[1]"), ("[-60]", "[1]"),
        ])
    func wrongSeries(times: String, values: String) async throws {
        let (answer, _) = try await data(
            [.ok(page(result("q0", times: times, values: values), result("q1")))], queries: 2)
        guard case .failed = answer.series["q0"]?.status else {
            Issue.record("\(String(describing: answer.series["q0"]))")
            return
        }
        #expect(answer.series["q0"]?.points == [])
        #expect(answer.series["q1"] == MetricSeries(status: .complete, points: points))
    }

    @Test("a failure on one page is not healed by the next")
    func failedStays() async throws {
        let (answer, _) = try await data([
            .ok(page(result("q0", status: "InternalError"), token: "t")), .ok(page(result("q0"))),
        ])
        #expect(answer.series["q0"] == .failed("CloudWatch answered InternalError"))
    }

    @Test("ids that were not asked for or not answered are told apart")
    func ids() async throws {
        let (answer, _) = try await data([.ok(page(result("zz"), result("q1")))], queries: 2)
        #expect(answer.series.count == 2)
        #expect(answer.series["q0"] == .failed("CloudWatch's answer does not hold it"))
        #expect(answer.messages == ["the answer holds an id that was not asked for: zz"])
    }

    @Test("no datapoints is an answer, and 2^53 is still a count")
    func edges() async throws {
        let (answer, _) = try await data(
            [
                .ok(
                    page(
                        result("q0", times: "[]", values: "[]"),
                        result("q1", times: "[1700000939]", values: "[9007199254740992]")))
            ],
            queries: 2)
        #expect(answer.series["q0"] == MetricSeries(status: .complete, points: []))
        #expect(answer.series["q1"]?.points == [MetricPoint(epochSeconds: 1_700_000_939, value: 0x1p53)])
    }

    @Test("more than 500 queries are split, and each call is billed for its own")
    func batches() async throws {
        let fixture = CallerFixture(ScriptedTransport { _, _ in .ok("{\"MetricDataResults\":[]}") })
        let answer = try await fixture.cloudWatch.getMetricData(
            queries: queries(1201), start: start, end: end)
        #expect(answer.series.count == 1201)
        #expect(fixture.observer.attempts.map(\.billedMetrics) == [500, 500, 201])
    }

    @Test("what is not covered by the budget is not sent, and what was is kept")
    func budget() async throws {
        let fixture = CallerFixture(ScriptedTransport { _, _ in .ok("{\"MetricDataResults\":[]}") })
        fixture.observer.allow(700)
        let answer = try await fixture.cloudWatch.getMetricData(
            queries: queries(1201), start: start, end: end)
        #expect(fixture.observer.attempts.map(\.billedMetrics) == [500])
        #expect(fixture.transport.requests.count == 1)
        #expect(answer.failures.map(\.kind) == [.unaffordable])
        #expect(answer.failures.first?.failureCode == "budget_spent")
        fixture.observer.allow(0)
        let error = await awsError { () async throws(AWSError) in
            _ = try await fixture.cloudWatch.getMetricData(queries: queries(1), start: start, end: end)
        }
        #expect(error?.kind == .unaffordable)
        _ = await awsError { () async throws(AWSError) in
            _ = try await fixture.cloudWatch.listMetrics(namespace: "AWS/Bedrock", recentlyActive: false)
        }
        #expect(fixture.transport.requests.count == 2, "what costs nothing is asked for all the same")
    }

    @Test("every attempt and every page is asked for, because each is billed")
    func budgetOfPages() async throws {
        let fixture = CallerFixture(
            ScriptedTransport([
                .ok(
                    page(
                        result("q0", times: "[1700000160]", values: "[3]", status: "PartialData"), token: "t1"
                    )),
                .ok(page(result("q0", times: "[1700000100]", values: "[2]"))),
            ]))
        fixture.observer.allow(1)
        let answer = try await fixture.cloudWatch.getMetricData(
            queries: queries(1), start: start, end: end)
        #expect(fixture.transport.requests.count == 1)
        #expect(answer.failures.map(\.kind) == [.unaffordable])
    }

    @Test("a long range is split so that the points of a call fit on one page")
    func longRange() async throws {
        let fixture = CallerFixture(ScriptedTransport { _, _ in .ok("{\"MetricDataResults\":[]}") })
        let answer = try await fixture.cloudWatch.getMetricData(
            queries: queries(100), start: 0, end: 86_400)
        #expect(fixture.observer.attempts.map(\.billedMetrics) == [70, 30])
        #expect(answer.billedMetrics == 100 && answer.pages == 2)
    }

    @Test("a batch that fails leaves the others their series")
    func failedBatch() async throws {
        let fixture = CallerFixture(
            ScriptedTransport { request, _ in
                String(decoding: request.body, as: UTF8.self).contains("\"q0\"")
                    ? .status(500, "")
                    : .ok("{\"MetricDataResults\":[{\"Id\":\"q500\",\"StatusCode\":\"Complete\"}]}")
            })
        let answer = try await fixture.cloudWatch.getMetricData(queries: queries(501), start: start, end: end)
        #expect(answer.failures.map(\.kind) == [.serviceFailure])
        #expect(answer.series["q500"]?.status == .complete)
        guard case .failed = answer.series["q0"]?.status else { return #expect(Bool(false)) }
    }

    @Test("a denial stops the batches and is thrown when nothing was answered")
    func denied() async throws {
        let fixture = CallerFixture(
            ScriptedTransport { _, _ in .status(403, "{\"__type\":\"AccessDenied\"}") })
        let error = await awsError { () async throws(AWSError) in
            _ = try await fixture.cloudWatch.getMetricData(queries: queries(1001), start: start, end: end)
        }
        #expect(error?.kind == .accessDenied)
        #expect(fixture.transport.requests.count == 1)
    }

    @Test("one bad query among 500 costs its own series and few calls", arguments: [0, 1, 250, 499])
    func bisection(bad: Int) async throws {
        let fixture = CallerFixture(
            ScriptedTransport { request, _ in
                let ids = Self.askedIDs(request)
                let hasBad = ids.contains("q\(bad)")
                let results = ids.map {
                    "{\"Id\":\"\($0)\",\"StatusCode\":\"Complete\",\"Timestamps\":[],\"Values\":[]}"
                }
                return hasBad
                    ? .status(400, "{\"__type\":\"ValidationError\",\"message\":\"bad metric\"}")
                    : .ok("{\"MetricDataResults\":[\(results.joined(separator: ","))]}")
            })
        let answer = try await fixture.cloudWatch.getMetricData(queries: queries(500), start: start, end: end)
        #expect(answer.series.count == 500)
        #expect(answer.series.filter { $0.value.status == .complete }.count == 499)
        guard case .failed(let reason) = answer.series["q\(bad)"]?.status else { return #expect(Bool(false)) }
        #expect(reason.contains("bad metric"))
        #expect(fixture.transport.requests.count <= 19)
        #expect(fixture.observer.attempts.reduce(0) { $0 + $1.billedMetrics } == 499)
    }

    @Test("a denial in the midst of the search ends it, and what was found stays")
    func deniedBisection() async throws {
        let fixture = CallerFixture([
            .status(400, "{\"__type\":\"ValidationError\"}"), .ok(page(result("q0"), result("q1"))),
            .status(400, "{\"__type\":\"ValidationError\"}"), .status(403, "{\"__type\":\"AccessDenied\"}"),
        ])
        let answer = try await fixture.cloudWatch.getMetricData(queries: queries(4), start: start, end: end)
        #expect(fixture.transport.requests.count == 4)
        #expect(answer.series["q1"] == MetricSeries(status: .complete, points: points))
        guard case .failed(let denied) = answer.series["q2"]?.status,
            case .failed(let skipped) = answer.series["q3"]?.status
        else { return #expect(Bool(false)) }
        #expect(denied.hasPrefix("cloudwatch GetMetricData in us-east-1: access denied"))
        #expect(skipped.hasPrefix("not asked, because of: cloudwatch"))
    }

    @Test("the search for bad queries is bounded")
    func boundedBisection() async throws {
        let fixture = CallerFixture(
            ScriptedTransport { _, _ in .status(400, "{\"__type\":\"InvalidParameterValue\"}") })
        let answer = try await fixture.cloudWatch.getMetricData(queries: queries(500), start: start, end: end)
        #expect(fixture.transport.requests.count == 65)
        #expect(answer.series.count == 500)
        #expect(answer.failures.allSatisfy { $0.kind == .refused })
    }

    @Test(
        "throttles, denials and server failures are never bisected",
        arguments: [
            (400, "Throttling", 3), (403, "AccessDenied", 1), (500, "InternalFailure", 3),
            (400, "InvalidNextToken", 1),
        ])
    func neverBisected(status: Int, code: String, calls: Int) async {
        let fixture = CallerFixture(ScriptedTransport { _, _ in .status(status, "{\"__type\":\"\(code)\"}") })
        let error = await awsError { () async throws(AWSError) in
            _ = try await fixture.cloudWatch.getMetricData(queries: queries(10), start: start, end: end)
        }
        #expect(error?.code == code)
        #expect(fixture.transport.requests.count == calls)
    }

    @Test("pages that go round or on for ever end in an error, and what came counts as partial")
    func tokenLoop() async throws {
        let (answer, fixture) = try await data([
            .ok(page(result("q0"), token: "a")), .ok(page(token: "b")), .ok(page(token: "a")),
        ])
        #expect(answer.series["q0"] == MetricSeries(status: .partial, points: points))
        #expect(answer.failures.first?.message == "a page token came a second time")
        #expect(fixture.transport.requests.count == 3)
        let endless = CallerFixture(
            ScriptedTransport { _, number in .ok("{\"MetricDataResults\":[],\"NextToken\":\"n\(number)\"}") })
        let cut = try await endless.cloudWatch.getMetricData(queries: queries(1), start: start, end: end)
        #expect(cut.failures.first?.failureCode == "page_limit")
        #expect(endless.transport.requests.count == 100)
    }

    @Test("a continuation that fails makes what came partial")
    func failedContinuation() async throws {
        let (answer, _) = try await data(
            [.ok(page(result("q0"), token: "a")), .status(403, "{\"__type\":\"AccessDenied\"}")], queries: 2)
        #expect(answer.series["q0"] == MetricSeries(status: .partial, points: points))
        guard case .failed = answer.series["q1"]?.status else { return #expect(Bool(false)) }
    }

    @Test("an answer cut at any byte is an error and never a value")
    func truncation() async {
        let whole = Array(page(result("q0"), token: nil).utf8)
        for length in 0..<whole.count {
            let fixture = CallerFixture([
                .success(TransportResponse(status: 200, body: Array(whole[..<length])))
            ])
            let error = await awsError { () async throws(AWSError) in
                _ = try await fixture.cloudWatch.getMetricData(queries: queries(1), start: start, end: end)
            }
            #expect(error?.kind == .malformedAnswer, "cut at \(length)")
        }
    }

    @Test("a byte changed anywhere never crashes, and a point that comes out keeps the rules")
    func mutation() async {
        let whole = Array(page(result("q0")).utf8)
        for offset in whole.indices {
            for value in [0, 0x22, 0x2c, 0x2d, 0x39, 0x5d, 0x65, 0x80] as [UInt8] {
                var changed = whole
                changed[offset] = value
                let fixture = CallerFixture([.success(TransportResponse(status: 200, body: changed))])
                _ = await awsError { () async throws(AWSError) in
                    let answer = try await fixture.cloudWatch.getMetricData(
                        queries: queries(1), start: start, end: end)
                    for point in answer.series["q0"]?.points ?? [] {
                        #expect(
                            (start..<end).contains(point.epochSeconds) && (0...0x1p53).contains(point.value))
                    }
                }
            }
        }
    }

    @Test(
        "what is not the answer is told by place",
        arguments: [
            ("", "the answer is not JSON that can be read; 0 bytes"),
            ("<html></html>", "the answer is not JSON that can be read; 13 bytes"),
            ("{}", ".MetricDataResults is missing; 2 bytes"),
            ("{\"MetricDataResults\":[{\"Id\":5}]}", ".MetricDataResults[0].Id is not String; 32 bytes"),
            (
                "{\"MetricDataResults\":[{\"Id\":\"q0\",\"Values\":[1,\"x\"]}]}",
                ".MetricDataResults[0].Values[1] is not Double; 52 bytes"
            ),
        ])
    func wrongAnswers(body: String, message: String) async {
        let fixture = CallerFixture([.ok(body)])
        let error = await awsError { () async throws(AWSError) in
            _ = try await fixture.cloudWatch.getMetricData(queries: queries(1), start: start, end: end)
        }
        #expect(error?.kind == .malformedAnswer)
        #expect(error?.message == message)
    }

    @Test("our own mistakes are not sent")
    func ownMistakes() async {
        let fixture = CallerFixture([])
        let one = queries(1)
        let twice = one + one
        let badID = [
            MetricQuery(id: "Q 1", namespace: "n", metricName: "m", dimensions: [], statistic: "Sum")
        ]
        for (queries, end) in [(one, start), (twice, end), (badID, end), (one, start + 60 * 600_000)] {
            let error = await awsError { () async throws(AWSError) in
                _ = try await fixture.cloudWatch.getMetricData(queries: queries, start: start, end: end)
            }
            #expect(error?.kind == .invalidRequest)
        }
        #expect(fixture.transport.requests.isEmpty)
    }

    @Test("no queries is no call")
    func noQueries() async throws {
        let (answer, fixture) = try await data([], queries: 0)
        #expect(answer == MetricDataAnswer())
        #expect(fixture.transport.requests.isEmpty)
    }

    @Test("ListMetrics walks its pages and keeps whole dimension sets")
    func listMetrics() async throws {
        let fixture = CallerFixture([
            .ok(
                "{\"Metrics\":[{\"Namespace\":\"AWS/Bedrock\",\"MetricName\":\"Invocations\",\"Dimensions\":[{\"Name\":\"ModelId\",\"Value\":\"m\"}]}],\"OwningAccounts\":[],\"NextToken\":\"t/=\"}"
            ),
            .ok(
                "{\"Metrics\":[{\"Namespace\":\"AWS/Bedrock\",\"MetricName\":\"Invocations\"}],\"NextToken\":\"\"}"
            ),
        ])
        let metrics = try await fixture.cloudWatch.listMetrics(namespace: "AWS/Bedrock", recentlyActive: true)
            .metrics
        #expect(
            metrics == [
                ListedMetric(name: "Invocations", dimensions: [MetricDimension(name: "ModelId", value: "m")]),
                ListedMetric(name: "Invocations", dimensions: []),
            ])
        #expect(fixture.transport.bodies.allSatisfy { $0.contains("\"RecentlyActive\":\"PT3H\"") })
        #expect(fixture.observer.attempts.allSatisfy { $0.billedMetrics == 0 })
    }

    @Test("a listing whose token repeats is an error", arguments: [true, false])
    func listLoop(recent: Bool) async {
        let fixture = CallerFixture(ScriptedTransport { _, _ in .ok("{\"Metrics\":[],\"NextToken\":\"t\"}") })
        let error = await awsError { () async throws(AWSError) in
            _ = try await fixture.cloudWatch.listMetrics(namespace: "n", recentlyActive: recent)
        }
        #expect(error?.message == "a page token came a second time")
        #expect(fixture.transport.requests.count == 2)
        #expect(fixture.transport.bodies[0].contains("RecentlyActive") == recent)
    }
}
