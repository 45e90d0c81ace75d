import AWSSimulator
import FoundationEssentials
import HTTPServer
import Synchronization

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
    /// No answer; the connection stays open until client or server give up.
    case hang
    /// The connection is cut after this many bytes of the right answer's body.
    case cutBody(afterBytes: Int)
    /// The right answer's body ends after this many bytes, with a Content-Length that agrees.
    case truncatedBody(bytes: Int)
    /// A proxy's HTML page instead of the answer.
    case htmlBody(status: Int)
    /// An answer whose members have other types than the API says.
    case wrongTypes
    /// StatusCode `InternalError` for these queries, without data.
    case queryInternalError(QueryMatch)
    /// StatusCode `Forbidden` for these queries, without data.
    case queryForbidden(QueryMatch)
    /// The whole GetMetricData request is refused when it asks for this metric.
    case validationErrorForMetric(String)

    /// Which queries of a GetMetricData request are meant.
    package enum QueryMatch: Sendable {
        case all
        case metric(String)
        case modelID(String)
    }
}

extension Fault {
    /// A connection that hangs is cut after this time at the latest.
    private static let hangLimit = Duration.seconds(120)

    /// The error that takes the place of the answer, if it is such a fault.
    func error(for request: SimulatedRequest) -> ServiceError? {
        switch self {
        case .throttle: ServiceError(.throttled, "Rate exceeded")
        case .internalFailure:
            ServiceError(.internalFailure, "The request processing has failed because of an unknown error.")
        case .serviceUnavailable: ServiceError(.serviceUnavailable, "Service is unable to handle request.")
        case .accessDenied: ServiceError(.accessDenied, "User is not authorized to perform this operation.")
        case .expiredToken:
            ServiceError(.expiredToken, "The security token included in the request is expired")
        case .validationErrorForMetric(let name):
            String(decoding: request.body, as: UTF8.self).contains("\"MetricName\":\"\(name)\"")
                ? ServiceError(.validation, "The value \(name) for parameter MetricName is not valid.") : nil
        case .hang, .cutBody, .truncatedBody, .htmlBody, .wrongTypes, .queryInternalError, .queryForbidden:
            nil
        }
    }

    /// Changes an answer that is ready to leave; faults of other kinds leave it alone.
    func apply(to response: inout SimulatedResponse, of request: SimulatedRequest) {
        switch self {
        case .hang:
            response.delivery = { answer in
                // Cancelled when the client goes away; then nobody waits for the answer any more.
                try? await Task.sleep(for: Self.hangLimit)
                return Self.cut(answer, afterBytes: 0)
            }
        case .cutBody(let bytes): response.delivery = { Self.cut($0, afterBytes: bytes) }
        case .truncatedBody(let bytes): response.body = Array(response.body.prefix(bytes))
        case .htmlBody(let status):
            response = SimulatedResponse(
                status: status, headers: [("Content-Type", "text/html")],
                body: Array("<html><body><h1>Gateway problem</h1></body></html>\n".utf8))
        case .wrongTypes: response.body = Self.wrongTypes(like: response.body)
        case .queryInternalError(let match):
            MetricDataAnswer.spoil(&response, request, match, "InternalError")
        case .queryForbidden(let match): MetricDataAnswer.spoil(&response, request, match, "Forbidden")
        case .throttle, .internalFailure, .serviceUnavailable, .accessDenied, .expiredToken,
            .validationErrorForMetric:
            break
        }
    }

    private static func wrongTypes(like body: [UInt8]) -> [UInt8] {
        guard body.first == UInt8(ascii: "{") else { return Array("<Unexpected><Answer/></Unexpected>".utf8) }
        let text =
            #"{"MetricDataResults":"none","Metrics":{"Metric":7},"Quotas":[null,3],"#
            + #""inferenceProfileSummaries":false,"modelSummaries":[[]],"NextToken":5,"nextToken":[1]}"#
        return Array(text.utf8)
    }

    private struct Cut: Error {}

    /// A body that ends in an error, upon which the server cuts the connection.
    private static func cut(_ answer: HTTPResponse, afterBytes bytes: Int) -> HTTPResponse {
        guard case .bytes(let body) = answer.body else { return answer }
        let parts = Mutex([Array(body.prefix(bytes))].filter { !$0.isEmpty })
        let stream = HTTPBodyStream(next: {
            guard let part = parts.withLock({ $0.popLast() }) else { throw Cut() }
            return part
        })
        return HTTPResponse(status: answer.status, headers: answer.headers, body: .stream(stream))
    }
}

/// What GetMetricData was asked, as far as faults of single queries look at it.
private struct MetricDataRequest: Decodable {
    struct Query: Decodable {
        struct Stat: Decodable {
            var Metric: Metric
        }
        struct Metric: Decodable {
            var MetricName: String
            var Dimensions: [[String: String]]
        }

        var Id: String
        var MetricStat: Stat

        func fits(_ match: Fault.QueryMatch) -> Bool {
            switch match {
            case .all: true
            case .metric(let name): MetricStat.Metric.MetricName == name
            case .modelID(let id):
                MetricStat.Metric.Dimensions.contains(["Name": "ModelId", "Value": id])
            }
        }
    }

    var MetricDataQueries: [Query]
}

/// An answer of GetMetricData.
private struct MetricDataAnswer: Codable {
    struct Message: Codable {
        var Code: String
        var Value: String
    }

    struct Result: Codable {
        var Id: String
        var Label: String
        var Messages: [Message]?
        var StatusCode: String
        var Timestamps: [Double]
        var Values: [Double]
    }

    var Messages: [Message]
    var MetricDataResults: [Result]
    var NextToken: String?

    /// Gives the results of matching queries another status and takes their data.
    static func spoil(
        _ response: inout SimulatedResponse, _ request: SimulatedRequest, _ match: Fault.QueryMatch,
        _ status: String
    ) {
        do {
            let request = try JSONDecoder().decode(MetricDataRequest.self, from: Data(request.body))
            var answer = try JSONDecoder().decode(MetricDataAnswer.self, from: Data(response.body))
            let ids = Set(request.MetricDataQueries.filter { $0.fits(match) }.map(\.Id))
            for index in answer.MetricDataResults.indices
            where ids.contains(answer.MetricDataResults[index].Id) {
                answer.MetricDataResults[index].StatusCode = status
                answer.MetricDataResults[index].Messages = [
                    Message(Code: status, Value: "This query is not answered.")
                ]
                answer.MetricDataResults[index].Timestamps = []
                answer.MetricDataResults[index].Values = []
            }
            response.body = Array(try JSONEncoder().encode(answer))
        } catch {
            preconditionFailure("a fault of a query in another operation than GetMetricData: \(error)")
        }
    }
}
