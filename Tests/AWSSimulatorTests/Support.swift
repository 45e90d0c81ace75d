import FoundationEssentials
import Testing

@testable import AWSSimulator

/// 2026-11-24T00:00:00Z, a Tuesday.
let midnight = 1_795_478_400.0
let midnightMinute = 29_924_640

/// Requests as a client would sign them; the signature's digits are arbitrary, since only the shape is checked.
enum Signed {
    static func headers(
        _ service: SimulatedService, region: String = "ap-southeast-1", now: Double = midnight,
        key: String = "AKIDEXAMPLE",
        token: String? = nil
    ) -> [(name: String, value: String)] {
        let time = CivilTime(epochSeconds: Int(now))
        var signed = "host;x-amz-date"
        var headers = [(name: "Host", value: "127.0.0.1:1"), (name: "X-Amz-Date", value: time.basicFormat)]
        if let token {
            signed += ";x-amz-security-token"
            headers.append(("X-Amz-Security-Token", token))
        }
        let scope = "\(key)/\(time.basicDate)/\(region)/\(service.rawValue)/aws4_request"
        let signature = String(repeating: "0123456789abcdef", count: 4)
        headers.append(
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=\(scope), SignedHeaders=\(signed), Signature=\(signature)"
            ))
        return headers
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

    static func form(_ body: String, key: String = "AKIDEXAMPLE", token: String? = nil) -> SimulatedRequest {
        SimulatedRequest(headers: headers(.securityTokens, key: key, token: token), body: Array(body.utf8))
    }
}

extension SimulatedResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}

extension SimulatedWorld {
    /// The text of an answer, whatever its status.
    func text(_ request: SimulatedRequest, now: Double = midnight, faults: [Fault] = []) -> String {
        respond(to: request, now: now, takeFaults: { _, _ in faults }).response.text
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
