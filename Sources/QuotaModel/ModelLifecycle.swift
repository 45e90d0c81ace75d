/// How long AWS goes on with a model, from `ListFoundationModels`. Times are Unix seconds; nil where AWS names none.
package struct ModelLifecycle: Equatable, Sendable {
    /// AWS advises against the model and refuses higher quotas for it; nil when what AWS says of that cannot be read.
    package var isLegacy: Bool?
    package var legacyFrom: Double?
    /// From then on the model is kept for those who used it before, on other terms.
    package var extendedAccessFrom: Double?
    /// From then on requests fail.
    package var endOfLife: Double?
    /// What AWS says and this program cannot read, such as `endOfLifeTime soon`, as it came: what it is about is not
    /// known, rather than none.
    package var unread: [String]

    package init(
        isLegacy: Bool?, legacyFrom: Double? = nil, extendedAccessFrom: Double? = nil,
        endOfLife: Double? = nil, unread: [String] = []
    ) {
        self.isLegacy = isLegacy
        self.legacyFrom = legacyFrom
        self.extendedAccessFrom = extendedAccessFrom
        self.endOfLife = endOfLife
        self.unread = unread
    }

    /// Whether the model is legacy, or its end of life at most so many days off; nil when that is not known.
    package func isEnding(within days: Int, now: Double) -> Bool? {
        if isLegacy == true || endOfLife.map({ $0 - now <= Double(days) * 86_400 }) == true { return true }
        return unread.isEmpty ? false : nil
    }

    /// `legacy since 2026-05-01, end of life 2026-12-15`; empty when there is nothing to say.
    package func phrase(_ date: (Double) -> some StringProtocol) -> String {
        var parts: [String] = []
        if isLegacy == true { parts.append("legacy" + (legacyFrom.map { " since \(date($0))" } ?? "")) }
        if isLegacy == nil { parts.append("status not known") }
        if let extendedAccessFrom { parts.append("extended access from \(date(extendedAccessFrom))") }
        if let endOfLife { parts.append("end of life \(date(endOfLife))") }
        if isLegacy != nil, !unread.isEmpty { parts.append("other dates not known") }
        return parts.joined(separator: ", ")
    }

    /// The word of JSON documents for the status; nil when it is not known.
    package var status: String? { isLegacy.map { $0 ? "legacy" : "active" } }
}
