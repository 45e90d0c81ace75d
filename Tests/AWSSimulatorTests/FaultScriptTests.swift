import Testing

@testable import AWSSimulator

@Suite struct FaultScriptTests {
    private func kinds(_ faults: [Fault]) -> [String] { faults.map { "\($0)" } }

    @Test("Queued rules are used up one a request, in order; permanent ones stay") func order() {
        let script = FaultScript()
        script.add(.throttle, times: 2)
        script.add(.internalFailure)
        script.add(.slow(seconds: 1), times: nil)
        func take() -> [String] { kinds(script.take(.listMetrics, region: "r")) }
        #expect(take() == ["throttle", "slow(seconds: 1.0)"])
        #expect(take() == ["throttle", "slow(seconds: 1.0)"])
        #expect(take() == ["internalFailure", "slow(seconds: 1.0)"])
        #expect(take() == ["slow(seconds: 1.0)"])
        script.removeAll()
        #expect(take() == [])
    }

    @Test("Rules hold for their operation and Region only, after those skipped") func matching() {
        let script = FaultScript()
        script.add(.throttle, operation: .getMetricData, region: "a", skip: 1)
        #expect(script.take(.listMetrics, region: "a").isEmpty)
        #expect(script.take(.getMetricData, region: "b").isEmpty)
        #expect(script.take(.getMetricData, region: "a").isEmpty)
        #expect(script.take(.getMetricData, region: "a").count == 1)
        #expect(script.take(.getMetricData, region: "a").isEmpty)
    }

    @Test("A script holds a thousand rules, the newest") func bound() {
        let script = FaultScript()
        script.add(.accessDenied)
        for _ in 0..<FaultScript.maximumRules { script.add(.throttle) }
        #expect(kinds(script.take(.listMetrics, region: "")) == ["throttle"])
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
            (.accessDenied, .assumeRole, 403, "AccessDenied"),
            (.expiredToken, .listMetrics, 400, "ExpiredTokenException"),
            (.expiredToken, .getCallerIdentity, 403, "ExpiredToken"),
            (.error(status: 418, code: "Teapot", message: "<&>"), .getCallerIdentity, 418, "Teapot"),
        ]) func shapes(fault: Fault, operation: SimulatedOperation, status: Int, code: String) throws
    {
        let request: SimulatedRequest =
            switch operation.service {
            case .cloudWatch, .serviceQuotas: Signed.json(operation, "{}")
            case .bedrock:
                Signed.get(operation == .listFoundationModels ? "/foundation-models" : "/inference-profiles")
            case .securityTokens, .notifications:
                Signed.form("Action=\(operation.rawValue)&Version=2011-06-15")
            }
        let (response, entry) = SimulatedWorld(SimulatedScenario()).respond(
            to: request, now: midnight, takeFaults: { _, _ in [fault] })
        #expect(response.status == status)
        #expect(entry.errorCode == code)
        #expect(entry.status == status)
        let error = try #require(fault.error)
        switch operation.service.wireProtocol {
        case .json10:
            let side = status >= 500 ? "Receiver" : "Sender"
            #expect(response.header("x-amzn-query-error") == "\(error.queryCode);\(side)")
            #expect(
                response.text
                    == #"{"__type":"com.amazon.coral.service#\#(code)","message":"\#(error.message)"}"#)
        case .json11: #expect(response.text == #"{"__type":"\#(code)","Message":"\#(error.message)"}"#)
        case .restJSON:
            #expect(response.header("x-amzn-errortype") == code)
            #expect(response.text == #"{"message":"\#(error.message)"}"#)
        case .queryXML:
            #expect(response.text.contains("<Code>\(code)</Code>"))
            #expect(response.text.contains("<Message>\(XMLText.escaped(error.message))</Message>"))
        }
    }

    @Test("CloudWatch's throttle is `Throttling` with `Rate exceeded`") func throttling() {
        let response = SimulatedWorld(SimulatedScenario()).respond(
            to: Signed.json(.listMetrics, "{}"), now: midnight, takeFaults: { _, _ in [.throttle] }
        ).response
        #expect(response.header("x-amzn-query-error") == "Throttling;Sender")
        #expect(
            response.text
                == #"{"__type":"com.amazon.coral.service#ThrottlingException","message":"Rate exceeded"}"#)
    }

    @Test("Bodies can be cut, truncated, replaced and padded") func bodies() {
        func response(_ faults: Fault..., operation: SimulatedOperation = .listMetrics) -> SimulatedResponse {
            let request =
                operation == .listMetrics
                ? Signed.json(.listMetrics, "{}") : Signed.form("Action=GetCallerIdentity&Version=2011-06-15")
            return SimulatedWorld(SimulatedScenario()).respond(
                to: request, now: midnight, takeFaults: { _, _ in faults }
            ).response
        }
        let whole = #"{"Metrics":[]}"#
        #expect(response().text == whole)
        #expect(response(.truncatedBody(bytes: 5)).text == #"{"Met"#)
        #expect(response(.cutBody(afterBytes: 5)).ending == .cut(afterBytes: 5))
        #expect(response(.cutBody(afterBytes: 5)).text == whole)
        #expect(response(.hang).ending == .never)
        #expect(response(.slow(seconds: 2), .slow(seconds: 0.5)).delaySeconds == 2.5)
        let html = response(.htmlBody(status: 502))
        #expect(
            html.status == 502 && html.header("content-type") == "text/html" && html.text.hasPrefix("<html>"))
        let padded = response(.oversizedBody(bytes: 1000)).text
        #expect(padded.utf8.count == 1000 + whole.utf8.count && padded.hasSuffix(whole))
        #expect(response(.wrongTypes).text.contains(#""Metrics":{"Metric":7}"#))
        #expect(response(.wrongTypes, operation: .getCallerIdentity).text.hasPrefix("<Unexpected>"))
        #expect(response(.slow(seconds: 1), .throttle).status == 400)
    }

    @Test("A token loop reaches every paged operation") func tokenLoops() {
        for request in [
            Signed.json(.listMetrics, "{}"), Signed.json(.listServiceQuotas, #"{"ServiceCode":"bedrock"}"#),
            Signed.json(.listAWSDefaultServiceQuotas, #"{"ServiceCode":"bedrock"}"#),
            Signed.get("/inference-profiles"),
        ] {
            let world = SimulatedWorld(SimulatedScenario())
            let first = world.text(request, faults: [.tokenLoop])
            #expect(first.lowercased().contains(#""nexttoken":"p0g0g"#))
        }
    }
}
