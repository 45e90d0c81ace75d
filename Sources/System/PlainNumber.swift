/// Numbers as JSON, CSV and OpenMetrics take them alike.
package enum PlainNumber {
    /// Whole numbers without fraction up to 2^53, else the shortest text that reads back as the same value; nil for what
    /// is no number.
    package static func text(_ value: Double) -> String? {
        guard value.isFinite else { return nil }
        guard value.magnitude <= 0x1p53, value == value.rounded(.towardZero) else { return "\(value)" }
        return String(Int(value))
    }

    /// As people write it: `5`, not `5.0`.
    package static func shown(_ value: Double) -> String { text(value) ?? "\(value)" }
}
