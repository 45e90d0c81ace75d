import AWSClient

/// A configured account with what the AWS environment says of it.
package struct ResolvedAccount: Sendable {
    /// What the account's session is made of: while it stays the same, the session may stay as well.
    package struct Basis: Equatable, Sendable {
        /// Without its Regions, of which each has a poller of its own.
        let account: AccountSettings
        /// Whose STS endpoint assumes roles.
        let homeRegion: String
        let settings: ProfileSettings
        /// Profiles may lead to other profiles, so the files count as a whole.
        let shared: SharedConfig
    }

    package let basis: Basis
    /// As configured, or those of the environment.
    package let regions: [String]
    /// False where neither names a Region, so that the usual ones are watched.
    package let namesRegions: Bool

    package init(
        _ account: AccountSettings, _ settings: ProfileSettings, _ shared: SharedConfig,
        regions: [String]
    ) {
        namesRegions = !account.regions.isEmpty || settings.region != nil
        var account = account
        account.regions = []
        basis = Basis(
            account: account, homeRegion: regions.first ?? AccountFactory.defaultRegions[0],
            settings: settings, shared: shared)
        self.regions = regions
    }
}
