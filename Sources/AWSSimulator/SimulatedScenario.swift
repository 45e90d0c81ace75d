/// The world that the simulator shows: who asks, what is used, what is allowed.
package struct SimulatedScenario: Sendable {
    /// The API's limits on a page.
    private static let datapointsPerPage = 100_800
    private static let metricsPerPage = 500
    /// The five source Regions of Global cross-Region inference in Asia.
    package static let globalSourceRegions = [
        "ap-southeast-1", "ap-southeast-3", "ap-southeast-5", "ap-southeast-7", "ap-east-2",
    ]

    /// Twelve digits; every key belongs to it.
    package var account = "111122223333"
    /// Generated traffic.
    package var traffic: [ModelTraffic] = []
    /// Exact values; they take the place of generated series with the same identity.
    package var series: [SimulatedSeries] = []
    package var quotas: [SimulatedQuota] = []
    package var profiles: [SimulatedProfile] = []
    package var models: [SimulatedModel] = []
    package var deployments: [SimulatedDeployment] = []
    package var batchJobs: [SimulatedBatchJob] = []
    package var delivery = DeliveryModel.immediate
    package var seed: UInt64 = 1
    package var datapointsPerPage = Self.datapointsPerPage
    package var metricsPerPage = Self.metricsPerPage

    /// An account without traffic, quotas or profiles.
    package init() {}
}

/// An inference profile as ListInferenceProfiles describes it.
package struct SimulatedProfile: Sendable {
    /// The raw value is the API's `type`.
    package enum Kind: String, Sendable {
        case systemDefined = "SYSTEM_DEFINED"
        case application = "APPLICATION"
    }

    /// The Regions in which it is listed.
    package var regions: [String]
    package var kind: Kind
    /// A profile ID such as `global.anthropic.claude-sonnet-4-6`, or an application profile's short ID.
    package var id: String
    package var name: String
    /// The foundation model behind it.
    package var modelID: String
    /// Regions of the model ARNs; an empty string is the Region-less ARN of a global profile, and `*` the Region
    /// of the listing.
    package var modelRegions: [String]
    /// By key.
    package var tags: [String: String]

    package init(
        regions: [String], kind: Kind = .systemDefined, id: String, name: String, modelID: String,
        modelRegions: [String], tags: [String: String] = [:]
    ) {
        self.regions = regions
        self.kind = kind
        self.id = id
        self.name = name
        self.modelID = modelID
        self.modelRegions = modelRegions
        self.tags = tags
    }

    func arn(region: String, account: String) -> String {
        let resource = kind == .systemDefined ? "inference-profile" : "application-inference-profile"
        return "arn:aws:bedrock:\(region):\(account):\(resource)/\(id)"
    }

    func modelARNs(region: String) -> [String] {
        modelRegions.map { "arn:aws:bedrock:\($0 == "*" ? region : $0)::foundation-model/\(modelID)" }
    }
}

/// A customised model and its deployment, as ListCustomModels and ListCustomModelDeployments describe them.
package struct SimulatedDeployment: Sendable {
    package var region: String
    /// Twelve lower-case letters and digits; the customised model has the same.
    package var id: String
    package var name: String
    /// The foundation model in the variant that was trained, such as `amazon.nova-lite-v1:0:300k`.
    package var baseModel: String

    package init(region: String, id: String, name: String, baseModel: String) {
        self.region = region
        self.id = id
        self.name = name
        self.baseModel = baseModel
    }

    /// What CloudWatch has as the model ID.
    package func arn(account: String) -> String {
        "arn:aws:bedrock:\(region):\(account):custom-model-deployment/\(id)"
    }

    func modelARN(account: String) -> String {
        "arn:aws:bedrock:\(region):\(account):custom-model/\(baseModel)/\(id)"
    }
}

/// A foundation model as ListFoundationModels describes it.
package struct SimulatedModel: Sendable {
    package var id: String
    package var name: String
    package var provider: String
    /// `ON_DEMAND`, `INFERENCE_PROFILE`.
    package var inferenceTypes: [String]
    /// The members of the API's `modelLifecycle` beside `status`, such as `endOfLifeTime`, RFC 3339.
    package var lifecycleTimes: [String: String]
    package var isLegacy: Bool

    package init(
        id: String, name: String, provider: String, inferenceTypes: [String], isLegacy: Bool = false,
        lifecycleTimes: [String: String] = [:]
    ) {
        self.id = id
        self.name = name
        self.provider = provider
        self.inferenceTypes = inferenceTypes
        self.isLegacy = isLegacy
        self.lifecycleTimes = lifecycleTimes
    }
}

/// One quota of service code `bedrock`, the same in every Region but for its applied value.
package struct SimulatedQuota: Equatable, Sendable {
    package var code: String
    package var name: String
    package var defaultValue: Double
    package var isAdjustable: Bool
    /// Nil where AWS has no applied value: ListServiceQuotas then leaves the quota out.
    package var appliedValue: Double?
    /// Applied values of single Regions, instead of `appliedValue`.
    package var appliedByRegion: [String: Double]

    package init(
        code: String, name: String, defaultValue: Double, isAdjustable: Bool = true,
        appliedValue: Double? = nil,
        appliedByRegion: [String: Double] = [:]
    ) {
        self.code = code
        self.name = name
        self.defaultValue = defaultValue
        self.isAdjustable = isAdjustable
        self.appliedValue = appliedValue
        self.appliedByRegion = appliedByRegion
    }

    func applied(in region: String) -> Double? { appliedByRegion[region] ?? appliedValue }
}

/// A series with values given one by one, for tests that need exact figures.
package struct SimulatedSeries: Sendable {
    package var region: String
    package var namespace: String
    package var metricName: String
    package var dimensions: [SimulatedDimension]
    /// By minute since 1970. A latency's value is the average of one sample; a count's value is its sum.
    package var values: [Int: Double]
    /// False for a series that has data, but is so new that ListMetrics does not show it.
    package var isListed: Bool

    package init(
        region: String, namespace: String = "AWS/Bedrock", metricName: String,
        dimensions: [SimulatedDimension], values: [Int: Double], isListed: Bool = true
    ) {
        self.region = region
        self.namespace = namespace
        self.metricName = metricName
        self.dimensions = dimensions
        self.values = values
        self.isListed = isListed
    }

    /// Series under {ModelId} from Region, model ID, metric name, minute.
    package static func table(_ table: [String: [String: [String: [Int: Double]]]]) -> [SimulatedSeries] {
        var series: [SimulatedSeries] = []
        for (region, models) in table.sorted(by: { $0.key < $1.key }) {
            for (modelID, metrics) in models.sorted(by: { $0.key < $1.key }) {
                for (metric, values) in metrics.sorted(by: { $0.key < $1.key }) {
                    series.append(
                        SimulatedSeries(
                            region: region, metricName: metric, dimensions: [.modelID(modelID)],
                            values: values))
                }
            }
        }
        return series
    }
}
