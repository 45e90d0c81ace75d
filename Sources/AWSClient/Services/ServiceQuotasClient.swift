import FoundationEssentials
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
        var merged = [String: ListedQuota]()
        for quota in try await list("ListAWSDefaultServiceQuotas", serviceCode: serviceCode) {
            guard merged[quota.QuotaCode] == nil else { continue }
            merged[quota.QuotaCode] = quota.listed(applied: nil, default: quota.limit)
        }
        var seen = Set<String>()
        for quota in try await list("ListServiceQuotas", serviceCode: serviceCode) {
            // A quota may be listed once more for a single resource; the account's own entry comes first.
            guard seen.insert(quota.QuotaCode).inserted else { continue }
            merged[quota.QuotaCode] = quota.listed(
                applied: quota.limit, default: merged[quota.QuotaCode]?.defaultValue)
        }
        return merged.values.sorted { $0.code < $1.code }
    }

    private func list(_ operation: String, serviceCode: String) async throws(AWSError) -> [Wire.Quota] {
        var quotas = [Wire.Quota]()
        var cursor = PageCursor(maximumPages: AWSDefaults.maximumQuotaPages)
        while true {
            let request = try request(
                operation,
                Wire.ListInput(
                    ServiceCode: serviceCode, MaxResults: AWSDefaults.quotasPerPage, NextToken: cursor.token))
            let page = try JSONAnswer.decode(
                Wire.ListOutput.self, request: request, response: await caller.send(request))
            quotas += page.Quotas
            guard try cursor.advance(to: page.NextToken, request) else { return quotas }
        }
    }

    private func request(_ operation: String, _ input: Wire.ListInput) throws(AWSError) -> AWSRequest {
        var request = AWSRequest.json(
            service: .serviceQuotas, operation: operation, target: "ServiceQuotasV20190624", version: "1.1",
            region: region, body: [])
        do {
            request.body = Array(try JSONEncoder().encode(input))
        } catch {
            throw request.error(.invalidRequest, "the request cannot be written as JSON")
        }
        return request
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
        let Quotas: [Quota]
        let NextToken: String?
    }

    struct Quota: Decodable {
        let QuotaCode: String
        let QuotaName: String
        let Value: Double?
        let Adjustable: Bool?

        /// Nil for what cannot be a limit.
        var limit: Double? { Value.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil } }

        func listed(applied: Double?, default defaultValue: Double?) -> ListedQuota {
            ListedQuota(
                code: QuotaCode, name: QuotaName, appliedValue: applied, defaultValue: defaultValue,
                isAdjustable: Adjustable ?? false)
        }
    }
}
