import HTTPServer
import System

/// Answers `GET /api/v1/headroom?model_id=…[&account=…][&region=…]` without a look into the store.
package struct HeadroomEndpoint: Sendable {
    package let board: HeadroomBoard
    /// Unix seconds.
    package let now: @Sendable () -> Double
    /// Seconds between polls, by the configuration of now.
    package let intervalSeconds: @Sendable () -> Int

    package init(
        board: HeadroomBoard, now: @escaping @Sendable () -> Double,
        intervalSeconds: @escaping @Sendable () -> Int
    ) {
        self.board = board
        self.now = now
        self.intervalSeconds = intervalSeconds
    }

    private static let parameters = ["model_id", "account", "region"]
    /// Of the polling interval, for how long an answer may be reused.
    private static let reusedShare = 6

    package func respond(
        to request: HTTPRequest, error: @Sendable (Int, String) -> HTTPResponse
    ) -> HTTPResponse {
        var values: [String: String] = [:]
        for (name, value) in request.query {
            guard Self.parameters.contains(name) else {
                let allowed = Self.parameters.joined(separator: ", ")
                return error(400, "\(Shown.value(name)) is no parameter; allowed: \(allowed)")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                return error(400, "\(name) is given twice; allowed: once")
            }
        }
        guard let modelID = values["model_id"], (1...2048).contains(modelID.utf8.count) else {
            return error(
                400, "model_id is missing; allowed: a model ID of 1 to 2,048 bytes, in any of its spellings")
        }
        let question = HeadroomBoard.Question(
            modelID: modelID, account: values["account"], region: values["region"])
        switch board.answer(question, now: now()) {
        case .failure(let refusal): return error(404, refusal.reason)
        case .success(let document): return response(document, to: request, error)
        }
    }

    private func response(
        _ document: HeadroomDocument, to request: HTTPRequest,
        _ error: @Sendable (Int, String) -> HTTPResponse
    ) -> HTTPResponse {
        let bytes: [UInt8]
        do {
            bytes = try JSONDocument.bytes(document)
        } catch let failure {
            return error(500, "the answer could not be written as JSON: \(failure)")
        }
        let tag = "\"\(String(FNV1a.hash(String(decoding: bytes, as: UTF8.self)), radix: 16))\""
        let headers = [
            ("ETag", tag), ("Cache-Control", "max-age=\(max(1, intervalSeconds() / Self.reusedShare))"),
        ]
        let isKnown = request.headers.listMembers("if-none-match").contains { $0 == tag || $0 == "w/" + tag }
        guard !isKnown else { return HTTPResponse(status: 304, headers: headers) }
        return HTTPResponse(
            status: 200, headers: [("Content-Type", "application/json")] + headers, body: .bytes(bytes))
    }
}
