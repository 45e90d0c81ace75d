/// One entry of Bedrock's `ListCustomModelDeployments`: a customised model that is called on demand.
package struct CustomModelDeployment: Equatable, Sendable {
    /// `arn:aws:bedrock:us-east-1:111122223333:custom-model-deployment/a1b2c3d4e5f6`: the model ID of its calls.
    package let arn: String
    package let name: String
    /// The customised model.
    package let modelARN: String
    /// The foundation model that it was made from, whose quotas all its deployments share; nil where AWS does not say.
    package let baseModel: String?

    package init(arn: String, name: String, modelARN: String, baseModel: String?) {
        self.arn = arn
        self.name = name
        self.modelARN = modelARN
        self.baseModel = baseModel
    }

    /// Finds the foundation model: a customised model may be made from another one.
    ///
    /// - Parameter bases: The base of each customised model by their ARNs, from `ListCustomModels`; a model that is missing
    ///   there is believed what its own ARN says, `custom-model/amazon.nova-lite-v1:0:300k/a1b2c3d4e5f6`.
    package init(arn: String, name: String, modelARN: String, bases: [String: String]) {
        var model = modelARN
        var steps = 0
        while let base = bases[model], steps < Self.longestChain {
            model = base
            steps += 1
        }
        self.init(
            arn: arn, name: name, modelARN: modelARN,
            baseModel: bases[model] == nil ? Self.foundationModel(model) : nil)
    }

    /// Nobody customises a customised model so often.
    private static let longestChain = 10

    /// Whether the model was brought along, so that no model of Bedrock is its base.
    package var isImported: Bool {
        guard let arn = BedrockARN(modelARN) else { return false }
        return arn.kind == "imported-model" || (arn.kind == "custom-model" && arn.id.hasPrefix("imported/"))
    }

    /// The base model ID of a foundation model's or customised model's ARN, without the variant that was trained on.
    private static func foundationModel(_ text: String) -> String? {
        guard let arn = BedrockARN(text), arn.service == "bedrock",
            arn.kind == "foundation-model" || arn.kind == "custom-model"
        else { return nil }
        let id = arn.id.prefix { $0 != "/" }
        let parts = id.split(separator: ":", omittingEmptySubsequences: false)
        let base = parts.prefix(2).joined(separator: ":")
        return ModelID.isBaseModel(base) ? base : nil
    }
}
