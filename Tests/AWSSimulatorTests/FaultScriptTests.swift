import SimulatedFaults
import Testing

@testable import AWSSimulator

@Suite struct FaultScriptTests {
    private func answer(
        _ script: FaultScript, _ operation: SimulatedOperation = .listMetrics, region: String = "r"
    ) -> SimulatedResponse {
        let request: SimulatedRequest =
            switch operation.service {
            case .cloudWatch, .serviceQuotas: Signed.json(operation, "{}", region: region)
            case .bedrock:
                Signed.get(operation == .listFoundationModels ? "/foundation-models" : "/inference-profiles")
            case .securityTokens: Signed.form("Action=\(operation.rawValue)&Version=2011-06-15")
            }
        return SimulatedWorld(SimulatedScenario()).respond(to: request, now: midnight, hook: script).response
    }

    private func answer(
        _ fault: Fault, _ operation: SimulatedOperation = .listMetrics
    ) -> SimulatedResponse {
        let script = FaultScript()
        script.add(fault)
        return answer(script, operation)
    }

    @Test("Queued rules are used up one a request, in order; permanent ones stay") func order() {
        let script = FaultScript()
        script.add(.serviceUnavailable, times: 2)
        script.add(.internalFailure)
        script.add(.wrongTypes, times: nil)
        #expect((0..<4).map { _ in answer(script).status } == [503, 503, 500, 200])
        #expect(answer(script).text.contains(#""Metrics":{"Metric":7}"#))
        script.removeAll()
        #expect(answer(script).text == #"{"Metrics":[]}"#)
    }

    @Test("Rules hold for their operation and Region only, after those skipped") func matching() {
        let script = FaultScript()
        script.add(.serviceUnavailable, operation: .getMetricData, region: "a", skip: 1)
        #expect(answer(script, .listMetrics, region: "a").status == 200)
        for (region, status) in [("b", 400), ("a", 400), ("a", 503), ("a", 400)] {
            #expect(answer(script, .getMetricData, region: region).status == status)
        }
    }

    @Test(
        "Errors come in the shape of each protocol",
        arguments: [
            (Fault.throttle, SimulatedOperation.getMetricData, 400, "ThrottlingException"),
            (.throttle, .listServiceQuotas, 400, "TooManyRequestsException"),
            (.throttle, .listFoundationModels, 429, "ThrottlingException"),
            (.throttle, .getCallerIdentity, 400, "Throttling"),
            (.internalFailure, .getMetricData, 500, "InternalFailure"),
            (.internalFailure, .listServiceQuotas, 500, "ServiceException"),
            (.serviceUnavailable, .listMetrics, 503, "ServiceUnavailableException"),
            (.accessDenied, .getMetricData, 400, "AccessDeniedException"),
            (.accessDenied, .listInferenceProfiles, 403, "AccessDeniedException"),
            (.accessDenied, .getCallerIdentity, 403, "AccessDenied"),
            (.expiredToken, .listMetrics, 400, "ExpiredTokenException"),
            (.expiredToken, .getCallerIdentity, 403, "ExpiredToken"),
        ]) func shapes(fault: Fault, operation: SimulatedOperation, status: Int, code: String) throws
    {
        let response = answer(fault, operation)
        #expect(response.status == status)
        switch operation.service.wireProtocol {
        case .json10:
            #expect(
                response.header("x-amzn-query-error")?.hasSuffix(status >= 500 ? ";Receiver" : ";Sender")
                    == true)
            #expect(
                response.text.hasPrefix(#"{"__type":"com.amazon.coral.service#\#(code)","message":""#))
        case .json11: #expect(response.text.hasPrefix(#"{"__type":"\#(code)","Message":""#))
        case .restJSON:
            #expect(response.header("x-amzn-errortype") == code)
            #expect(response.text.hasPrefix(#"{"message":""#))
        case .queryXML: #expect(response.text.contains("<Code>\(code)</Code>"))
        }
    }

    @Test("CloudWatch's throttle is `Throttling` with `Rate exceeded`") func throttling() {
        let response = answer(.throttle)
        #expect(response.header("x-amzn-query-error") == "Throttling;Sender")
        #expect(
            response.text
                == #"{"__type":"com.amazon.coral.service#ThrottlingException","message":"Rate exceeded"}"#)
    }

    @Test("Bodies can be truncated and replaced") func bodies() {
        #expect(answer(.truncatedBody(bytes: 5)).text == #"{"Met"#)
        let html = answer(.htmlBody(status: 502))
        #expect(
            html.status == 502 && html.header("content-type") == "text/html" && html.text.hasPrefix("<html>"))
        #expect(answer(.wrongTypes, .getCallerIdentity).text.hasPrefix("<Unexpected>"))
    }

    private func asked(_ metrics: [String], _ fault: Fault) -> (status: Int, answer: MetricDataAnswer?) {
        var scenario = SimulatedScenario()
        scenario.series = SimulatedSeries.table([
            "ap-southeast-1": [
                "m": ["Invocations": [midnightMinute - 1: 2], "InputTokenCount": [midnightMinute - 1: 3]]
            ]
        ])
        let queries = metrics.enumerated().map { MetricDataBody.query("q\($0)", $1) }
        let body = MetricDataBody.body(queries, start: Int(midnight) - 600, end: Int(midnight))
        let script = FaultScript()
        script.add(fault)
        let response = SimulatedWorld(scenario).respond(
            to: Signed.json(.getMetricData, body), now: midnight, hook: script
        ).response
        return (response.status, response.status == 200 ? metricData(response.text) : nil)
    }

    @Test("Faults of single queries leave the others alone") func queryFaults() throws {
        func outcomes(_ fault: Fault) throws -> [String] {
            let answer = try #require(asked(["Invocations", "InputTokenCount"], fault).answer)
            return answer.MetricDataResults.map { "\($0.StatusCode) \($0.Values.count)" }
        }
        #expect(
            try outcomes(.queryInternalError(.metric("Invocations"))) == ["InternalError 0", "Complete 1"])
        #expect(try outcomes(.queryForbidden(.metric("InputTokenCount"))) == ["Complete 1", "Forbidden 0"])
        for match in [Fault.QueryMatch.modelID("m"), .all] {
            #expect(try outcomes(.queryForbidden(match)) == ["Forbidden 0", "Forbidden 0"])
        }
    }

    @Test("A metric can be made invalid, so that only batches with it are refused") func poisonedMetric() {
        let fault = Fault.validationErrorForMetric("InvocationThrottles")
        #expect(asked(["Invocations"], fault).status == 200)
        #expect(asked(["Invocations", "InvocationThrottles"], fault).status == 400)
    }
}
