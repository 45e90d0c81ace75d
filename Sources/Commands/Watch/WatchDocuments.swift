import FoundationEssentials

/// The keys of the exporter's JSON that `watch` reads; whatever else an answer holds is passed over.
enum WatchDocuments {
    /// `GET /api/v1/pools`.
    struct Pools: Decodable {
        let pools: [Pool]
        let unmapped: [Unmapped]
    }

    struct Pool: Decodable {
        let account: String
        let region: String
        let scope: String
        let model: String
        let modelIds: [String]
        let burndownRate: Double
        let burndownSource: String
        let warning: Double?
        let critical: Double?
        let quotas: [Quota]
    }

    struct Quota: Decodable {
        let quota: String
        let quotaCode: String?
        let limit: Double
        let limitSource: String
        let usage: Double?
        let usageSource: String?
        let utilizationRatio: Double?
        let peakUtilizationRatio: Peaks?
        let minute: String?
    }

    struct Peaks: Decodable {
        let fiveMinutes: Double?
        let hour: Double?
        let day: Double?

        private enum CodingKeys: String, CodingKey {
            case fiveMinutes = "5m"
            case hour = "1h"
            case day = "24h"
        }
    }

    struct Unmapped: Decodable {
        let account: String
        let region: String
        let modelId: String
        let reason: String
    }

    /// `GET /api/v1/status`.
    struct Status: Decodable {
        let settings: Settings?
        let ready: Bool?
        let regions: [Region]
    }

    struct Settings: Decodable {
        let pollIntervalSeconds: Double?
        let warning: Double?
        let critical: Double?
    }

    struct Region: Decodable {
        let account: String
        let region: String
        let up: Bool
        let failure: String?
        let lastSuccessfulPoll: String?
        let deliveryLagSeconds: Double?
    }

    /// `GET /api/v1/usage` by account, region, scope and model.
    struct Usage: Decodable {
        let start: String
        let rows: [UsageRow]
    }

    struct UsageRow: Decodable {
        let start: String
        let account: String
        let region: String
        /// Nil where the model ID has no pool.
        let scope: String?
        let model: String?
        let throttles: Double?
        let quotas: UsageQuotas
    }

    struct UsageQuotas: Decodable {
        let tokensPerMinute: UsageFigures?
        let inputTokensPerMinute: UsageFigures?
        let outputTokensPerMinute: UsageFigures?

        /// The highest of those that are known.
        var ratio: Double? {
            [tokensPerMinute, inputTokensPerMinute, outputTokensPerMinute].compactMap { $0?.peakRatio }.max()
        }
    }

    struct UsageFigures: Decodable {
        let peakRatio: Double?
    }

    /// `GET /api/v1/alerts`.
    struct Alerts: Decodable {
        let alerts: [Alert]
    }

    struct Alert: Decodable {
        let alert: String
        let severity: String
        let state: String
        let since: String?
        let includedIn: String?
        let labels: Labels?
    }

    struct Labels: Decodable {
        let account: String?
        let region: String?
        let scope: String?
        let model: String?
        let modelId: String?
        let quota: String?
    }

    static func decode<Document: Decodable>(_ type: Document.Type, _ bytes: [UInt8]) throws -> Document {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(bytes))
    }

    /// RFC 3339 as Unix seconds; nil for anything else.
    static func seconds(_ text: String?) -> Double? {
        guard let text else { return nil }
        do {
            return try Date(text, strategy: .iso8601).timeIntervalSince1970
        } catch {
            return nil
        }
    }
}
