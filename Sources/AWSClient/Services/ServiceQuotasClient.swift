import QuotaModel

/// Service Quotas of one Region, JSON 1.1 protocol.
package struct ServiceQuotasClient: Sendable {
    private let caller: AWSCaller
    private let region: String

    package init(caller: AWSCaller, region: String) {
        self.caller = caller
        self.region = region
    }

    /// Every quota of a service, sorted by code, with its applied and its default value.
    ///
    /// `ListServiceQuotas` leaves out quotas without an applied value, so both lists are read and merged by
    /// code.
    package func listQuotas(serviceCode: String = "bedrock") async throws(AWSError) -> [ListedQuota] {
        let defaults = try await listDefaultQuotas(serviceCode: serviceCode)
        return Self.merge(defaults: defaults, applied: try await listAppliedQuotas(serviceCode: serviceCode))
    }

    /// AWS's default values, from `ListAWSDefaultServiceQuotas`.
    package func listDefaultQuotas(serviceCode: String = "bedrock") async throws(AWSError) -> [ListedQuota] {
        let quotas = try await list("ListAWSDefaultServiceQuotas", serviceCode: serviceCode)
        return Self.unique(quotas).map { $0.listed(applied: nil, default: $0.Value) }
    }

    /// The account's own values, from `ListServiceQuotas`.
    package func listAppliedQuotas(serviceCode: String = "bedrock") async throws(AWSError) -> [ListedQuota] {
        let quotas = try await list("ListServiceQuotas", serviceCode: serviceCode)
        return Self.unique(quotas).map { $0.listed(applied: $0.Value, default: nil) }
    }

    /// Both lists by code; name and adjustability are those of the account's list. A quota that this one lists without
    /// a value is left out, because its limit is not known.
    package static func merge(defaults: [ListedQuota], applied: [ListedQuota]) -> [ListedQuota] {
        var merged = Dictionary(defaults.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
        for quota in applied {
            // Listed without a value (`ErrorReason` says why): the default is not what applies.
            guard quota.appliedValue != nil else {
                merged[quota.code] = nil
                continue
            }
            merged[quota.code] = ListedQuota(
                code: quota.code, name: quota.name, appliedValue: quota.appliedValue,
                defaultValue: merged[quota.code]?.defaultValue, isAdjustable: quota.isAdjustable)
        }
        return merged.values.sorted { $0.code < $1.code }
    }

    /// A quota may be listed once more for a single resource; the account's own entry comes first.
    private static func unique(_ quotas: [Wire.Quota]) -> [Wire.Quota] {
        var seen = Set<String>()
        return quotas.filter { seen.insert($0.QuotaCode).inserted }
    }

    private func list(_ operation: String, serviceCode: String) async throws(AWSError) -> [Wire.Quota] {
        var quotas = [Wire.Quota]()
        var isAnyUsable = false
        var cursor = PageCursor(maximumPages: AWSDefaults.maximumQuotaPages)
        while true {
            let request = try request(
                operation,
                Wire.ListInput(
                    ServiceCode: serviceCode, MaxResults: AWSDefaults.quotasPerPage, NextToken: cursor.token))
            let page = try JSONAnswer.decode(
                Wire.ListOutput.self, request: request, response: await caller.send(request))
            let usable = page.Quotas.count { $0.quota?.isPlausible == true }
            caller.leaveOut(page.Quotas.count - usable, of: request, code: Self.unusableCode)
            isAnyUsable = isAnyUsable || usable > 0
            quotas += page.Quotas.compactMap(\.quota)
            guard try cursor.advance(to: page.NextToken, request, orCountBy: caller) else {
                guard isAnyUsable || page.Quotas.isEmpty else {
                    throw request.malformed("no quota that is listed has a value that can be a limit")
                }
                return quotas
            }
        }
    }

    /// Under which quotas are counted that cannot be read or have a value that cannot be a limit.
    static let unusableCode = "unusable_quota"

    private func request(_ operation: String, _ input: Wire.ListInput) throws(AWSError) -> AWSRequest {
        try AWSRequest.json(
            service: .serviceQuotas, operation: operation, target: "ServiceQuotasV20190624", version: "1.1",
            region: region
        ).with(input)
    }
}

/// The JSON of Service Quotas' listings (API version 2019-06-24).
private enum Wire {
    struct ListInput: Encodable {
        let ServiceCode: String
        let MaxResults: Int
        let NextToken: String?
    }

    struct ListOutput: Decodable {
        let Quotas: [Entry]
        let NextToken: String?
    }

    /// One that cannot be read hides no other.
    struct Entry: Decodable {
        let quota: Quota?

        init(from decoder: any Decoder) {
            // What is wrong with it is of no use to anybody; that there is one is counted.
            quota = try? Quota(from: decoder)
        }
    }

    struct Quota: Decodable {
        let QuotaCode: String
        let QuotaName: String
        /// Nil, too, for one that cannot be a limit: what applies is then not known, and no default stands in for it.
        let Value: Double?
        let Adjustable: Bool?
        /// False for a value that cannot be a limit; none at all is an answer too.
        let isPlausible: Bool

        enum CodingKeys: String, CodingKey {
            case QuotaCode, QuotaName, Value, Adjustable
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            QuotaCode = try values.decode(String.self, forKey: .QuotaCode)
            QuotaName = try values.decode(String.self, forKey: .QuotaName)
            Adjustable = try values.decodeIfPresent(Bool.self, forKey: .Adjustable)
            let hasNone = try !values.contains(.Value) || values.decodeNil(forKey: .Value)
            // A text, or a number beyond what a double holds, is no limit either.
            let value = hasNone ? nil : try? values.decode(Double.self, forKey: .Value)
            Value = value.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
            isPlausible = hasNone || Value != nil
        }

        func listed(applied: Double?, default defaultValue: Double?) -> ListedQuota {
            ListedQuota(
                code: QuotaCode, name: QuotaName, appliedValue: applied, defaultValue: defaultValue,
                isAdjustable: Adjustable ?? false)
        }
    }
}
