import AWSClient
import HTTPClient
import System
import Testing

@testable import Commands

struct WatchClientTests {
    /// Answers by path; whatever is not listed is 404.
    private struct Exporter: HTTPTransport {
        let answers: [String: (Int, String)]
        let asked = Shared<[TransportRequest]>([])

        func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
            asked.change { $0.append(request) }
            let path = String(request.url.dropFirst("http://monitor:9747".count).prefix { $0 != "?" })
            let (status, body) = answers[path] ?? (404, "nothing here")
            return TransportResponse(status: status, body: Array(body.utf8))
        }
    }

    private static let pools = """
        {"pools":[{"account":"a","region":"r\\u001b[31m","scope":"global","model":"m","model_ids":["global.m"],
        "burndown_rate":5,"burndown_source":"table","more":1,"warning":0.5,"quotas":[{"quota":"tokens_per_minute","quota_code":null,
        "limit":100,"limit_source":"applied","usage":82,"usage_source":"weighted","utilization_ratio":0.82,
        "peak_utilization_ratio":{"5m":0.9,"1h":null,"24h":1.1},"coverage":1,"minute":"2026-11-24T14:02:00Z"}]}],
        "unmapped":[{"account":"a","region":"r","model_id":"x","reason":"unknown_profile"}]}
        """
    private static let status = """
        {"settings":{"poll_interval_seconds":60,"warning":0.6,"critical":0.9},"regions":[{"account":"a","region":"r","up":true,"failure":null,
        "last_successful_poll":"2026-11-24T14:05:10Z","delivery_lag_seconds":660}],"ready":true}
        """
    private static let usage = """
        {"start":"2026-11-24T13:50:00Z","rows":[
        {"start":"2026-11-24T13:50:00Z","account":"a","region":"r\\u001b[31m","scope":"global","model":"m","throttles":2,
        "quotas":{"tokens_per_minute":{"limit":100,"peak_ratio":0.5}}},
        {"start":"2026-11-24T14:04:00Z","account":"a","region":"r\\u001b[31m","scope":"global","model":"m","throttles":3,
        "quotas":{"tokens_per_minute":{"limit":100,"peak_ratio":null}}},
        {"start":"2026-11-24T14:04:00Z","account":"a","region":"r","scope":null,"model":null,"throttles":3,"quotas":{}}]}
        """
    private static let alerts = """
        {"alerts":[{"alert":"Hot","severity":"critical","state":"firing","since":"2026-11-24T14:00:00Z",
        "labels":{"region":"r","quota":"tokens_per_minute"},"annotations":{}},
        {"alert":"Cold","severity":"warning","state":"resolved","since":null,"labels":{}},
        {"alert":"Warm","severity":"warning","state":"firing","since":null,"included_in":"Hot","labels":{}}]}
        """

    private func client(_ exporter: Exporter, authorization: String? = nil) throws -> WatchClient {
        WatchClient(
            url: try #require(ServiceURL(text: "http://monitor:9747/")), authorization: authorization,
            transport: exporter, now: { WatchSample.now })
    }

    @Test("a reading is put together from pools, status, history and alerts")
    func reading() async throws {
        let exporter = Exporter(answers: [
            "/api/v1/pools": (200, Self.pools), "/api/v1/status": (200, Self.status),
            "/api/v1/usage": (200, Self.usage), "/api/v1/alerts": (200, Self.alerts),
        ])
        let client = try client(exporter, authorization: "Basic eDp5")
        let reading = try await client.read()
        let pool = try #require(reading.pools.first)
        #expect(pool.highestRatio == 0.82 && reading.newestMinute == 1_795_528_920)
        #expect(pool.tokens?.peakUtilizationRatio == ["5m": 0.9, "1h": nil, "24h": 1.1])
        #expect(pool.history?.throttles == 5 && pool.history?.ratios.first == 0.5)
        #expect(pool.history?.ratios.compactMap { $0 } == [0.5])
        #expect(
            reading.alerts?.map(\.alert) == ["Hot"] && reading.alerts?.first?.subject == "r tokens_per_minute"
        )
        #expect(reading.thresholds == WatchThresholds(warning: 0.6, critical: 0.9))
        #expect(
            pool.thresholds == WatchThresholds(warning: 0.5, critical: 0.9), "its own, else those for all")
        #expect(reading.nextPoll == 1_795_529_170)
        #expect(reading.isReady && reading.troubles == ["r CloudWatch delivers late: 11 min"])
        #expect(exporter.asked.value.allSatisfy { $0.headers.map(\.value) == ["Basic eDp5"] })
        _ = try await client.read()
        #expect(
            exporter.asked.value.filter { $0.url.contains("/usage") }.count == 1,
            "history is asked for rarely")
    }

    @Test("an exporter without a list of alerts is no failure")
    func withoutAlerts() async throws {
        let exporter = Exporter(answers: [
            "/api/v1/pools": (200, Self.pools), "/api/v1/status": (200, Self.status),
            "/api/v1/usage": (200, Self.usage),
        ])
        #expect(try await client(exporter).read().alerts == nil)
    }

    @Test(
        "failures are told in words",
        arguments: [
            (401, "", "http://monitor:9747 asks for a password: give --web.user and --web.password-file"),
            (404, "", "http://monitor:9747/api/v1/pools: status 404: this is not the exporter"),
            (500, "a\u{1B}b", "http://monitor:9747/api/v1/pools: status 500: a b"),
            (200, "[]", "http://monitor:9747/api/v1/pools: the answer is not what the exporter answers"),
        ])
    func failures(status: Int, body: String, message: String) async throws {
        let client = try client(Exporter(answers: ["/api/v1/pools": (status, body)]))
        await #expect(throws: WatchClient.Failure(description: message)) { try await client.read() }
    }

    @Test(
        "a user needs a password, from a file or the environment",
        arguments: [
            (["--web.user=u"], ["BEDROCK_QUOTA_EXPORTER_PASSWORD": "p"], "Basic dTpw"),
            (["--web.user=u", "--web.password-file=/secret"], [:], "Basic dTpx"), ([], [:], nil),
        ])
    func authorization(arguments: [String], variables: [String: String], expected: String?) throws {
        let environment = AWSEnvironment(
            variables: variables, homeDirectory: "",
            readFile: { path, _ in path == "/secret" ? Array("q\nmore".utf8) : nil })
        let invocation = try Invocation.parse(["watch"] + arguments)
        #expect(try WatchCommand.authorization(invocation, environment) == expected)
    }

    @Test(
        "what cannot be is refused",
        arguments: [
            "--web.user=u", "--web.password-file=/secret", "--web.url=ftp://x", "--web.url=http://u:p@x",
            "--refresh=0s", "--refresh=soon",
        ])
    func refused(argument: String) throws {
        let environment = AWSEnvironment(variables: [:], homeDirectory: "", readFile: { _, _ in nil })
        #expect(throws: Invocation.UsageError.self) {
            try WatchCommand(Invocation.parse(["watch", argument]), environment: environment)
        }
    }
}
