import HTTPServer
import History

/// A JSON document about the past, read for one request.
package enum HistoryDocument {
    /// The document, or an error in its place.
    ///
    /// - Parameter refusal: The status for a request that asks for what is not given.
    package static func respond(
        refusal: Int = 400, error: @Sendable (Int, String) -> HTTPResponse,
        _ bytes: @Sendable () async throws -> [UInt8]
    ) async -> HTTPResponse {
        do {
            var response = HTTPResponse.json(200, try await bytes())
            response.headers.append(("Cache-Control", "no-store"))
            return response
        } catch let reason as UsageRequestError {
            return error(refusal, reason.description)
        } catch let failure {
            return error(500, "\(failure)")
        }
    }
}
