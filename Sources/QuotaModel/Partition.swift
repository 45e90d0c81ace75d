/// A separate AWS with Regions and host names of its own (botocore's `partitions.json`).
package enum Partition: String, CaseIterable, Sendable {
    case aws
    case china = "aws-cn"
    case usGov = "aws-us-gov"
    case europeanSovereign = "aws-eusc"
    case iso = "aws-iso"
    case isoB = "aws-iso-b"
    case isoE = "aws-iso-e"
    case isoF = "aws-iso-f"

    /// The partition of a Region; an unknown prefix is taken as the commercial one, as AWS's SDKs do.
    package init(region: String) {
        let others = Self.allCases.filter { $0 != .aws }
        self = others.first { one in one.areas.contains { region.hasPrefix("\($0)-") } } ?? .aws
    }

    /// Whether some partition has Regions of such a name, also one that is newer than the list of today: an area of the
    /// partition, where in it, a number.
    package static func hasRegion(_ name: String) -> Bool {
        allCases.contains { partition in
            partition.areas.contains { area in
                guard name.hasPrefix("\(area)-") else { return false }
                let rest = name.utf8.dropFirst(area.utf8.count + 1)
                    .split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
                return rest.count == 2 && directions.contains(String(decoding: rest[0], as: UTF8.self))
                    && isNumber(rest[1])
            }
        }
    }

    private static func isNumber(_ text: Substring.UTF8View) -> Bool {
        (1...2).contains(text.count) && text.first != UInt8(ascii: "0")
            && text.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// What every Region so far is named after; botocore's patterns take any word.
    private static let directions: Set<String> = [
        "central", "east", "north", "northeast", "northwest", "south", "southeast", "southwest", "west",
    ]

    /// What a Region's name stands before in the addresses of its console; nil where it is not public.
    package var consoleDomain: String? {
        switch self {
        case .aws: "console.aws.amazon.com"
        case .china: "console.amazonaws.cn"
        case .usGov: "console.amazonaws-us-gov.com"
        case .europeanSovereign: "console.amazonaws-eusc.eu"
        case .iso, .isoB, .isoE, .isoF: nil
        }
    }

    /// How the partition's Regions begin.
    private var areas: [String] {
        switch self {
        case .aws: ["af", "ap", "ca", "eu", "il", "me", "mx", "sa", "us"]
        case .china: ["cn"]
        case .usGov: ["us-gov"]
        case .europeanSovereign: ["eusc-de"]
        case .iso: ["us-iso"]
        case .isoB: ["us-isob"]
        case .isoE: ["eu-isoe"]
        case .isoF: ["us-isof"]
        }
    }

    /// The Regions of botocore 1.43, ascending.
    package var regions: [String] {
        switch self {
        case .aws:
            [
                "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
                "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
                "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1",
                "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2",
                "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1",
                "mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
            ]
        case .china: ["cn-north-1", "cn-northwest-1"]
        case .usGov: ["us-gov-east-1", "us-gov-west-1"]
        case .europeanSovereign: ["eusc-de-east-1"]
        case .iso: ["us-iso-east-1", "us-iso-west-1"]
        case .isoB: ["us-isob-east-1", "us-isob-west-1"]
        case .isoE: ["eu-isoe-west-1"]
        case .isoF: ["us-isof-east-1", "us-isof-south-1"]
        }
    }
}
