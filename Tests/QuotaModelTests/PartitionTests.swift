import Testing

@testable import QuotaModel

@Suite("Partitions of AWS")
struct PartitionTests {
    @Test("every Region of the list is its partition's own, and allowed", arguments: Partition.allCases)
    func list(partition: Partition) {
        #expect(partition.regions == partition.regions.sorted() && !partition.regions.isEmpty)
        for region in partition.regions {
            #expect(Partition(region: region) == partition && Partition.hasRegion(region), "\(region)")
        }
    }

    @Test("a Region that is newer than the list is allowed, a slip of the fingers is not")
    func names() {
        for new in ["us-north-1", "ap-southeast-9", "us-gov-central-1", "mx-west-12", "eusc-de-west-1"] {
            #expect(Partition.hasRegion(new), "\(new)")
        }
        for slip in [
            "", "us-esat-1", "us-east", "us-east-", "us-east-01", "us-east-1 ", "us-east-1a", "useast-1",
            "US-EAST-1",
            "us-iso-1", "us-isox-east-1", "cn-north-1-1", "us-east-\u{661}",
        ] {
            #expect(!Partition.hasRegion(slip), "\(slip)")
        }
    }

    @Test("the console has a name of its own in each public partition, and none that is known in others")
    func console() {
        let domains = [
            "us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1", "us-iso-east-1", "us-isob-east-1",
        ]
        .map { Partition(region: $0).consoleDomain }
        #expect(
            domains == [
                "console.aws.amazon.com", "console.amazonaws.cn", "console.amazonaws-us-gov.com",
                "console.amazonaws-eusc.eu", nil, nil,
            ])
    }
}
