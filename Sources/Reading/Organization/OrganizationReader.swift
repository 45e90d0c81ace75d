import AWSClient

/// An organization's accounts at one moment, each once.
package struct OrganizationList: Equatable, Sendable {
    package struct Entry: Equatable, Sendable {
        package let account: OrganizationAccount
        /// The root or unit that it is in; nil where the accounts were not walked by units.
        package let unit: OrganizationUnit?
        package let isExcluded: Bool

        package init(
            _ account: OrganizationAccount, unit: OrganizationUnit? = nil, isExcluded: Bool = false
        ) {
            (self.account, self.unit, self.isExcluded) = (account, unit, isExcluded)
        }
    }

    /// By account ID.
    package let entries: [String: Entry]

    /// Of an account that is there twice, because it moved while the units were walked, the later entry counts.
    package init(_ entries: [Entry]) {
        self.entries = Dictionary(entries.map { ($0.account.id, $0) }, uniquingKeysWith: { $1 })
    }

    /// What is to be read.
    package func isRead(_ id: String) -> Bool {
        entries[id].map { $0.account.isActive && !$0.isExcluded } ?? false
    }
}

/// Lists the accounts that the settings ask for.
package struct OrganizationReader: Sendable {
    private let client: OrganizationsClient
    private let units: [String]
    private let excludedUnits: Set<String>
    private let excludedAccounts: Set<String>

    package init(_ client: OrganizationsClient, _ settings: OrganizationSettings) {
        self.client = client
        units = settings.organizationalUnits
        excludedUnits = Set(settings.exclude.filter { !$0.allSatisfy(\.isNumber) })
        excludedAccounts = Set(settings.exclude).subtracting(excludedUnits)
    }

    /// All of it, or an error: half a list would make accounts leave.
    package func read() async throws(AWSError) -> OrganizationList {
        var entries: [OrganizationList.Entry] = []
        if units.isEmpty {
            var excluded = excludedAccounts
            for entry in try await walk(excludedUnits.sorted()) { excluded.insert(entry.account.id) }
            let accounts = try await client.listAccounts()
            entries = accounts.map { .init($0, isExcluded: excluded.contains($0.id)) }
        } else {
            entries = try await walk(units)
        }
        return OrganizationList(entries)
    }

    /// The accounts of these units and of all below them.
    private func walk(_ units: [String]) async throws(AWSError) -> [OrganizationList.Entry] {
        var entries: [OrganizationList.Entry] = []
        var seen = Set(units)
        var waiting = units.map { (unit: OrganizationUnit(id: $0), isExcluded: excludedUnits.contains($0)) }
        while let (unit, isExcluded) = waiting.popLast() {
            for account in try await client.listAccounts(inParent: unit.id) {
                let isLeftOut = isExcluded || excludedAccounts.contains(account.id)
                entries.append(.init(account, unit: unit, isExcluded: isLeftOut))
            }
            for child in try await client.listOrganizationalUnits(inParent: unit.id)
            where seen.insert(child.id).inserted {
                waiting.append((child, isExcluded || excludedUnits.contains(child.id)))
            }
            guard seen.count <= OrganizationLimits.units else { throw client.tooManyUnits() }
        }
        return entries
    }
}
