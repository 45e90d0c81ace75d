import HTTPServer
import History
import System
import UsageStore

/// `GET /api/v1/report`: the JSON of `report`, of a few pools at a time.
package struct ReportEndpoint: Sendable {
    /// Figures of more pools take longer than a page should wait.
    package static let maximumPools = 20

    /// Opens the store for one answer.
    package let open: @Sendable () throws -> UsageReader
    /// Unix seconds.
    package let now: @Sendable () -> Double
    private let places: ReadingPlaces

    package init(
        open: @escaping @Sendable () throws -> UsageReader, now: @escaping @Sendable () -> Double,
        places: ReadingPlaces = ReadingPlaces(1)
    ) {
        self.open = open
        self.now = now
        self.places = places
    }

    package func respond(
        to request: HTTPRequest, error: @Sendable (Int, String) -> HTTPResponse
    ) async -> HTTPResponse {
        guard places.take() else {
            return ReadingPlaces.busy("a report is being made", error)
        }
        defer { places.giveBack() }
        return await HistoryDocument.respond(error: error) { try await bytes(request.query) }
    }

    private func bytes(_ items: [(name: String, value: String)]) async throws -> [UInt8] {
        let headroom = try Self.headroom(items)
        var asked = items.filter { $0.name != "headroom" }
        if !asked.contains(where: { $0.name == "start" }) { asked.append(("start", "-30d")) }
        asked.append(("step", "1d"))
        let query = try UsageParameters.read(asked, surface: .url, formats: [.json], now: Int(now()))
        let reader = try open()
        let series = try query.matching(try await reader.series())
        let pools = Set(series.compactMap(\.quotaPool)).count
        guard pools <= Self.maximumPools else {
            throw UsageRequestError(
                "these are \(pools) pools, and a report is made of \(Self.maximumPools) at most; "
                    + "narrow it by account, region, scope or model, or use the command report")
        }
        let figures = try await ReportReader(reader).figures(query.query, of: series)
        return try ReportDocument(figures, range: query.query.range, headroom: headroom).bytes()
    }

    private static func headroom(_ items: [(name: String, value: String)]) throws -> Double {
        guard let text = items.first(where: { $0.name == "headroom" })?.value else {
            return Headroom.standard
        }
        guard let ratio = Headroom.parse(text) else {
            throw UsageRequestError(
                "headroom: \(VisibleText.quoted(text)) is not allowed; \(Headroom.allowedText)")
        }
        return ratio
    }
}
