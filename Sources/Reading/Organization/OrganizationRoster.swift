import System

/// An account of the organization that was listed at some time.
package struct OrganizationMember: Codable, Equatable, Sendable {
    package let id: String
    /// The label `account`: the name under which the account was first seen, for good, because its history is under it.
    package internal(set) var label: String
    /// What the account is called now, or was when it left.
    package internal(set) var name: String
    /// The organizational unit, where the accounts are walked by units.
    package internal(set) var unit: String?
    /// What that unit is called; nil where only its ID is known.
    package internal(set) var unitName: String?
    /// Active and not excluded when it was last listed.
    package internal(set) var isListed: Bool
    /// Its role was assumed at some time, so that it is polled without a trial.
    package internal(set) var hasWorked = false
    /// The account that the exporter itself runs in, which needs no role.
    package internal(set) var isOwn = false
    /// The configuration names the account itself, and it is not read as a found one.
    package internal(set) var isConfigured = false

    /// Whether the label says another name than the account has now.
    package var isRenamed: Bool {
        let now = OrganizationRoster.cleaned(name)
        return label != now && label != id && !label.hasPrefix("\(now)-\(id)")
    }
}

/// What a list has changed.
package struct OrganizationChanges: Equatable, Sendable {
    package struct Rename: Equatable, Sendable {
        package let member: OrganizationMember
        /// The former name, unit or label.
        package let former: String
    }

    package var appeared: [OrganizationMember] = []
    package var left: [OrganizationMember] = []
    /// Labels stay.
    package var renamed: [Rename] = []
    package var moved: [Rename] = []
    /// The label was wanted by an account of the configuration, which has it now.
    package var relabelled: [Rename] = []

    package var isEmpty: Bool { self == OrganizationChanges() }
}

/// Every account of the organization that was ever listed: a pure function of the lists that came. Who left stays
/// remembered, so that nobody else gets the label that its history is under.
package struct OrganizationRoster: Equatable, Sendable {
    private var known: [String: OrganizationMember]
    /// When the last list came, Unix seconds; nil before the first.
    package private(set) var listedAt: Double?
    /// Of the last list; nil where that is one of an earlier run.
    package private(set) var inactiveCount: Int?
    package private(set) var excludedCount: Int?

    /// - Parameter stored: What an earlier run left.
    package init(stored: [OrganizationMember] = [], listedAt: Double? = nil) {
        known = Dictionary(stored.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        self.listedAt = listedAt
    }

    /// All that are remembered, by ID.
    package var members: [OrganizationMember] { known.values.sorted { $0.id < $1.id } }
    /// Those that are to be read, by ID.
    package var listed: [OrganizationMember] { members.filter(\.isListed) }

    /// Whether somebody who is read is not in the list at all: of lists that take several requests that may be somebody
    /// who moved meanwhile.
    package func misses(in list: OrganizationList) -> Bool {
        known.values.contains { $0.isListed && list.entries[$0.id] == nil }
    }

    /// Takes the newest list.
    ///
    /// - Parameter reserved: Labels of accounts of the configuration.
    package mutating func take(
        _ list: OrganizationList, reserved: Set<String>, at now: Double
    ) -> OrganizationChanges {
        var changes = OrganizationChanges()
        for var member in members {
            let wasListed = member.isListed
            let former = member
            if let entry = list.entries[member.id] {
                member.name = entry.account.name
                (member.unit, member.unitName) = (entry.unit?.id, entry.unit?.name)
            }
            member.isListed = list.isRead(member.id)
            known[member.id] = member
            if wasListed, !member.isListed { changes.left.append(member) }
            if !wasListed, member.isListed { changes.appeared.append(member) }
            guard wasListed, member.isListed else { continue }
            if member.name != former.name {
                changes.renamed.append(.init(member: member, former: former.name))
            }
            if let unit = former.unit, member.unit != nil, member.unit != unit {
                changes.moved.append(.init(member: member, former: unit))
            }
        }
        label(list, reserved, &changes)
        forgetBeyondLimit()
        listedAt = now
        inactiveCount = list.entries.values.count { !$0.account.isActive }
        excludedCount = list.entries.values.count { $0.account.isActive && $0.isExcluded }
        return changes
    }

    /// Notes that the account's role was assumed; true when that is news.
    package mutating func noteWorked(_ id: String) -> Bool {
        guard known[id]?.hasWorked == false else { return false }
        known[id]?.hasWorked = true
        return true
    }

    /// Notes which account needs no role.
    package mutating func noteOwn(_ id: String) {
        for key in known.keys { known[key]?.isOwn = key == id }
    }

    /// Notes which accounts the configuration names.
    package mutating func noteConfigured(_ ids: Set<String>) {
        for key in known.keys { known[key]?.isConfigured = ids.contains(key) }
    }

    // MARK: Labels

    /// Gives labels to those that have none, and others to those whose label is the configuration's.
    private mutating func label(
        _ list: OrganizationList, _ reserved: Set<String>, _ changes: inout OrganizationChanges
    ) {
        var taken = reserved
        for member in members where !reserved.contains(member.label) { taken.insert(member.label) }
        for var member in members where reserved.contains(member.label) {
            let former = member.label
            member.label = Self.label(member.id, member.name, isShared: true, taken)
            taken.insert(member.label)
            known[member.id] = member
            if member.isListed { changes.relabelled.append(.init(member: member, former: former)) }
        }
        let new = list.entries.values.filter { list.isRead($0.account.id) && known[$0.account.id] == nil }
            .sorted { $0.account.id < $1.account.id }
        let names = Dictionary(grouping: new) { Self.cleaned($0.account.name) }
        for entry in new {
            let isShared = (names[Self.cleaned(entry.account.name)]?.count ?? 0) > 1
            let member = OrganizationMember(
                id: entry.account.id,
                label: Self.label(entry.account.id, entry.account.name, isShared: isShared, taken),
                name: entry.account.name, unit: entry.unit?.id, unitName: entry.unit?.name, isListed: true)
            taken.insert(member.label)
            known[member.id] = member
            changes.appeared.append(member)
        }
    }

    /// The name; where others have it as well, or it is another account's ID, the name and the ID.
    private static func label(_ id: String, _ name: String, isShared: Bool, _ taken: Set<String>) -> String {
        let name = cleaned(name)
        let looksLikeID = name.count == 12 && name.allSatisfy(\.isNumber) && name != id
        if !name.isEmpty, !isShared, !looksLikeID, !taken.contains(name) { return name }
        var label = name.isEmpty ? id : "\(name)-\(id)"
        // Only somebody who means it calls his account so.
        while taken.contains(label) { label += "-\(id)" }
        return label
    }

    /// As a label and a log line may hold it.
    fileprivate static func cleaned(_ name: String) -> String {
        var text = VisibleText.escaped(String(name.prefix(OrganizationLimits.nameCharacters)))[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    private mutating func forgetBeyondLimit() {
        let excess = known.count - OrganizationLimits.members
        guard excess > 0 else { return }
        for member in members.filter({ !$0.isListed }).prefix(excess) { known[member.id] = nil }
    }
}
