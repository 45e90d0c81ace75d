import FoundationEssentials
import Testing

@testable import AWSSimulator

/// 2026-11-24T00:00:00Z, a Tuesday.
let midnight = 1_795_478_400.0
let midnightMinute = 29_924_640

/// Requests as a client would sign them; the signature's digits are arbitrary, since only the shape is checked.
enum Signed {
    static func headers(
        _ service: SimulatedService, region: String = "ap-southeast-1", now: Double = midnight
    ) -> [(name: String, value: String)] {
        let time = SigningTime(epochSeconds: Int(now)).text
        let scope = "AKIDEXAMPLE/\(time.prefix(8))/\(region)/\(service.rawValue)/aws4_request"
        let signature = String(repeating: "0123456789abcdef", count: 4)
        return [
            ("Host", "127.0.0.1:1"), ("X-Amz-Date", time),
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=\(scope), SignedHeaders=host;x-amz-date, Signature=\(signature)"
            ),
        ]
    }

    static func json(
        _ operation: SimulatedOperation, _ body: String, region: String = "ap-southeast-1",
        now: Double = midnight
    ) -> SimulatedRequest {
        var headers = headers(operation.service, region: region, now: now)
        headers.append(("X-Amz-Target", (operation.service.targetPrefix ?? "") + operation.rawValue))
        return SimulatedRequest(headers: headers, body: Array(body.utf8))
    }

    static func get(_ path: String, _ query: [(name: String, value: String)] = []) -> SimulatedRequest {
        SimulatedRequest(method: "GET", path: path, query: query, headers: headers(.bedrock))
    }

    static func form(_ body: String) -> SimulatedRequest {
        SimulatedRequest(headers: headers(.securityTokens), body: Array(body.utf8))
    }
}

extension SimulatedResponse {
    var text: String { String(decoding: body, as: UTF8.self) }

    /// The first value of a header; `name` is in lower case.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }
}

extension SimulatedWorld {
    /// The text of an answer, whatever its status.
    func text(_ request: SimulatedRequest, now: Double = midnight) -> String {
        respond(to: request, now: now).response.text
    }
}

/// GetMetricData bodies.
enum MetricDataBody {
    static func query(
        _ id: String, _ metric: String, model: String = "m", period: Int = 60, stat: String = "Sum",
        extra: String = ""
    ) -> String {
        #"{"Id":"\#(id)","MetricStat":{"Metric":{"Namespace":"AWS/Bedrock","MetricName":"\#(metric)","#
            + #""Dimensions":[{"Name":"ModelId","Value":"\#(model)"}]},"Period":\#(period),"Stat":"\#(stat)"}\#(extra)}"#
    }

    static func body(_ queries: [String], start: Int, end: Int, extra: String = "") -> String {
        #"{"MetricDataQueries":[\#(queries.joined(separator: ","))],"StartTime":\#(start),"EndTime":\#(end)\#(extra)}"#
    }
}

/// What the tests read of a GetMetricData answer.
struct MetricDataAnswer: Decodable {
    struct Result: Decodable {
        var Id: String
        var Label: String
        var StatusCode: String
        var Timestamps: [Double]
        var Values: [Double]
    }

    var MetricDataResults: [Result]
    var NextToken: String?
}

/// The decoded answer; an empty one with a recorded issue if it cannot be read.
func metricData(_ text: String) -> MetricDataAnswer {
    do {
        return try JSONDecoder().decode(MetricDataAnswer.self, from: Data(text.utf8))
    } catch {
        Issue.record("no GetMetricData answer: \(text.prefix(300))")
        let none = MetricDataAnswer.Result(Id: "", Label: "", StatusCode: "", Timestamps: [], Values: [])
        return MetricDataAnswer(MetricDataResults: [none], NextToken: nil)
    }
}
