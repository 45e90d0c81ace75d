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
        let parameters: QueryParameters
        do throws(InvalidValue) {
            parameters = try QueryParameters(request.query, once: Self.parameters)
        } catch let problem {
            return error(400, problem.reason)
        }
        guard let modelID = parameters["model_id"], (1...2048).contains(modelID.utf8.count) else {
            return error(
                400, "model_id is missing; allowed: a model ID of 1 to 2,048 bytes, in any of its spellings")
        }
        let question = HeadroomBoard.Question(
            modelID: modelID, account: parameters["account"], region: parameters["region"])
        switch board.answer(question, now: now()) {
        case .failure(let refusal): return error(404, refusal.reason)
        case .success(let document):
            return WebEndpoints.json(
                document, to: request, reusedSeconds: max(1, intervalSeconds() / Self.reusedShare))
        }
    }
}
