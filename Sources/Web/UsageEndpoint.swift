import HTTPServer
import History
import Synchronization

/// `GET /api/v1/usage` and `/api/v1/callers`: history, streamed. Reads on connections of its own and never waits for the writer.
package struct UsageEndpoint: Sendable {
    /// Opens the store for one answer.
    package let open: @Sendable () throws -> any HistorySource
    /// Unix seconds.
    package let now: @Sendable () -> Double
    private let isOfCallers: Bool
    private let places = ReadingPlaces(HistoryLimits.concurrentRequests)

    package init(
        open: @escaping @Sendable () throws -> any HistorySource, now: @escaping @Sendable () -> Double,
        isOfCallers: Bool = false
    ) {
        self.open = open
        self.now = now
        self.isOfCallers = isOfCallers
    }

    package func respond(
        to request: HTTPRequest, error: @Sendable (Int, String) -> HTTPResponse
    ) async -> HTTPResponse {
        let parameters: UsageParameters
        do {
            let read = isOfCallers ? CallersParameters.read : UsageParameters.read
            parameters = try read(request.query, .url, [.json, .csv], Int(now()))
        } catch let refusal {
            return error(400, refusal.description)
        }
        guard places.take() else {
            return ReadingPlaces.busy(
                "\(HistoryLimits.concurrentRequests) usage requests are being answered", error)
        }
        do {
            return Self.response(try await prepare(parameters, request.method), parameters.format, places)
        } catch let refusal as UsageRequestError {
            places.giveBack()
            return error(400, refusal.description)
        } catch let failure {
            places.giveBack()
            return error(500, "\(failure)")
        }
    }

    /// The answer and its first chunk, so that what fails at once has a status.
    private func prepare(
        _ parameters: UsageParameters, _ method: String
    ) async throws -> (first: [UInt8]?, stream: UsageStream) {
        let source = try open()
        let series = try parameters.matching(try await source.series())
        let callers = parameters.query.isByCaller ? try await source.callerSources(parameters.query) : nil
        try parameters.checkSize(of: series, callers: callers?.callerCount ?? 0)
        let stream = UsageAnswer.stream(
            parameters, series: series, source: source, callers: callers,
            allowance: .seconds(HistoryLimits.answerSeconds))
        return (method == "HEAD" ? nil : try await stream.next(), stream)
    }

    private static func response(
        _ answer: (first: [UInt8]?, stream: UsageStream), _ format: UsageParameters.Format,
        _ places: ReadingPlaces
    ) -> HTTPResponse {
        let stream = answer.stream
        let chunks = Chunks(first: answer.first, stream: stream)
        let body = HTTPBodyStream(next: { try await chunks.next() }) {
            stream.abandon()
            places.giveBack()
        }
        let type = format == .csv ? "text/csv; charset=utf-8; header=present" : "application/json"
        return HTTPResponse(
            status: 200, headers: [("Content-Type", type), ("Cache-Control", "no-store")], body: .stream(body)
        )
    }

    /// The first chunk, then the others.
    private final class Chunks: Sendable {
        private let first: Mutex<[UInt8]?>
        private let stream: UsageStream

        init(first: [UInt8]?, stream: UsageStream) {
            self.first = Mutex(first)
            self.stream = stream
        }

        func next() async throws -> [UInt8]? {
            let early = first.withLock { first in
                defer { first = nil }
                return first
            }
            if let early { return early }
            return try await stream.next()
        }
    }
}
