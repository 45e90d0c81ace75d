/// The form of base model IDs.
enum ModelName {
    private static let profilePrefixes = ["us", "eu", "apac", "jp", "au", "ca", "global", "us-gov"]

    /// Such as `anthropic.claude-sonnet-4-6` or `amazon.nova-pro-v1:0`.
    static func base(_ scalar: ConfiguredScalar) throws(InvalidValue) -> String {
        let allowed = "allowed: a base model ID, such as anthropic.claude-sonnet-4-6"
        guard (1...ConfigurationLimits.modelCharacters).contains(scalar.text.count),
            scalar.text.allSatisfy({ $0.isASCIILetterOrDigit || "._:-".contains($0) }),
            scalar.text.contains(".")
        else { throw InvalidValue("\(scalar.shown) is not a model; \(allowed)") }
        let parts = scalar.text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let prefix = parts.first, !profilePrefixes.contains(String(prefix)) else {
            throw InvalidValue(
                "\(scalar.shown) is an inference profile; allowed: its base model, with scope for the kind of routing"
            )
        }
        return scalar.text
    }

    /// A base model ID, or its beginning followed by `*`.
    static func pattern(_ scalar: ConfiguredScalar) throws(InvalidValue) -> String {
        guard scalar.text.hasSuffix("*") else { return try base(scalar) }
        do throws(InvalidValue) {
            _ = try base(ConfiguredScalar(String(scalar.text.dropLast())))
        } catch {
            throw InvalidValue(
                "\(scalar.shown) is not a pattern; allowed: the beginning of a base model ID with its vendor, such as anthropic.claude-opus-4-8*"
            )
        }
        return scalar.text
    }
}
