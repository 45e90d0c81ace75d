import Testing

@testable import AWSClient

@Suite("Endpoints")
struct EndpointTests {
    private func host(
        _ service: AWSService, _ region: String, fips: Bool = false, dualStack: Bool = false
    ) throws -> String {
        let resolver = EndpointResolver(
            environment: [
                "AWS_USE_FIPS_ENDPOINT": fips ? "true" : "false",
                "AWS_USE_DUALSTACK_ENDPOINT": dualStack ? "True" : "false",
            ])
        return try resolver.endpoint(of: service, in: region).host
    }

    /// Plain, FIPS, dual stack, both; from botocore's endpoint rule sets.
    private static let hosts: [(AWSService, String, [String])] = [
        (
            .cloudWatch, "us-east-1",
            [
                "monitoring.us-east-1.amazonaws.com", "monitoring-fips.us-east-1.amazonaws.com",
                "monitoring.us-east-1.api.aws", "monitoring-fips.us-east-1.api.aws",
            ]
        ),
        (
            .cloudWatch, "cn-north-1",
            [
                "monitoring.cn-north-1.amazonaws.com.cn", "monitoring-fips.cn-north-1.amazonaws.com.cn",
                "monitoring.cn-north-1.api.amazonwebservices.com.cn",
                "monitoring-fips.cn-north-1.api.amazonwebservices.com.cn",
            ]
        ),
        (
            .cloudWatch, "us-gov-west-1",
            [
                "monitoring.us-gov-west-1.amazonaws.com", "monitoring.us-gov-west-1.amazonaws.com",
                "monitoring.us-gov-west-1.api.aws", "monitoring.us-gov-west-1.api.aws",
            ]
        ),
        (
            .cloudWatch, "eusc-de-east-1",
            [
                "monitoring.eusc-de-east-1.amazonaws.eu", "monitoring-fips.eusc-de-east-1.amazonaws.eu",
                "monitoring.eusc-de-east-1.api.amazonwebservices.eu",
                "monitoring-fips.eusc-de-east-1.api.amazonwebservices.eu",
            ]
        ),
        (
            .cloudWatch, "us-iso-east-1",
            [
                "monitoring.us-iso-east-1.c2s.ic.gov", "monitoring-fips.us-iso-east-1.c2s.ic.gov",
                "monitoring.us-iso-east-1.api.aws.ic.gov", "monitoring-fips.us-iso-east-1.api.aws.ic.gov",
            ]
        ),
        (
            .cloudWatch, "us-isob-east-1",
            [
                "monitoring.us-isob-east-1.sc2s.sgov.gov", "monitoring-fips.us-isob-east-1.sc2s.sgov.gov",
                "monitoring.us-isob-east-1.api.aws.scloud", "monitoring-fips.us-isob-east-1.api.aws.scloud",
            ]
        ),
        (
            .cloudWatch, "eu-isoe-west-1",
            ["monitoring.eu-isoe-west-1.cloud.adc-e.uk", "monitoring-fips.eu-isoe-west-1.cloud.adc-e.uk"]
        ),
        (
            .cloudWatch, "us-isof-south-1",
            ["monitoring.us-isof-south-1.csp.hci.ic.gov", "monitoring-fips.us-isof-south-1.csp.hci.ic.gov"]
        ),
        (
            .serviceQuotas, "ap-southeast-3",
            [
                "servicequotas.ap-southeast-3.amazonaws.com",
                "servicequotas-fips.ap-southeast-3.amazonaws.com", "servicequotas.ap-southeast-3.api.aws",
                "servicequotas-fips.ap-southeast-3.api.aws",
            ]
        ),
        (
            .serviceQuotas, "us-gov-east-1",
            [
                "servicequotas.us-gov-east-1.amazonaws.com", "servicequotas.us-gov-east-1.amazonaws.com",
                "servicequotas.us-gov-east-1.api.aws", "servicequotas-fips.us-gov-east-1.api.aws",
            ]
        ),
        (
            .bedrock, "ap-east-2",
            [
                "bedrock.ap-east-2.amazonaws.com", "bedrock-fips.ap-east-2.amazonaws.com",
                "bedrock.ap-east-2.api.aws", "bedrock-fips.ap-east-2.api.aws",
            ]
        ),
        (
            .bedrock, "us-gov-west-1",
            [
                "bedrock.us-gov-west-1.amazonaws.com", "bedrock-fips.us-gov-west-1.amazonaws.com",
                "bedrock.us-gov-west-1.api.aws", "bedrock-fips.us-gov-west-1.api.aws",
            ]
        ),
        (
            .sts, "us-east-1",
            [
                "sts.us-east-1.amazonaws.com", "sts-fips.us-east-1.amazonaws.com", "sts.us-east-1.api.aws",
                "sts-fips.us-east-1.api.aws",
            ]
        ),
        (
            .sts, "us-gov-west-1",
            [
                "sts.us-gov-west-1.amazonaws.com", "sts.us-gov-west-1.amazonaws.com",
                "sts.us-gov-west-1.api.aws", "sts-fips.us-gov-west-1.api.aws",
            ]
        ),
        (
            .sns, "us-gov-west-1",
            [
                "sns.us-gov-west-1.amazonaws.com", "sns.us-gov-west-1.amazonaws.com",
                "sns.us-gov-west-1.api.aws", "sns-fips.us-gov-west-1.api.aws",
            ]
        ),
        (
            .logs, "us-gov-west-1",
            [
                "logs.us-gov-west-1.amazonaws.com", "logs.us-gov-west-1.amazonaws.com",
                "logs.us-gov-west-1.api.aws", "logs-fips.us-gov-west-1.api.aws",
            ]
        ),
        (
            .logs, "us-east-1",
            [
                "logs.us-east-1.amazonaws.com", "logs-fips.us-east-1.amazonaws.com",
                "logs.us-east-1.api.aws", "logs-fips.us-east-1.api.aws",
            ]
        ),
        (
            .sns, "cn-north-1",
            [
                "sns.cn-north-1.amazonaws.com.cn", "sns-fips.cn-north-1.amazonaws.com.cn",
                "sns.cn-north-1.api.amazonwebservices.com.cn",
                "sns-fips.cn-north-1.api.amazonwebservices.com.cn",
            ]
        ),
        (
            .oam, "us-gov-west-1",
            [
                "oam.us-gov-west-1.amazonaws.com", "oam-fips.us-gov-west-1.amazonaws.com",
                "oam.us-gov-west-1.api.aws", "oam-fips.us-gov-west-1.api.aws",
            ]
        ),
        (
            .organizations, "us-east-1",
            [
                "organizations.us-east-1.amazonaws.com", "organizations-fips.us-east-1.amazonaws.com",
                "organizations.us-east-1.api.aws", "organizations-fips.us-east-1.api.aws",
            ]
        ),
        (
            .organizations, "us-gov-west-1",
            [
                "organizations.us-gov-west-1.amazonaws.com", "organizations.us-gov-west-1.amazonaws.com",
                "organizations.us-gov-west-1.api.aws", "organizations-fips.us-gov-west-1.api.aws",
            ]
        ),
        (
            .organizations, "cn-northwest-1",
            [
                "organizations.cn-northwest-1.amazonaws.com.cn",
                "organizations-fips.cn-northwest-1.amazonaws.com.cn",
                "organizations.cn-northwest-1.api.amazonwebservices.com.cn",
                "organizations-fips.cn-northwest-1.api.amazonwebservices.com.cn",
            ]
        ),
    ]

    @Test("host names are those of AWS's rule sets", arguments: hosts)
    func hostNames(service: AWSService, region: String, expected: [String]) throws {
        let variants = [(false, false), (true, false), (false, true), (true, true)]
        for ((fips, dualStack), name) in zip(variants, expected) {
            #expect(try host(service, region, fips: fips, dualStack: dualStack) == name)
        }
    }

    @Test("an endpoint carries what its requests are signed for")
    func signing() throws {
        let endpoint = try EndpointResolver().endpoint(of: .cloudWatch, in: "ap-southeast-5")
        #expect(endpoint.url == "https://monitoring.ap-southeast-5.amazonaws.com")
        #expect(endpoint.signingName == "monitoring")
        #expect(endpoint.signingRegion == "ap-southeast-5")
        #expect(
            AWSService.allCases.map(\.signingName) == [
                "monitoring", "servicequotas", "bedrock", "sts", "sns", "logs", "organizations",
                "oam",
            ])
    }

    @Test("the nearest setting wins: account, service variable, variable, service of the profile, profile")
    func precedence() throws {
        var environment = ["AWS_ENDPOINT_URL_STS": "http://b:2/", "AWS_ENDPOINT_URL": "http://c:3"]
        var profile = ProfileEndpoints(url: "http://e:5", serviceURLs: [.sts: "http://d:4"])
        func url(_ account: String?, _ service: AWSService = .sts) throws -> String {
            try EndpointResolver(accountURL: account, environment: environment, profile: profile)
                .endpoint(of: service, in: "us-east-1").url
        }
        #expect(try url("http://a:1/path/") == "http://a:1/path")
        #expect(try url(nil) == "http://b:2")
        #expect(try url("", .sns) == "http://c:3")
        environment["AWS_ENDPOINT_URL_STS"] = ""
        #expect(try url(nil) == "http://c:3")
        environment = [:]
        #expect(try url(nil) == "http://d:4")
        #expect(try url(nil, .bedrock) == "http://e:5")
        environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true"
        environment["AWS_ENDPOINT_URL"] = "http://c:3"
        #expect(try url(nil) == "https://sts.us-east-1.amazonaws.com")
        #expect(try url("http://a:1") == "http://a:1")
        environment = [:]
        profile.ignoresConfiguredURLs = true
        #expect(try url(nil) == "https://sts.us-east-1.amazonaws.com")
    }

    @Test("each service has its variable")
    func serviceVariables() throws {
        let names = [
            "CLOUDWATCH", "SERVICE_QUOTAS", "BEDROCK", "STS", "SNS", "CLOUDWATCH_LOGS", "ORGANIZATIONS",
        ]
        let environment = Dictionary(
            uniqueKeysWithValues: names.map { ("AWS_ENDPOINT_URL_\($0)", "https://\($0.lowercased()).test") })
        let resolver = EndpointResolver(environment: environment)
        for (service, name) in zip(AWSService.allCases, names) {
            #expect(
                try resolver.endpoint(of: service, in: "us-east-1").url == "https://\(name.lowercased()).test"
            )
        }
    }

    @Test(
        "what is no Region name never becomes a host name",
        arguments: [
            "", "us-east-1.evil.com", "US-EAST-1", "us east", "us/east", "-us", "us-", "é",
            String(repeating: "a", count: 41),
        ])
    func badRegions(region: String) {
        #expect(throws: EndpointError.self) { try EndpointResolver().endpoint(of: .sts, in: region) }
    }

    @Test(
        "a configured URL that is more than scheme, host, port and path is refused",
        arguments: [
            "127.0.0.1:5000", "ftp://x", "http://", "http:///path", "http://:80", "http://u:p@host",
            "http://h?x=1", "http://h#f",
            "http://h/%41", "http://h\r\nX: y", "http://h h",
        ])
    func badURLs(url: String) {
        #expect(throws: EndpointError.self) {
            try EndpointResolver(accountURL: url).endpoint(of: .sts, in: "us-east-1")
        }
    }
}
