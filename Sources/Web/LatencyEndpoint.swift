import HTTPServer
import History
import System

/// `GET /api/v1/latency`: the past of latencies, of all model IDs that the filters leave together.
package struct LatencyEndpoint: Sendable {
    /// Model IDs by days, each of which is up to 1,440 rows of the store.
    package static let maximumSeriesDays = 4_000
    package static let concurrentRequests = 2

    /// Opens the store for one answer.
    package let open: @Sendable () throws -> any HistorySource
    /// Unix seconds.
    package let now: @Sendable () -> Double
    private let places: ReadingPlaces

    package init(
        open: @escaping @Sendable () throws -> any HistorySource, now: @escaping @Sendable () -> Double,
        places: ReadingPlaces = ReadingPlaces(LatencyEndpoint.concurrentRequests)
    ) {
        self.open = open
        self.now = now
        self.places = places
    }

    package func respond(
        to request: HTTPRequest, error: @Sendable (Int, String) -> HTTPResponse
    ) async -> HTTPResponse {
        guard places.take() else {
            return ReadingPlaces.busy(
                "\(Self.concurrentRequests) requests for latencies are being answered", error)
        }
        defer { places.giveBack() }
        return await HistoryDocument.respond(error: error) { try await bytes(request.query) }
    }

    private func bytes(_ items: [(name: String, value: String)]) async throws -> [UInt8] {
        let parameters = try UsageParameters.read(items, surface: .url, formats: [.json], now: Int(now()))
        guard !items.contains(where: { $0.name == UsageParameters.Parameter.by.rawValue }) else {
            throw UsageRequestError(
                "by does not go with latencies, which are of all series together; leave it out")
        }
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
