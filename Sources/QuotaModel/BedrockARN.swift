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
