import AWSClient

/// Lists the accounts that are linked to a monitoring account in any of some Regions.
struct LinkReader {
    private let session: AccountSession
    private let regions: [String]
    private let excluded: Set<String>

    init(_ session: AccountSession, regions: [String], excluded: [String]) {
        self.session = session
        self.regions = regions
        self.excluded = Set(excluded)
    }

    /// All of them, or an error: half a list, or that of a sink that is gone, would make accounts leave.
    func read() async throws(AWSError) -> OrganizationList {
        var entries: [OrganizationList.Entry] = []
        for region in regions {
            for link in try await session.oam(region).listLinkedAccounts() {
                let account = OrganizationAccount(id: link.accountID, name: link.label)
                entries.append(.init(account, isExcluded: excluded.contains(link.accountID)))
            }
        }
        guard !entries.isEmpty else { throw session.oam(regions.first ?? "").nobodyLinked() }
        return OrganizationList(entries)
    }
}
