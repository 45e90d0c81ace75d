/// Dispatches by path and method.
package struct HTTPRouter: Sendable {
    /// Builds the answer for 404 and 405 from status and message.
    package typealias ErrorResponse = @Sendable (HTTPRequest, Int, String) -> HTTPResponse

    private struct Route {
        let handler: HTTPHandler
        /// Answers out of memory within microseconds.
        let isQuick: Bool
    }

    private var routes: [String: [String: Route]] = [:]
    private let errorResponse: ErrorResponse

    /// A router that serves nothing yet.
    package init(
        errorResponse: @escaping ErrorResponse = { _, status, message in .text(status, message + "\n") }
    ) {
        self.errorResponse = errorResponse
    }

    /// Serves the method on exactly this decoded path; GET serves HEAD as well. A second call replaces the
    /// first. A quick handler does not leave the event loop of a server that begins handlers at once: it must not
    /// compute or wait.
    package mutating func add(
        _ method: String, _ path: String, isQuick: Bool = false, _ handler: @escaping HTTPHandler
    ) {
        routes[path, default: [:]][method] = Route(handler: handler, isQuick: isQuick)
    }

    /// The router as a server's handler.
    package var handler: HTTPHandler {
        { request in await self.respond(to: request) }
    }

    /// 404 for a path nobody serves, 405 with `Allow` for a method that its path does not serve.
    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        guard let methods = routes[request.path] else { return errorResponse(request, 404, "not found") }
        if let route = methods[request.method] ?? (request.method == "HEAD" ? methods["GET"] : nil) {
            guard !route.isQuick else { return await route.handler(request) }
            // A child runs in a thread of the pool. After `Task.yield()` the task may go on in this one, the loop's, when
            // the pool is faster than the loop.
            async let answer = route.handler(request)
            return await answer
        }
        var response = errorResponse(request, 405, "method not allowed")
        response.headers.append(("Allow", Self.allow(methods)))
        return response
    }

    private static func allow(_ methods: [String: Route]) -> String {
        var names = Set(methods.keys)
        if names.contains("GET") { names.insert("HEAD") }
        return names.sorted().joined(separator: ", ")
    }
}
