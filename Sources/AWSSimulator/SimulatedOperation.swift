/// An AWS service that is played here; the raw value is its SigV4 signing name.
package enum SimulatedService: String, CaseIterable, Sendable {
    case cloudWatch = "monitoring"
    case serviceQuotas = "servicequotas"
    case bedrock = "bedrock"
    case securityTokens = "sts"

    /// What the answers are written in.
    enum WireProtocol: Sendable {
        case json10, json11, restJSON, queryXML
    }

    var wireProtocol: WireProtocol {
        switch self {
        case .cloudWatch: .json10
        case .serviceQuotas: .json11
        case .bedrock: .restJSON
        case .securityTokens: .queryXML
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
        case .bedrock, .securityTokens: nil
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
    case listCustomModelDeployments = "ListCustomModelDeployments"
    case listCustomModels = "ListCustomModels"
    case listTagsForResource = "ListTagsForResource"
    case listModelInvocationJobs = "ListModelInvocationJobs"
    case getModelInvocationLoggingConfiguration = "GetModelInvocationLoggingConfiguration"
    case getCallerIdentity = "GetCallerIdentity"

    package var service: SimulatedService {
        switch self {
        case .listMetrics, .getMetricData: .cloudWatch
        case .listServiceQuotas, .listAWSDefaultServiceQuotas: .serviceQuotas
        case .listInferenceProfiles, .listFoundationModels, .listCustomModelDeployments, .listCustomModels,
            .listTagsForResource, .listModelInvocationJobs, .getModelInvocationLoggingConfiguration:
            .bedrock
        case .getCallerIdentity: .securityTokens
        }
    }
}

extension SimulatedService {
    /// The service that the shape of a request addresses.
    init(addressedBy request: SimulatedRequest) {
        if let target = request.header("x-amz-target") {
            self =
                Self.allCases.first { $0.targetPrefix.map(target.hasPrefix) ?? false } ?? .cloudWatch
        } else {
            self = request.path != "/" ? .bedrock : .securityTokens
        }
    }
}

extension SimulatedOperation {
    /// The operation of a request to this service, or nil for one that the service does not have here.
    init?(_ request: SimulatedRequest, of service: SimulatedService) {
        guard let name = Self.name(in: request, of: service), let operation = Self(rawValue: name),
            operation.service == service
        else { return nil }
        self = operation
    }

    private static func name(in request: SimulatedRequest, of service: SimulatedService) -> String? {
        switch service.wireProtocol {
        case .json10, .json11:
            guard request.method == "POST", request.path == "/", let prefix = service.targetPrefix,
                let target = request.header("x-amz-target"), target.hasPrefix(prefix)
            else { return nil }
            return String(target.dropFirst(prefix.count))
        case .restJSON:
            switch request.path {
            case "/inference-profiles": return Self.listInferenceProfiles.rawValue
            case "/listTagsForResource":
                return request.method == "POST" ? Self.listTagsForResource.rawValue : nil
            case "/foundation-models": return Self.listFoundationModels.rawValue
            case "/model-customization/custom-model-deployments":
                return Self.listCustomModelDeployments.rawValue
            case "/custom-models": return Self.listCustomModels.rawValue
            case "/model-invocation-jobs": return Self.listModelInvocationJobs.rawValue
            case "/logging/modelinvocations": return Self.getModelInvocationLoggingConfiguration.rawValue
            default: return nil
            }
        case .queryXML:
            let parameters = request.body.split(separator: UInt8(ascii: "&")).map {
                String(decoding: $0, as: UTF8.self)
            }
            guard parameters.contains("Version=2011-06-15") else { return nil }
            return parameters.first { $0.hasPrefix("Action=") }.map { String($0.dropFirst(7)) }
        }
    }
}
