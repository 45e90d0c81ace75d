/// Whose metrics: one value of CloudWatch's `ModelId` dimension in one account and source Region.
package struct SeriesKey: Hashable, Sendable, Comparable {
    /// The configured account name, or the 12-digit account ID.
    package let account: String
    /// The source Region, such as `ap-southeast-1`.
    package let region: String
    /// The dimension's value, exactly as CloudWatch spells it.
    package let modelID: String

    package init(account: String, region: String, modelID: String) {
        self.account = account
        self.region = region
        self.modelID = modelID
    }

    package static func < (a: Self, b: Self) -> Bool {
        (a.account, a.region, a.modelID) < (b.account, b.region, b.modelID)
    }
}
