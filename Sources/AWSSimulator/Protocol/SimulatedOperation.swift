/// An AWS service that is played here; the raw value is its SigV4 signing name.
package enum SimulatedService: String, CaseIterable, Sendable {
    case cloudWatch = "monitoring"
    case serviceQuotas = "servicequotas"
    case bedrock = "bedrock"
    case securityTokens = "sts"
    case notifications = "sns"

    /// What the answers are written in.
    enum WireProtocol: Sendable {
        case json10, json11, restJSON, queryXML
    }

    var wireProtocol: WireProtocol {
        switch self {
        case .cloudWatch: .json10
        case .serviceQuotas: .json11
        case .bedrock: .restJSON
        case .securityTokens, .notifications: .queryXML
        }
    }

    var contentType: String {
        switch wireProtocol {
        case .json10: "application/x-amz-json-1.0"
        case .json11: "application/x-amz-json-1.1"
        case .restJSON: "application/json"
        case .queryXML: "text/xml"
        }
    }

    /// What `X-Amz-Target` begins with, for the two services that use it.
    var targetPrefix: String? {
        switch self {
        case .cloudWatch: "GraniteServiceVersion20100801."
        case .serviceQuotas: "ServiceQuotasV20190624."
        case .bedrock, .securityTokens, .notifications: nil
        }
    }
}

/// An operation that is played here; the raw value is AWS's name for it.
package enum SimulatedOperation: String, CaseIterable, Sendable {
    case listMetrics = "ListMetrics"
    case getMetricData = "GetMetricData"
    case listServiceQuotas = "ListServiceQuotas"
    case listAWSDefaultServiceQuotas = "ListAWSDefaultServiceQuotas"
    case listInferenceProfiles = "ListInferenceProfiles"
    case listFoundationModels = "ListFoundationModels"
    case getCallerIdentity = "GetCallerIdentity"
    case assumeRole = "AssumeRole"
    case assumeRoleWithWebIdentity = "AssumeRoleWithWebIdentity"
    case publish = "Publish"

    package var service: SimulatedService {
        switch self {
        case .listMetrics, .getMetricData: .cloudWatch
        case .listServiceQuotas, .listAWSDefaultServiceQuotas: .serviceQuotas
        case .listInferenceProfiles, .listFoundationModels: .bedrock
        case .getCallerIdentity, .assumeRole, .assumeRoleWithWebIdentity: .securityTokens
        case .publish: .notifications
        }
    }

    /// AssumeRoleWithWebIdentity carries its proof in the body; every other operation must be signed.
    var isSigned: Bool { self != .assumeRoleWithWebIdentity }
}

/// Where a request is meant to go, read from its shape alone.
enum Route {
    /// The service that a request addresses when its signature does not say so.
    static func unsignedService(of request: SimulatedRequest) -> SimulatedService {
        if let target = request.header("x-amz-target") {
            let match = SimulatedService.allCases.first { service in
                service.targetPrefix.map { target.hasPrefix($0) } ?? false
            }
            return match ?? .cloudWatch
        }
        if request.method == "GET", request.path != "/" { return .bedrock }
        let action = FormBody.parameters(of: request)["Action"]
        return action == SimulatedOperation.publish.rawValue ? .notifications : .securityTokens
    }

    /// The operation of a request to this service, or nil for one that the service does not have here.
    static func operation(of request: SimulatedRequest, service: SimulatedService) -> SimulatedOperation? {
        guard let name = operationName(of: request, service: service),
            let operation = SimulatedOperation(rawValue: name), operation.service == service
        else { return nil }
        return operation
    }

    private static func operationName(of request: SimulatedRequest, service: SimulatedService) -> String? {
        switch service.wireProtocol {
        case .json10, .json11:
            guard request.method == "POST", request.path == "/", let prefix = service.targetPrefix,
                let target = request.header("x-amz-target"), target.hasPrefix(prefix)
            else { return nil }
            return String(target.dropFirst(prefix.count))
        case .restJSON:
            guard request.method == "GET" else { return nil }
            switch request.path {
            case "/inference-profiles": return SimulatedOperation.listInferenceProfiles.rawValue
            case "/foundation-models": return SimulatedOperation.listFoundationModels.rawValue
            default: return nil
            }
        case .queryXML:
            return FormBody.parameters(of: request)["Action"]
        }
    }
}
