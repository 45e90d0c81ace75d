/// Answers the two listings of Service Quotas for service code `bedrock` in JSON 1.1.
struct ServiceQuotasService {
    struct Input: Decodable {
        var ServiceCode: String?
        var NextToken: String?
        var MaxResults: Int?
    }

    static let serviceCode = "bedrock"
    static let maximumPageSize = 100

    let scenario: SimulatedScenario
    let region: String

    func listApplied(_ body: [UInt8]) throws(ServiceError) -> [UInt8] {
        let rows = scenario.quotas.compactMap { quota in
            quota.applied(in: region).map { (quota: quota, value: $0) }
        }
        return try page(rows, body, isDefault: false)
    }

    func listDefaults(_ body: [UInt8]) throws(ServiceError) -> [UInt8] {
        try page(scenario.quotas.map { (quota: $0, value: $0.defaultValue) }, body, isDefault: true)
    }

    private func page(
        _ rows: [(quota: SimulatedQuota, value: Double)], _ body: [UInt8], isDefault: Bool
    ) throws(ServiceError) -> [UInt8] {
        let input = try JSONInput.decoded(Input.self, from: body)
        guard let service = input.ServiceCode else {
            throw ServiceError(.validation, "ServiceCode is required.")
        }
        guard service == Self.serviceCode else {
            throw ServiceError(
                .noSuchResource, "The request failed because the specified service \(service) does not exist."
            )
        }
        guard (1...Self.maximumPageSize).contains(input.MaxResults ?? 1) else {
            throw ServiceError(.validation, "MaxResults must be between 1 and \(Self.maximumPageSize).")
        }
        let token = try PageToken(input.NextToken, of: Noise.seed("\(region)/\(isDefault)"))
        let page = token.page(of: rows, size: input.MaxResults ?? Self.maximumPageSize)
        return text(page.rows, next: page.next?.text, isDefault: isDefault)
    }

    private func text(
        _ rows: ArraySlice<(quota: SimulatedQuota, value: Double)>, next: String?, isDefault: Bool
    ) -> [UInt8] {
        var text = JSONText(reservedBytes: 256 + rows.count * 420)
        text.object { text in
            if let next { text.member("NextToken", next) }
            text.key("Quotas")
            text.array { text in
                for row in rows { append(row.quota, value: row.value, isDefault, to: &text) }
            }
        }
        return text.bytes
    }

    /// Inference quotas have neither UsageMetric nor Period; the default listing's ARN names no account.
    private func append(_ quota: SimulatedQuota, value: Double, _ isDefault: Bool, to text: inout JSONText) {
        text.object { text in
            text.key("Adjustable")
            text.boolean(quota.isAdjustable)
            text.key("GlobalQuota")
            text.boolean(false)
            if !isDefault { text.member("QuotaAppliedAtLevel", "ACCOUNT") }
            let owner = isDefault ? "" : scenario.account
            text.member("QuotaArn", "arn:aws:servicequotas:\(region):\(owner):bedrock/\(quota.code)")
            text.member("QuotaCode", quota.code)
            text.member("QuotaName", quota.name)
            text.member("ServiceCode", Self.serviceCode)
            text.member("ServiceName", "Amazon Bedrock")
            text.member("Unit", "None")
            text.key("Value")
            text.double(value)
        }
    }
}
