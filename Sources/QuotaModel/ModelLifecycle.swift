/// How long AWS goes on with a model, from `ListFoundationModels`. Times are Unix seconds; nil where AWS names none.
package struct ModelLifecycle: Equatable, Sendable {
    /// AWS advises against the model and refuses higher quotas for it.
    package var isLegacy: Bool
    package var legacyFrom: Double?
    /// From then on the model is kept for those who used it before, on other terms.
    package var extendedAccessFrom: Double?
    /// From then on requests fail.
    package var endOfLife: Double?

    package init(
        isLegacy: Bool, legacyFrom: Double? = nil, extendedAccessFrom: Double? = nil,
        endOfLife: Double? = nil
    ) {
        self.isLegacy = isLegacy
        self.legacyFrom = legacyFrom
        self.extendedAccessFrom = extendedAccessFrom
        self.endOfLife = endOfLife
    }

    /// Whether the model is legacy, or its end of life at most so many days off.
    package func isEnding(within days: Int, now: Double) -> Bool {
        isLegacy || endOfLife.map { $0 - now <= Double(days) * 86_400 } == true
    }

    /// `legacy since 2026-05-01, end of life 2026-12-15`; empty when there is nothing to say.
    package func phrase(_ date: (Double) -> some StringProtocol) -> String {
        var parts: [String] = []
        if isLegacy { parts.append("legacy" + (legacyFrom.map { " since \(date($0))" } ?? "")) }
        if let extendedAccessFrom { parts.append("extended access from \(date(extendedAccessFrom))") }
        if let endOfLife { parts.append("end of life \(date(endOfLife))") }
        return parts.joined(separator: ", ")
    }
}
