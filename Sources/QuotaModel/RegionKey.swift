/// A Region of an account, as it is labelled.
package struct RegionKey: Hashable, Comparable, Sendable {
    package let account: String
    package let region: String

    package init(account: String, region: String) {
        self.account = account
        self.region = region
    }

    package static func < (a: Self, b: Self) -> Bool { (a.account, a.region) < (b.account, b.region) }
}
