/// What a value of CloudWatch's `ModelId` dimension says by its form alone, without any list from AWS.
package enum ModelID: Equatable, Sendable {
    /// `amazon.nova-canvas-v1:0`.
    case baseModel(String)
    /// `arn:aws:bedrock:us-east-1::foundation-model/…`: the caller passed an ARN and the dimension kept it.
    case foundationModelARN(model: String)
    /// `us.anthropic.claude-opus-4-7`, also as an inference profile's ARN.
    case geographicProfile(prefix: String, model: String)
    /// `global.anthropic.claude-opus-4-7`, also as an inference profile's ARN.
    case globalProfile(model: String)
    /// An application inference profile's short ID, such as `82ey7vcct4m3`, also as its ARN.
    case applicationProfile(id: String)
    /// `arn:aws:bedrock:us-east-1:111122223333:custom-model-deployment/…`: a customised model, called on demand.
    case customModelDeployment(arn: String)
    /// `arn:aws:bedrock:us-east-1:111122223333:imported-model/…`.
    case importedModel
    /// Inference that no on-demand quota limits, such as `provisioned-model`.
    case notOnDemand(kind: String)
    /// None of the known forms.
    case unknown

    /// First label of a geographic profile's ID; `ai21.` and other vendors are not among them.
    static let geographicPrefixes: Set<Substring> = [
        "us", "us-gov", "eu", "apac", "ca", "sa", "au", "jp", "kr", "in", "il", "mx",
    ]

    /// A dimension value of CloudWatch has at most 1,024 characters.
    static let maximumLength = 1024

    /// Resources of Bedrock that answer inference outside the on-demand quotas.
    private static let notOnDemandKinds: Set<Substring> = [
        "provisioned-model", "custom-model", "prompt-router", "default-prompt-router", "marketplace",
        "marketplace-model-endpoint",
    ]

    /// Classifies any text whatever, hostile text included.
    package init(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= Self.maximumLength else {
            self = .unknown
            return
        }
        if text.hasPrefix("arn:") {
            self = BedrockARN(text).map { Self(arn: $0, text) } ?? .unknown
        } else if let profile = Self.profile(Substring(text)) {
            self = profile
        } else if Self.hasProvisionedSuffix(text), Self.isBaseModel(text) {
            self = .notOnDemand(kind: "provisioned-model")
        } else if Self.isBaseModel(text) {
            self = .baseModel(text)
        } else if Self.isShortID(text) {
            self = .applicationProfile(id: text)
        } else {
            self = .unknown
        }
    }

    /// The base model, where the form names one.
    var model: String? {
        switch self {
        case .baseModel(let model), .foundationModelARN(let model), .geographicProfile(_, let model),
            .globalProfile(let model):
            model
        case .applicationProfile, .customModelDeployment, .importedModel, .notOnDemand, .unknown: nil
        }
    }

    /// Whether a text is a custom model deployment's ARN.
    package static func isCustomModelDeployment(_ text: String) -> Bool {
        if case .customModelDeployment = ModelID(text) { return true }
        return false
    }

    private init(arn: BedrockARN, _ text: String) {
        if arn.service == "sagemaker", arn.kind == "endpoint" {
            self = .notOnDemand(kind: "marketplace-endpoint")
            return
        }
        guard arn.service == "bedrock" else {
            self = .unknown
            return
        }
        switch arn.kind {
        case "foundation-model":
            // Without a Region the ARN names a model in every Region, which no request can be billed to.
            guard !arn.region.isEmpty, let model = arn.foundationModel else {
                self = .unknown
                return
            }
            self =
                Self.hasProvisionedSuffix(model)
                ? .notOnDemand(kind: "provisioned-model") : .foundationModelARN(model: model)
        case "inference-profile":
            self = Self.profile(arn.id) ?? .unknown
        case "application-inference-profile":
            self = arn.id.contains("/") ? .unknown : .applicationProfile(id: String(arn.id))
        case "custom-model-deployment":
            self = arn.id.contains("/") ? .unknown : .customModelDeployment(arn: text)
        case "imported-model":
            self = .importedModel
        default:
            self = Self.notOnDemandKinds.contains(arn.kind) ? .notOnDemand(kind: String(arn.kind)) : .unknown
        }
    }

    /// A system-defined profile's ID: a known prefix, then a base model ID that has no such prefix itself.
    private static func profile(_ id: Substring) -> ModelID? {
        guard let dot = id.firstIndex(of: ".") else { return nil }
        let prefix = id[..<dot]
        guard isProfilePrefix(prefix) else { return nil }
        let model = id[id.index(after: dot)...]
        guard isBaseModel(model) else { return nil }
        if prefix == "global" { return .globalProfile(model: String(model)) }
        return .geographicProfile(prefix: String(prefix), model: String(model))
    }

    private static func isProfilePrefix(_ label: Substring) -> Bool {
        label == "global" || geographicPrefixes.contains(label)
    }

    /// `vendor.model`, the vendor not being the prefix of a profile.
    static func isBaseModel(_ text: some StringProtocol) -> Bool {
        guard let dot = text.firstIndex(of: "."), dot != text.startIndex else { return false }
        let vendor = Substring(text[..<dot])
        let model = text[text.index(after: dot)...]
        guard !isProfilePrefix(vendor), let first = model.utf8.first, isLowercaseOrDigit(first) else {
            return false
        }
        let vendorIsPlain = vendor.utf8.allSatisfy { isLowercaseOrDigit($0) || $0 == UInt8(ascii: "-") }
        return vendorIsPlain
            && model.utf8.allSatisfy { isLowercaseOrDigit($0) || punctuation.contains($0) || isUppercase($0) }
    }

    /// `…-v1:0:24k`: a context-window variant that only provisioned throughput can run.
    private static func hasProvisionedSuffix(_ text: String) -> Bool {
        text.utf8.count(where: { $0 == UInt8(ascii: ":") }) >= 2
    }

    /// Bedrock's generated IDs are 12 lower-case letters and digits; a little slack, because no page says so.
    private static func isShortID(_ text: String) -> Bool {
        (8...24).contains(text.utf8.count) && text.utf8.allSatisfy(isLowercaseOrDigit)
    }

    private static let punctuation: Set<UInt8> = Set("-_.:".utf8)

    private static func isLowercaseOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isUppercase(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}

/// The parts of an Amazon Resource Name, `arn:partition:service:region:account:kind/id`.
struct BedrockARN: Equatable, Sendable {
    let service: Substring
    /// Empty in a foundation model's ARN that stands for every Region.
    let region: Substring
    /// `foundation-model`, `inference-profile`, `custom-model`, …
    let kind: Substring
    /// What follows the first slash; it may hold colons and slashes itself.
    let id: Substring

    /// Nil for text that is not an ARN, whose partition does not start with `aws`, or whose parts are missing.
    init?(_ text: some StringProtocol) {
        let text = Substring(text)
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws") else { return nil }
        let resource = parts[5].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard resource.count == 2, !resource[0].isEmpty, !resource[1].isEmpty else { return nil }
        service = parts[2]
        region = parts[3]
        kind = resource[0]
        id = resource[1]
    }

    /// The base model ID of a foundation model's ARN; nil for any other ARN.
    var foundationModel: String? {
        guard service == "bedrock", kind == "foundation-model", ModelID.isBaseModel(id) else { return nil }
        return String(id)
    }
}
