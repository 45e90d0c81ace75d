/// One quota of service code `bedrock`, the same in every Region but for its applied value.
package struct SimulatedQuota: Equatable, Sendable {
    package var code: String
    package var name: String
    package var defaultValue: Double
    package var isAdjustable: Bool
    /// Nil where AWS has no applied value: ListServiceQuotas then leaves the quota out.
    package var appliedValue: Double?
    /// Applied values of single Regions, instead of `appliedValue`.
    package var appliedByRegion: [String: Double]

    package init(
        code: String, name: String, defaultValue: Double, isAdjustable: Bool = true,
        appliedValue: Double? = nil,
        appliedByRegion: [String: Double] = [:]
    ) {
        self.code = code
        self.name = name
        self.defaultValue = defaultValue
        self.isAdjustable = isAdjustable
        self.appliedValue = appliedValue
        self.appliedByRegion = appliedByRegion
    }

    func applied(in region: String) -> Double? { appliedByRegion[region] ?? appliedValue }
}
