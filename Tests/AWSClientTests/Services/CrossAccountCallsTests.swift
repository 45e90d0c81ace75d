import FoundationEssentials
import Testing

@testable import AWSClient
@testable import HTTPClient

/// Lets nobody pass before it is opened.
private actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func pass() async {
        guard !isOpen else { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}

@Suite("Several linked accounts in one call", .timeLimit(.minutes(5)))
struct CrossAccountCallsTests {
    private static let start = 1_700_000_040
    private static let end = start + 900

    /// What of a request matters here.
    private struct Asked: Decodable {
        struct Query: Decodable {
            let Id: String
            let AccountId: String?
        }

        let MetricDataQueries: [Query]
        let StartTime: Int

        init(_ request: TransportRequest) {
            // A request that is no JSON has no queries, which every test would notice.
            let read = try? JSONDecoder().decode(Asked.self, from: Data(request.body))
            (MetricDataQueries, StartTime) = (read?.MetricDataQueries ?? [], read?.StartTime ?? 0)
        }

        var accounts: Set<String> { Set(MetricDataQueries.map { $0.AccountId ?? "own" }) }
    }

    /// Every query has one point, whose value is the last digit of its account.
    private static func answer(_ request: TransportRequest, failing account: String? = nil)
        -> ScriptedTransport.Answer
    {
        let asked = Asked(request)
        let results = asked.MetricDataQueries.map { query in
            let status = query.AccountId == account && account != nil ? "InternalError" : "Complete"
            let value = query.AccountId?.last ?? "0"
            return
                #"{"Id":"\#(query.Id)","Label":"l","StatusCode":"\#(status)","Timestamps":[\#(asked.StartTime)],"Values":[\#(value)]}"#
        }
        return .ok(#"{"Messages":[],"MetricDataResults":[\#(results.joined(separator: ","))]}"#)
    }

    private static func account(_ number: Int) -> String { "50000000000\(number)" }

    private struct Bench {
        let fixture: CallerFixture
        let calls: CrossAccountCalls
        let gate = Gate()

        init(_ handler: @escaping @Sendable (TransportRequest, Int) -> ScriptedTransport.Answer) {
            fixture = CallerFixture(ScriptedTransport(handler: handler), attempts: 1)
            calls = CrossAccountCalls(
                caller: fixture.caller, region: "us-east-1",
                surroundings: CallSurroundings(
                    epochSeconds: { 1_700_000_000 }, uptime: { .zero },
                    sleep: { [gate] _ in await gate.pass() },
                    random: { 0.5 }))
        }

        func client(_ number: Int) -> CloudWatchClient {
            CloudWatchClient(
                caller: fixture.caller, region: "us-east-1",
                linked: LinkedAccount(accountID: CrossAccountCallsTests.account(number), calls: calls))
        }

        func ask(
            _ number: Int, queries: Int = 2, from start: Int = CrossAccountCallsTests.start
        ) -> Task<Result<MetricDataAnswer, AWSError>, Never> {
            let client = client(number)
            let asked = (0..<queries).map {
                MetricQuery(
                    id: "q\($0)", namespace: "AWS/Bedrock", metricName: "Invocations", dimensions: [],
                    statistic: "Sum")
            }
            return Task {
                do throws(AWSError) {
                    return .success(
                        try await client.getMetricData(
                            queries: asked, start: start, end: CrossAccountCallsTests.end))
                } catch {
                    return .failure(error)
                }
            }
        }

        /// Waits until so many wait for others.
        func gathered(_ count: Int) async throws {
            while await calls.waitingCount < count { try await Task.sleep(for: .milliseconds(2)) }
        }

        var asked: [Asked] { fixture.transport.requests.map(Asked.init) }
    }

    @Test(
        "what three accounts ask at about the same time is one call, and each has its own answer and its part of the bill"
    )
    func together() async throws {
        let bench = Bench { request, _ in Self.answer(request) }
        let tasks = (1...3).map { bench.ask($0, queries: $0) }
        try await bench.gathered(3)
        await bench.gate.open()
        for (index, task) in tasks.enumerated() {
            let number = index + 1
            let answer = try await task.value.get()
            #expect(Set(answer.series.keys) == Set((0..<number).map { "q\($0)" }))
            let points = [MetricPoint(epochSeconds: Self.start, value: Double(number))]
            #expect(answer.series.values.allSatisfy { $0.status == .complete && $0.points == points })
            #expect(answer.billedMetrics == number && answer.pages == 1)
        }
        let call = try #require(bench.asked.first)
        #expect(bench.asked.count == 1 && call.MetricDataQueries.count == 6)
        #expect(call.accounts == Set((1...3).map(Self.account)))
        #expect(bench.fixture.observer.attempts.map(\.billedMetrics) == [6])
    }

    @Test("other minutes are another call, and so is what would be more than 500 queries")
    func apart() async throws {
        let bench = Bench { request, _ in Self.answer(request) }
        let tasks = [
            bench.ask(1, queries: 300), bench.ask(2, queries: 300), bench.ask(3, from: Self.start + 60),
        ]
        try await bench.gathered(3)
        await bench.gate.open()
        for task in tasks { #expect(try await task.value.get().failures.isEmpty) }
        #expect(bench.asked.count == 3)
        #expect(bench.asked.allSatisfy { $0.accounts.count == 1 && $0.MetricDataQueries.count <= 500 })
    }

    @Test("a query that fails is its account's own matter; a call that fails is that of all in it")
    func failures() async throws {
        let bench = Bench { request, number in
            number == 0 ? Self.answer(request, failing: Self.account(2)) : .status(500, "{}")
        }
        let tasks = (1...2).map { bench.ask($0) }
        try await bench.gathered(2)
        await bench.gate.open()
        let (first, second) = (try await tasks[0].value.get(), try await tasks[1].value.get())
        #expect(first.failures.isEmpty && first.series.values.allSatisfy { $0.status == .complete })
        #expect(second.series.values.allSatisfy { $0.status != .complete && $0.points.isEmpty })

        let failing = Bench { _, _ in .status(500, "{}") }
        let others = (1...2).map { failing.ask($0) }
        try await failing.gathered(2)
        await failing.gate.open()
        for task in others {
            guard case .failure(let error) = await task.value else {
                Issue.record("no failure")
                continue
            }
            #expect(error.kind == .serviceFailure)
        }
        #expect(failing.asked.count == 1)
    }

    @Test(
        "who is no longer linked is refused alone, hides nothing of the others, and asks alone from then on")
    func unlinked() async throws {
        let gone = Self.account(2)
        let bench = Bench { request, _ in
            Asked(request).accounts.contains(gone)
                ? .status(400, #"{"__type":"ValidationError","message":"not linked"}"#) : Self.answer(request)
        }
        let tasks = (1...3).map { bench.ask($0) }
        try await bench.gathered(3)
        await bench.gate.open()
        for number in [1, 3] {
            let answer = try await tasks[number - 1].value.get()
            #expect(answer.failures.isEmpty && answer.series.values.allSatisfy { $0.status == .complete })
            #expect(answer.billedMetrics == 2)
        }
        let refused = try await tasks[1].value.get()
        #expect(refused.refused == ["q0", "q1"] && refused.billedMetrics == 0)
        let before = bench.asked.count
        let again = (1...3).map { bench.ask($0) }
        for task in again { _ = await task.value }
        let later = bench.asked.dropFirst(before)
        #expect(later.allSatisfy { !$0.accounts.contains(gone) || $0.accounts == [gone] })
        #expect(try await again[0].value.get().failures.isEmpty)
    }

    @Test("who is cancelled while it waits is not asked for, and the others have their answers")
    func cancelled() async throws {
        let bench = Bench { request, _ in Self.answer(request) }
        let tasks = (1...3).map { bench.ask($0) }
        try await bench.gathered(3)
        tasks[1].cancel()
        guard case .failure(let error) = await tasks[1].value else {
            Issue.record("not cancelled")
            return
        }
        #expect(error.kind == .cancelled)
        await bench.gate.open()
        #expect(try await tasks[0].value.get().billedMetrics == 2)
        #expect(try await tasks[2].value.get().billedMetrics == 2)
        #expect(bench.asked.map(\.accounts) == [[Self.account(1), Self.account(3)]])
    }

    @Test(
        "metrics of a linked account are listed as its own; what a list does not say the owner of is an error"
    )
    func listing() async throws {
        let metric = #"{"Namespace":"AWS/Bedrock","MetricName":"Invocations","Dimensions":[]}"#
        let bench = Bench { _, number in
            .ok(
                number == 0
                    ? #"{"Metrics":[\#(metric),\#(metric)],"OwningAccounts":["500000000001","111122223333"]}"#
                    : #"{"Metrics":[\#(metric)]}"#)
        }
        let client = bench.client(1)
        #expect(
            try await client.listMetrics(namespace: "AWS/Bedrock", recentlyActive: false).metrics.count == 1)
        let body = bench.fixture.transport.bodies[0]
        #expect(
            body.contains(#""IncludeLinkedAccounts":true"#)
                && body.contains(#""OwningAccount":"500000000001""#))
        let error = await awsError { () async throws(AWSError) in
            _ = try await client.firstMetrics(namespace: "AWS/Bedrock")
        }
        #expect(error?.kind == .malformedAnswer)
    }

    @Test("what is asked of the monitoring account itself names no other")
    func ofCaller() async throws {
        let bench = Bench { request, _ in Self.answer(request) }
        await bench.gate.open()
        let query = MetricQuery(
            id: "calls", namespace: "AWS/Usage", metricName: "CallCount", dimensions: [], statistic: "Sum",
            isOfCaller: true)
        _ = try await bench.client(1).getMetricData(queries: [query], start: Self.start, end: Self.end)
        #expect(bench.asked.map(\.accounts) == [["own"]])
    }
}

@Suite("Links of a monitoring account")
struct OAMClientTests {
    private func client(_ answers: ScriptedTransport.Answer...) -> (CallerFixture, OAMClient) {
        let fixture = CallerFixture(answers)
        return (fixture, OAMClient(caller: fixture.caller, region: "eu-west-1"))
    }

    private static let sinks =
        #"{"Items":[{"Arn":"arn:aws:oam:eu-west-1:111122223333:sink/a","Id":"a","Name":"n"}]}"#

    @Test("every page of every sink is read; only who shares metrics counts, and each once")
    func pages() async throws {
        func link(_ account: String, _ label: String, _ type: String = "AWS::CloudWatch::Metric") -> String {
            #"{"Label":"\#(label)","LinkArn":"arn:aws:oam:eu-west-1:\#(account):link/x","ResourceTypes":["\#(type)"]}"#
        }
        let (fixture, client) = client(
            .ok(Self.sinks),
            .ok(
                #"{"Items":[\#(link("500000000002", "b")),\#(link("500000000003", "c", "AWS::Logs::LogGroup"))],"NextToken":"t"}"#
            ),
            .ok(#"{"Items":[\#(link("500000000001", "a")),\#(link("500000000002", "b"))]}"#))
        #expect(
            try await client.listLinkedAccounts() == [
                AccountLink(accountID: "500000000001", label: "a"),
                AccountLink(accountID: "500000000002", label: "b"),
            ])
        #expect(
            fixture.transport.requests.map(\.url) == [
                "https://oam.eu-west-1.amazonaws.com/ListSinks",
                "https://oam.eu-west-1.amazonaws.com/ListAttachedLinks",
                "https://oam.eu-west-1.amazonaws.com/ListAttachedLinks",
            ])
        #expect(fixture.transport.requests.allSatisfy { $0.method == "POST" && $0.signing?.service == "oam" })
        #expect(fixture.transport.bodies[2].contains(#""NextToken":"t""#))
    }

    @Test("where nobody is linked there is nobody; a link that names no account is an error")
    func odd() async throws {
        let (_, nobody) = client(.ok(#"{"Items":[]}"#))
        #expect(try await nobody.listLinkedAccounts().isEmpty)
        for body in [
            #"{"Items":[{"LinkArn":"arn:aws:oam:r:1:link/x","ResourceTypes":["AWS::CloudWatch::Metric"]}]}"#,
            "{}",
        ] {
            let (_, client) = client(.ok(Self.sinks), .ok(body))
            let error = await awsError { () async throws(AWSError) in
                _ = try await client.listLinkedAccounts()
            }
            #expect(error?.kind == .malformedAnswer)
        }
    }
}
