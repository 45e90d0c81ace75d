/// The AWS services that are called, with the names that AWS gives them in each place.
package enum AWSService: String, CaseIterable, Sendable {
    case cloudWatch = "cloudwatch"
    case serviceQuotas = "servicequotas"
    case bedrock
    case sts
    case sns

    /// First label of the host name.
    var hostPrefix: String {
        switch self {
        case .cloudWatch: "monitoring"
        case .serviceQuotas: "servicequotas"
        case .bedrock: "bedrock"
        case .sts: "sts"
        case .sns: "sns"
        }
    }

    /// The service in a Signature Version 4 credential scope.
    var signingName: String { hostPrefix }

    /// Suffix of `AWS_ENDPOINT_URL_…`; in lower case the key in a `services` section of the AWS config file.
    package var environmentSuffix: String {
        switch self {
        case .cloudWatch: "CLOUDWATCH"
        case .serviceQuotas: "SERVICE_QUOTAS"
        case .bedrock: "BEDROCK"
        case .sts: "STS"
        case .sns: "SNS"
        }
    }
}
