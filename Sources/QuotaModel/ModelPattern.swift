/// A base model ID of the configuration, exact or with a closing `*`.
package struct ModelPattern: Equatable, Sendable {
    private let stem: String
    /// False when any model that begins with the stem fits.
    package let isExact: Bool

    /// `anthropic.claude-sonnet-4-6` or `anthropic.claude-opus-4-8*`; a star elsewhere is an ordinary character.
    package init(_ text: String) {
        isExact = !text.hasSuffix("*")
        stem = isExact ? text : String(text.dropLast())
    }

    /// The text that the pattern was made from.
    package var text: String { isExact ? stem : stem + "*" }

    package func matches(_ model: String) -> Bool {
        isExact ? model == stem : model.hasPrefix(stem)
    }
}
