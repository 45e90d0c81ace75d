/// CloudWatch Logs Insights of one Region, JSON 1.1 protocol: a query is started, then asked for its results, then perhaps
/// stopped. AWS bills the bytes that it scans.
package struct LogsClient: Sendable {
    private let caller: AWSCaller
    private let region: String

    package init(caller: AWSCaller, region: String) {
        self.caller = caller
        self.region = region
    }

    /// Starts a query.
    ///
    /// Each start scans anew, so that it is not sent again once it may have arrived: an error that is not `isSurelyUndone`
    /// leaves open whether a query runs.
    ///
    /// - Parameters:
    ///   - start: Unix seconds, inclusive, and so is `end`.
    ///   - limit: Rows at most, from 1 to 100,000.
    package func startQuery(
        logGroup: String, start: Int, end: Int, query: String, limit: Int
    ) async throws(AWSError) -> StartedLogQuery {
        var request = try request(
            "StartQuery",
            Wire.StartInput(
                logGroupName: logGroup, startTime: start, endTime: end, queryString: query, limit: limit))
        request.isSentOnce = true
        let response = try await caller.send(request)
        let answer = try JSONAnswer.decode(Wire.StartOutput.self, request: request, response: response)
        guard (1...256).contains(answer.queryId.utf8.count) else {
            throw request.malformed("the query's ID has \(answer.queryId.utf8.count) bytes")
        }
        return StartedLogQuery(
            id: answer.queryId,
            serverTime: response.headers["date"].flatMap(ClockSkew.epochSeconds(ofHTTPDate:)))
    }

    /// How far a query is, with its rows once it is complete.
    ///
    /// - Parameter limit: More rows than this are malformed.
    package func queryResults(id: String, limit: Int) async throws(AWSError) -> LogQueryAnswer {
        var rows: [[String: String]] = []
        var cursor = PageCursor(maximumPages: AWSDefaults.maximumQueryResultPages)
        while true {
            let request = try request(
                "GetQueryResults", Wire.ResultsInput(queryId: id, nextToken: cursor.token))
            let page = try JSONAnswer.decode(
                Wire.ResultsOutput.self, request: request, response: await caller.send(request))
            let status = LogQueryAnswer.Status(rawValue: page.status) ?? .unknown
            let bytes = page.statistics?.bytesScanned.flatMap { Int(exactly: $0.rounded(.up)) }
                .flatMap { $0 >= 0 ? $0 : nil }
            // The rows of a query that still runs are a part.
            guard status == .complete else { return LogQueryAnswer(status: status, bytesScanned: bytes) }
            for row in page.results ?? [] {
                rows.append(
                    Dictionary(
                        row.compactMap { cell in cell.value.map { (cell.field, $0) } },
                        uniquingKeysWith: { first, _ in first }))
            }
            guard rows.count <= limit else { throw request.malformed("more than \(limit) rows") }
            guard try cursor.advance(to: page.nextToken, request) else {
                return LogQueryAnswer(status: .complete, rows: rows, bytesScanned: bytes)
            }
        }
    }

    /// Ends a query that nobody waits for any more.
    package func stopQuery(id: String) async throws(AWSError) {
        let request = try request("StopQuery", Wire.StopInput(queryId: id))
        _ = try await caller.send(request)
    }

    private func request(_ operation: String, _ input: some Encodable) throws(AWSError) -> AWSRequest {
        try AWSRequest.json(
            service: .logs, operation: operation, target: "Logs_20140328", version: "1.1", region: region
        ).with(input)
    }
}

/// A query that runs.
package struct StartedLogQuery: Equatable, Sendable {
    /// Of at most 256 bytes.
    package let id: String
    /// Unix seconds; nil where the answer does not tell.
    package let serverTime: Int?
}

/// What GetQueryResults says of a query.
package struct LogQueryAnswer: Equatable, Sendable {
    /// AWS's names.
    package enum Status: String, Sendable {
        case scheduled = "Scheduled"
        case running = "Running"
        case complete = "Complete"
        case failed = "Failed"
        case cancelled = "Cancelled"
        case timeout = "Timeout"
        /// Also for a name that is not known here.
        case unknown = "Unknown"
    }

    package let status: Status
    /// By name of the field; a field without a value is left out. Empty until the query is complete.
    package let rows: [[String: String]]
    /// What AWS bills so far; nil where the answer does not say.
    package let bytesScanned: Int?

    package init(status: Status, rows: [[String: String]] = [], bytesScanned: Int? = nil) {
        self.status = status
        self.rows = rows
        self.bytesScanned = bytesScanned
    }
}

/// The JSON of CloudWatch Logs (API version 2014-03-28).
private enum Wire {
    struct StartInput: Encodable {
        let logGroupName: String
        let startTime: Int
        let endTime: Int
        let queryString: String
        let limit: Int
    }

    struct StartOutput: Decodable {
        let queryId: String
    }

    struct ResultsInput: Encodable {
        let queryId: String
        let nextToken: String?
    }

    struct ResultsOutput: Decodable {
        struct Cell: Decodable {
            let field: String
            let value: String?
        }

        struct Statistics: Decodable {
            let bytesScanned: Double?
        }

        let status: String
        let results: [[Cell]]?
        let statistics: Statistics?
        let nextToken: String?
    }

    struct StopInput: Encodable {
        let queryId: String
    }
}
