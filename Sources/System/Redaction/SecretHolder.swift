/// A value that holds secrets: printing, dumping or reflecting it shows its description and no stored property.
package protocol SecretHolder: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {}

extension SecretHolder {
    /// The type's name alone, unless the type says something harmless about itself.
    package var description: String { "\(Self.self)(…)" }
    package var debugDescription: String { description }
    /// Without children, because `dump` and assertion messages walk the stored properties.
    package var customMirror: Mirror { Mirror(self, unlabeledChildren: [String]()) }
}
