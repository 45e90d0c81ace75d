/// Text that must not be shown: printing, interpolating or dumping it gives `<secret>`.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// What stands in place of every secret.
    package static let mask = "<secret>"

    /// The text itself.
    package let value: String

    package init(_ value: String) {
        self.value = value
    }

    package var description: String { Self.mask }
    package var debugDescription: String { Self.mask }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
