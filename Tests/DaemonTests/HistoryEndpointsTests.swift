import HTTPServer
import Testing
import UsageStore

@testable import Web

@Suite("Endpoints of the past")
struct HistoryEndpointsTests {
    private static let now = 1_764_000_000.0

    private static func request(_ query: String) -> HTTPRequest {
        let target = "/api/v1/it" + (query.isEmpty ? "" : "?" + query)
        return HTTPRequest(
            method: "GET", target: target, path: "/api/v1/it",
            query: query.split(separator: "&").map { pair in
                let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
                return (parts[0], parts.count > 1 ? parts[1] : "")
            }, headers: HTTPHeaders())
    }

    private static func error(_ status: Int, _ reason: String) -> HTTPResponse { .text(status, reason) }

    private static func text(_ response: HTTPResponse) -> String {
        guard case .bytes(let bytes) = response.body else { return "a stream" }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// So many model IDs, each of a pool of its own.
    private static func series(_ count: Int) -> [StoredSeries] {
        (0..<count).map { number in
            FakeHistory.series("prod", "ap-southeast-1", "global.m\(number)", .global, "m\(number)")
        }
    }

    private static func latency(_ source: FakeHistory, places: ReadingPlaces = ReadingPlaces(1))
        -> LatencyEndpoint
    {
        LatencyEndpoint(open: { source }, now: { now }, places: places)
    }

    private static func report(places: ReadingPlaces = ReadingPlaces(1)) -> ReportEndpoint {
        ReportEndpoint(open: { throw FakeHistory.Broken() }, now: { now }, places: places)
    }

    @Test(
        "latencies and reports beyond the places are refused with the time to try again, and let in afterwards"
    )
    func busy() async {
        let places = ReadingPlaces(1)
        let (latency, report) = (Self.latency(FakeHistory(), places: places), Self.report(places: places))
        #expect(places.take())
        for response in [
            await latency.respond(to: Self.request(""), error: Self.error),
            await report.respond(to: Self.request(""), error: Self.error),
        ] {
            #expect(response.status == 503)
            #expect(response.header("retry-after") == "1")
            #expect(Self.text(response).hasSuffix("; try again in a second"))
        }
        places.giveBack()
        for _ in 0..<3 {
            #expect(await latency.respond(to: Self.request(""), error: Self.error).status == 200)
            // The place is given back after a refusal and after a failure as well.
            #expect(await latency.respond(to: Self.request("step=1y"), error: Self.error).status == 400)
            #expect(await report.respond(to: Self.request(""), error: Self.error).status == 500)
            #expect(await report.respond(to: Self.request("headroom=2"), error: Self.error).status == 400)
        }
    }

    @Test(
        "what cannot be asked for is refused with the reason",
        arguments: [
            ("start=yesterday", "start"), ("step=0m", "step"), ("step=2d", "step"),
            ("end=-1d&start=-1h", "start"),
            ("region=nowhere", "region"), ("color=red", "color"), ("start=-1h&start=-2h", "start"),
            ("by=model_id", "by does not go with latencies"),
        ])
    func invalid(query: String, name: String) async {
        let response = await Self.latency(FakeHistory()).respond(to: Self.request(query), error: Self.error)
        #expect(response.status == 400, "\(query): \(Self.text(response))")
        #expect(Self.text(response).contains(name))
    }

    @Test(
        "a headroom is a ratio from 0.01 to 1",
        arguments: [
            "0", "-1", "1.01", "nan", "inf", "", "much", "5e-324", "1e-310", "0.009", "1e999", "-inf",
            "0x1p-1074",
        ])
    func headroom(text: String) async {
        let response = await Self.report().respond(to: Self.request("headroom=\(text)"), error: Self.error)
        #expect(
            response.status == 400 && Self.text(response).hasPrefix("headroom: "), "\(Self.text(response))")
    }

    @Test("latencies of too many model IDs or days are refused before anything is read")
    func largeLatency() async {
        let source = FakeHistory(series: Self.series(11))
        let response = await Self.latency(source).respond(
            to: Self.request("start=-365d&step=1d"), error: Self.error)
        #expect(response.status == 400)
        #expect(Self.text(response).contains("days of single model IDs, and at most 4000 are read"))
        let narrower = await Self.latency(source).respond(
            to: Self.request("start=-360d&step=1d"), error: Self.error)
        #expect(narrower.status == 200, "\(Self.text(narrower))")
    }

    @Test("trends of too many pools are refused with 413, a broken store is told with 500 and asked again")
    func trends() async {
        let large = TrendsEndpoint(
            open: { FakeHistory(series: Self.series(TrendsEndpoint.maximumPools + 1)) }, now: { Self.now })
        let refused = await large.respond(error: Self.error)
        #expect(refused.status == 413)
        #expect(Self.text(refused).hasPrefix("the store knows 2001 pools"))
        let most = TrendsEndpoint(
            open: { FakeHistory(series: Self.series(TrendsEndpoint.maximumPools)) }, now: { Self.now })
        #expect(await most.respond(error: Self.error).status == 200)
        let source = FakeHistory(failure: FakeHistory.Broken())
        let broken = TrendsEndpoint(open: { source }, now: { Self.now })
        for count in 1...2 {
            let response = await broken.respond(error: Self.error)
            #expect(response.status == 500 && Self.text(response) == "the disk is gone")
            #expect(source.queries.count == count, "a failure is not kept")
        }
    }

    @Test(
        "users are looked for only where model IDs share a pool, and an answer is given again while it is fresh"
    )
    func users() async {
        let alone = FakeHistory(series: Self.series(2))
        let endpoint = TrendsEndpoint(open: { alone }, now: { Self.now })
        for _ in 0..<2 { #expect(await endpoint.respond(error: Self.error).status == 200) }
        #expect(alone.queries.count == 1)
        let shared = FakeHistory(series: Self.series(2) + Self.series(1))
        #expect(
            await TrendsEndpoint(open: { shared }, now: { Self.now }).respond(error: Self.error).status == 200
        )
        #expect(shared.queries.map(\.groupBy.count) == [4, 5])
    }
}
