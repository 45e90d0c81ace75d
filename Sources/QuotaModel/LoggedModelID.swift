/// A model ID in the spelling of the caller who wrote it, as invocation logs have it.
package struct LoggedModelID: Hashable, Sendable {
    /// The values of CloudWatch's `ModelId` dimension that it may be, those that are likelier first: as it was written, and
    /// the ID that an ARN names. Of these CloudWatch uses one; the last one where it has not been seen with any.
    package let spellings: [String]

    /// Nil for a text that is no model ID.
    package init?(_ text: String) {
        let isPlain = text.unicodeScalars.allSatisfy { $0.isASCII && (0x21...0x7e).contains($0.value) }
        guard isPlain, (1...2048).contains(text.utf8.count), SeriesName.isRuntime(text) else { return nil }
        var spellings = [text]
        if let arn = BedrockARN(text), arn.service == "bedrock", Self.namedKinds.contains(arn.kind),
            !arn.id.contains("/")
        {
            spellings.append(String(arn.id))
        }
        self.spellings = spellings
    }

    /// Resources whose calls CloudWatch counts under their IDs; of all others it keeps the ARN.
    private static let namedKinds: Set<Substring> = [
        "foundation-model", "inference-profile", "application-inference-profile",
    ]
}
