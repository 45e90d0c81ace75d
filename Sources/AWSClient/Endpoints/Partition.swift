/// A separate AWS with Regions and host names of its own (botocore's `partitions.json`).
enum Partition: String, CaseIterable, Sendable {
    case aws
    case china = "aws-cn"
    case usGov = "aws-us-gov"
    case europeanSovereign = "aws-eusc"
    case iso = "aws-iso"
    case isoB = "aws-iso-b"
    case isoE = "aws-iso-e"
    case isoF = "aws-iso-f"

    /// The partition of a Region; an unknown prefix is taken as the commercial one, as AWS's SDKs do.
    init(region: String) {
        let prefixes: [(String, Partition)] = [
            ("cn-", .china), ("us-gov-", .usGov), ("eusc-", .europeanSovereign), ("us-iso-", .iso),
            ("us-isob-", .isoB), ("eu-isoe-", .isoE), ("us-isof-", .isoF),
        ]
        self = prefixes.first { region.hasPrefix($0.0) }?.1 ?? .aws
    }

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
