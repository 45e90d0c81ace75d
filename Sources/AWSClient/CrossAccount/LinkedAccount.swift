/// An account whose metrics are read through the monitoring account that it is linked to (CloudWatch cross-account
/// observability).
package struct LinkedAccount: Sendable {
    /// 12 digits.
    package let accountID: String
    let calls: CrossAccountCalls

    /// - Parameter calls: Those of the monitoring account in the Region.
    package init(accountID: String, calls: CrossAccountCalls) {
        (self.accountID, self.calls) = (accountID, calls)
    }
}
