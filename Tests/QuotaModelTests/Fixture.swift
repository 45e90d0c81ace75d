import FoundationEssentials
import QuotaModel

/// The golden files and the inventory that they describe.
enum Fixture {
    static let directory =
        #filePath.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 } + "/Golden"

    /// The rows of a tab-separated file without comments and heading.
    static func rows(_ file: String) throws -> [[String]] {
        let data = try Data(contentsOf: URL(filePath: "\(directory)/\(file).tsv"))
        return String(decoding: data, as: UTF8.self)
            .split(separator: "\n")
            .filter { !$0.hasPrefix("#") }
            .dropFirst()
            .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
    }

    static func inventory() throws -> Inventory {
        Inventory(
            quotas: try rows("quotas-us-east-1").map { row in
                quota(row[0], row[1], applied: Double(row[3]), standard: Double(row[2]))
            },
            models: try rows("foundation-models-us-east-1").map { row in
                FoundationModel(
                    modelID: row[0], name: row[1], provider: row[2],
                    inferenceTypes: row[3].split(separator: ",").map(String.init))
            },
            profiles: try rows("inference-profiles-us-east-1").map { row in
                profile(row[0], row[1], regions: row[2].split(separator: ",").map(String.init))
            })
    }

    static func quota(
        _ code: String, _ name: String, applied: Double? = nil, standard: Double? = 1000
    ) -> ListedQuota {
        ListedQuota(code: code, name: name, appliedValue: applied, defaultValue: standard, isAdjustable: true)
    }

    /// A system-defined profile; `*` is an ARN without Region.
    static func profile(_ id: String, _ name: String, regions: [String]) -> InferenceProfile {
        let model = id.drop { $0 != "." }.dropFirst()
        return InferenceProfile(
            id: id, name: name, kind: .systemDefined,
            modelARNs: regions.map { "arn:aws:bedrock:\($0 == "*" ? "" : $0)::foundation-model/\(model)" })
    }

    /// An application profile over one model in several Regions; `*` is an ARN without Region.
    static func application(_ id: String, model: String, regions: [String]) -> InferenceProfile {
        InferenceProfile(
            id: id, name: "team", kind: .application,
            modelARNs: regions.map { "arn:aws:bedrock:\($0 == "*" ? "" : $0)::foundation-model/\(model)" })
    }
}
