/// The share of a quota that peaks may use in a report.
package enum Headroom {
    package static let standard = 0.7
    /// Below it, needed quotas would be figures that no quota has.
    private static let allowed = 0.01...1.0
    package static let allowedText = "allowed: a ratio from 0.01 to 1"

    /// Nil for a text that is not allowed.
    package static func parse(_ text: String) -> Double? {
        Double(text).flatMap { allowed.contains($0) ? $0 : nil }
    }
}
