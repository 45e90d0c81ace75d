import HTTPClient
import QuotaModel
import System

/// Where a service of one Region is reached and what its requests are signed for.
package struct Endpoint: Equatable, Sendable {
    /// Scheme, host, port and perhaps a path, without a trailing slash.
    package let url: String
    /// Host and port, for messages and for what is remembered per host.
    package let host: String
    /// The Region of the credential scope.
    package let signingRegion: String
    /// The service of the credential scope.
    package let signingName: String
}

/// Why there is no endpoint.
package struct EndpointError: Error, Equatable, Sendable {
    /// A sentence that names what is wrong, without the URL.
    package let reason: String
}

/// Resolves services and Regions to endpoints, from the account's settings, the environment and the profile.
///
/// Order: the account's `endpoint_url`, `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the profile's value
/// for the service, the profile's value for all, AWS's own host names.
/// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true` skips all but the first and the last.
package struct EndpointResolver: Equatable, Sendable {
    private let accountURL: String?
    private let serviceURLs: [AWSService: String]
    private let usesFIPS: Bool
    private let usesDualStack: Bool

    /// - Parameters:
    ///   - accountURL: `endpoint_url` of our own configuration.
    ///   - environment: the process environment.
    ///   - profile: what the AWS config file says for the profile in use.
    package init(
        accountURL: String? = nil, environment: [String: String] = [:], profile: ProfileEndpoints = .init()
    ) {
        self.accountURL = accountURL.flatMap { $0.isEmpty ? nil : $0 }
        let ignored =
            Self.flag(environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]) ?? profile.ignoresConfiguredURLs
            ?? false
        serviceURLs = ignored ? [:] : Self.serviceURLs(environment: environment, profile: profile)
        usesFIPS = Self.flag(environment["AWS_USE_FIPS_ENDPOINT"]) ?? profile.usesFIPS ?? false
        usesDualStack = Self.flag(environment["AWS_USE_DUALSTACK_ENDPOINT"]) ?? profile.usesDualStack ?? false
    }

    /// The endpoint of a service in a Region; throws for a Region or URL that cannot be one.
    package func endpoint(of service: AWSService, in region: String) throws(EndpointError) -> Endpoint {
        guard Self.isValidRegion(region) else {
            throw EndpointError(reason: "\"\(MessageText.bounded(region, limit: 40))\" is not a Region name")
        }
        let url: String
        if let configured = accountURL ?? serviceURLs[service] {
            url = try Self.checked(configured)
        } else {
            url = "https://" + hostName(of: service, in: region)
        }
        return Endpoint(
            url: url, host: HostName.of(url: url), signingRegion: region, signingName: service.signingName)
    }

    /// The host name by AWS's endpoint rules (botocore's `endpoint-rule-set-1.json` of each service).
    private func hostName(of service: AWSService, in region: String) -> String {
        let partition = Partition(region: region)
        let prefix = service.hostPrefix + (hasFIPSName(service, in: partition) ? "-fips" : "")
        let suffix = usesDualStack ? partition.dualStackSuffix : partition.suffix
        return "\(prefix).\(region).\(suffix)"
    }

    /// In us-gov the plain names are FIPS endpoints themselves, but for Bedrock and links; of the dual-stack ones only
    /// CloudWatch's.
    private func hasFIPSName(_ service: AWSService, in partition: Partition) -> Bool {
        guard usesFIPS else { return false }
        guard partition == .usGov else { return true }
        return switch service {
        case .bedrock, .oam: true
        case .cloudWatch: false
        case .serviceQuotas, .sts, .sns, .logs, .organizations: usesDualStack
        }
    }

    /// A Region becomes part of a host name, so nothing but `[a-z0-9-]` may be in it.
    package static func isValidRegion(_ region: String) -> Bool {
        (1...40).contains(region.utf8.count) && !region.hasPrefix("-") && !region.hasSuffix("-")
            && region.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            }
    }

    private static func serviceURLs(
        environment: [String: String], profile: ProfileEndpoints
    ) -> [AWSService: String] {
        var urls = [AWSService: String]()
        for service in AWSService.allCases {
            let candidates = [
                environment["AWS_ENDPOINT_URL_" + service.environmentSuffix], environment["AWS_ENDPOINT_URL"],
                profile.serviceURLs[service], profile.url,
            ]
            urls[service] = candidates.compactMap { $0 }.first { !$0.isEmpty }
        }
        return urls
    }

    /// `true` and `false` in any case, as botocore reads them; nil for anything else.
    private static func flag(_ text: String?) -> Bool? {
        switch text?.lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// `http://` or `https://`, a host, no user, query or fragment (RFC 3986 section 3), nothing but visible
    /// ASCII.
    private static func checked(_ text: String) throws(EndpointError) -> String {
        let scheme = ["https://", "http://"].first { text.lowercased().hasPrefix($0) }
        guard let scheme else {
            throw EndpointError(reason: "the endpoint URL does not start with http:// or https://")
        }
        var rest = text.dropFirst(scheme.utf8.count)
        while rest.hasSuffix("/") { rest.removeLast() }
        let isPlain = rest.utf8.allSatisfy {
            (0x21...0x7e).contains($0) && !"?#@\\\"<>^`{|}%".utf8.contains($0)
        }
        guard isPlain, !rest.isEmpty, !rest.hasPrefix("/"), !rest.hasPrefix(":") else {
            throw EndpointError(
                reason: "the endpoint URL must be scheme, host, port and path and nothing else")
        }
        return scheme + rest
    }
}

/// The endpoint keys of one profile in the AWS config file.
package struct ProfileEndpoints: Equatable, Sendable {
    /// `endpoint_url`.
    package var url: String?
    /// `endpoint_url` under the service's name in the profile's `services` section.
    package var serviceURLs: [AWSService: String]
    /// `ignore_configured_endpoint_urls`.
    package var ignoresConfiguredURLs: Bool?
    /// `use_fips_endpoint`.
    package var usesFIPS: Bool?
    /// `use_dualstack_endpoint`.
    package var usesDualStack: Bool?

    package init(
        url: String? = nil, serviceURLs: [AWSService: String] = [:], ignoresConfiguredURLs: Bool? = nil,
        usesFIPS: Bool? = nil, usesDualStack: Bool? = nil
    ) {
        self.url = url
        self.serviceURLs = serviceURLs
        self.ignoresConfiguredURLs = ignoresConfiguredURLs
        self.usesFIPS = usesFIPS
        self.usesDualStack = usesDualStack
    }
}

/// The AWS services that are called, with the names that AWS gives them in each place.
package enum AWSService: String, CaseIterable, Sendable {
    case cloudWatch = "cloudwatch"
    case serviceQuotas = "servicequotas"
    case bedrock
    case sts
    case sns
    case logs
    /// One endpoint a partition: requests name its Region, `Partition.organizationsRegion`.
    case organizations
    case oam

    /// First label of the host name.
    var hostPrefix: String {
        switch self {
        case .cloudWatch: "monitoring"
        case .serviceQuotas: "servicequotas"
        case .bedrock: "bedrock"
        case .sts: "sts"
        case .sns: "sns"
        case .logs: "logs"
        case .organizations: "organizations"
        case .oam: "oam"
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
        case .logs: "CLOUDWATCH_LOGS"
        case .organizations: "ORGANIZATIONS"
        case .oam: "OAM"
        }
    }
}

extension Partition {
    /// Where Organizations answers for the whole partition (botocore's rule set of `organizations`).
    package var organizationsRegion: String {
        switch self {
        case .aws: "us-east-1"
        case .china: "cn-northwest-1"
        case .usGov: "us-gov-west-1"
        case .europeanSovereign: "eusc-de-east-1"
        case .iso: "us-iso-east-1"
        case .isoB: "us-isob-east-1"
        case .isoE: "eu-isoe-west-1"
        case .isoF: "us-isof-south-1"
        }
    }

    /// The end of the partition's host names.
    var suffix: String {
        switch self {
        case .aws, .usGov: "amazonaws.com"
        case .china: "amazonaws.com.cn"
        case .europeanSovereign: "amazonaws.eu"
        case .iso: "c2s.ic.gov"
        case .isoB: "sc2s.sgov.gov"
        case .isoE: "cloud.adc-e.uk"
        case .isoF: "csp.hci.ic.gov"
        }
    }

    /// Suffix of the endpoints that answer on IPv4 and IPv6.
    var dualStackSuffix: String {
        switch self {
        case .aws, .usGov: "api.aws"
        case .china: "api.amazonwebservices.com.cn"
        case .europeanSovereign: "api.amazonwebservices.eu"
        case .iso: "api.aws.ic.gov"
        case .isoB: "api.aws.scloud"
        case .isoE: "api.cloud-aws.adc-e.uk"
        case .isoF: "api.aws.hci.ic.gov"
        }
    }
}

/// The names of AWS Regions. New ones appear, so what fits a partition is allowed, and the list of today only suggests.
package enum RegionName {
    /// What all names match, for a schema.
    package static let pattern = "^[a-z]{2,}(-[a-z]+)+-[0-9]+$"

    /// What is wrong with a name that was typed; nil for a good one.
    package static func problem(_ text: String) -> String? {
        guard !Partition.hasRegion(text) else { return nil }
        let known = Partition.allCases.flatMap(\.regions)
        let near = Suggestion.nearest(to: text, in: known).map { "did you mean \($0)? " } ?? ""
        return "\(Shown.value(text)) is not a Region of AWS; \(near)allowed: a name such as ap-southeast-1"
    }
}
