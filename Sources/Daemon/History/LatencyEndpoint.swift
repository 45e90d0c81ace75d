import HTTPServer
import QuotaModel
import UsageStore

/// `GET /api/v1/latency`: the past of latencies, of all model IDs that the filters leave together.
struct LatencyEndpoint: Sendable {
    /// Model IDs by days, each of which is up to 1,440 rows of the store.
    static let maximumSeriesDays = 4_000
    static let concurrentRequests = 2

    /// Opens the store for one answer.
    let open: @Sendable () throws -> any HistorySource
    /// Unix seconds.
    let now: @Sendable () -> Double
    private let places = ReadingPlaces(concurrentRequests)

    init(open: @escaping @Sendable () throws -> any HistorySource, now: @escaping @Sendable () -> Double) {
        self.open = open
        self.now = now
    }

    func respond(
        to request: HTTPRequest, error: @Sendable (Int, String) -> HTTPResponse
    ) async -> HTTPResponse {
        guard places.take() else {
            var busy = error(
                503,
                "\(Self.concurrentRequests) requests for latencies are being answered; try again in a second")
            busy.headers.append(("Retry-After", "1"))
            return busy
        }
        defer { places.giveBack() }
        do {
            var response = HTTPResponse.json(200, try await bytes(request.query))
            response.headers.append(("Cache-Control", "no-store"))
            return response
        } catch let refusal as UsageRequestError {
            return error(400, refusal.description)
        } catch let failure {
            return error(500, "\(failure)")
        }
    }

    private func bytes(_ items: [(name: String, value: String)]) async throws -> [UInt8] {
        let parameters = try UsageParameters.read(items, surface: .url, formats: [.json], now: Int(now()))
        let source = try open()
        let series = try parameters.matching(try await source.series())
        let range = parameters.query.range
        let work = series.count * ((range.count + 1439) / 1440)
        guard work <= Self.maximumSeriesDays else {
            throw UsageRequestError(
                "this asks for \(work) days of single model IDs, and at most \(Self.maximumSeriesDays) are read; "
                    + "take a shorter range or a filter")
        }
        var sums = LatencySums(start: range.lowerBound, stepMinutes: parameters.stepMinutes)
        for one in series {
            try await source.seriesMinutes(one.key, range) { sums.add($0) }
        }
        return try JSONDocument.bytes(
            LatencyDocument(range: range, stepMinutes: parameters.stepMinutes, sums: sums))
    }
}
