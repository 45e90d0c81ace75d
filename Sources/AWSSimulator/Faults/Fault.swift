/// One way in which AWS or the network can let a client down.
package enum Fault: Sendable {
    /// `Throttling`, "Rate exceeded"; the code and status of each service.
    case throttle
    /// 500 InternalFailure.
    case internalFailure
    /// 503 ServiceUnavailable.
    case serviceUnavailable
    case accessDenied
    /// The session token of the request is called expired.
    case expiredToken
    /// Any other error, in the protocol of the service.
    case error(status: Int, code: String, message: String)
    /// The right answer after this many real seconds.
    case slow(seconds: Double)
    /// No answer; the connection stays open until client or server give up.
    case hang
    /// The connection is cut after this many bytes of the right answer's body.
    case cutBody(afterBytes: Int)
    /// The right answer's body ends after this many bytes, with a Content-Length that agrees.
    case truncatedBody(bytes: Int)
    /// A proxy's HTML page instead of the answer.
    case htmlBody(status: Int)
    /// The right answer with this many bytes of white space before it.
    case oversizedBody(bytes: Int)
    /// An answer whose members have other types than the API says.
    case wrongTypes
    /// GetMetricData answers `PartialData` and a further token for ever.
    case partialDataForever
    /// The same token again and again, in any paged operation.
    case tokenLoop
    /// StatusCode `InternalError` for these queries, without data.
    case queryInternalError(QueryMatch)
    /// StatusCode `Forbidden` for these queries, without data.
    case queryForbidden(QueryMatch)
    /// The whole GetMetricData request is refused when it asks for this metric.
    case validationErrorForMetric(String)

    /// Which queries of a GetMetricData request are meant.
    package enum QueryMatch: Sendable {
        case all
        case id(String)
        case metric(String)
        case modelID(String)
    }
}

extension Fault {
    /// The error that takes the place of the answer, if it is such a fault.
    var error: ServiceError? {
        switch self {
        case .throttle: ServiceError(.throttled, "Rate exceeded")
        case .internalFailure:
            ServiceError(.internalFailure, "The request processing has failed because of an unknown error.")
        case .serviceUnavailable: ServiceError(.serviceUnavailable, "Service is unable to handle request.")
        case .accessDenied: ServiceError(.accessDenied, "User is not authorized to perform this operation.")
        case .expiredToken:
            ServiceError(.expiredToken, "The security token included in the request is expired")
        case .error(let status, let code, let message):
            ServiceError(.custom(status: status, code: code), message)
        case .slow, .hang, .cutBody, .truncatedBody, .htmlBody, .oversizedBody, .wrongTypes,
            .partialDataForever, .tokenLoop, .queryInternalError, .queryForbidden, .validationErrorForMetric:
            nil
        }
    }

    var repeatsToken: Bool {
        if case .tokenLoop = self { return true }
        return false
    }

    var isEndless: Bool {
        if case .partialDataForever = self { return true }
        return false
    }

    /// Changes an answer that is ready to leave; faults of other kinds leave it alone.
    func apply(to response: inout SimulatedResponse) {
        switch self {
        case .slow(let seconds): response.delaySeconds += seconds
        case .hang: response.ending = .never
        case .cutBody(let bytes): response.ending = .cut(afterBytes: max(0, bytes))
        case .truncatedBody(let bytes): response.body = Array(response.body.prefix(max(0, bytes)))
        case .htmlBody(let status): response = Self.html(status)
        case .oversizedBody(let bytes):
            let padding = min(max(0, bytes), Self.maximumPaddingBytes)
            response.body = [UInt8](repeating: UInt8(ascii: " "), count: padding) + response.body
        case .wrongTypes: response.body = Self.wrongTypes(like: response.body)
        case .throttle, .internalFailure, .serviceUnavailable, .accessDenied, .expiredToken, .error,
            .partialDataForever, .tokenLoop, .queryInternalError, .queryForbidden, .validationErrorForMetric:
            break
        }
    }

    /// A script cannot make the simulator allocate more than this.
    static let maximumPaddingBytes = 256 << 20

    private static func html(_ status: Int) -> SimulatedResponse {
        let page = "<html><head><title>\(status)</title></head><body><h1>Gateway problem</h1></body></html>\n"
        return SimulatedResponse(
            status: status, headers: [("Content-Type", "text/html")], body: Array(page.utf8))
    }

    private static func wrongTypes(like body: [UInt8]) -> [UInt8] {
        guard body.first == UInt8(ascii: "{") else { return Array("<Unexpected><Answer/></Unexpected>".utf8) }
        let text =
            #"{"MetricDataResults":"none","Metrics":{"Metric":7},"Quotas":[null,3],"#
            + #""inferenceProfileSummaries":false,"modelSummaries":[[]],"NextToken":5,"nextToken":[1]}"#
        return Array(text.utf8)
    }
}

extension Fault.QueryMatch {
    func fits(_ query: MetricDataQuery) -> Bool {
        switch self {
        case .all: true
        case .id(let id): query.id == id
        case .metric(let name): query.identity.metricName == name
        case .modelID(let value): query.identity.dimensions.contains(.modelID(value))
        }
    }
}
