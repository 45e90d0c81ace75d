import AWSClient
import Reading
import System

/// Lists the organization as the daemon would, and tries each account's role once.
struct OrganizationCheck {
    /// Failing accounts that have a line of their own.
    private static let mostLines = 20

    private let settings: OrganizationSettings
    private let shard: AccountShard
    /// Those of the configuration, which win over found ones.
    private let accounts: [AccountSettings]
    private let factory: AccountFactory
    private let report: @Sendable (CheckLine) -> Void

    init(
        _ settings: OrganizationSettings, shard: AccountShard, accounts: [AccountSettings],
        factory: AccountFactory, report: @escaping @Sendable (CheckLine) -> Void
    ) {
        self.settings = settings
        self.shard = shard
        self.accounts = accounts
        self.factory = factory
        self.report = report
    }

    /// - Returns: The session of one account that can be read, as an example of all; nil where there is none.
    func run(_ shared: SharedConfig) async -> AccountSession? {
        do {
            let connections = try OrganizationConnections(settings, among: accounts, factory, shared)
            let own = try await connections.ownID()
            let list = try await connections.list()
            return await tryRoles(of: try await members(list, own: own, connections), connections)
        } catch {
            let hint = (error as? AWSError)?.organizationsHint.map { "; \($0)" } ?? ""
            report(CheckLine(.fail, "organization", "\(error)\(hint)"))
            return nil
        }
    }

    /// Those that this exporter would read.
    private func members(
        _ list: OrganizationList, own: String, _ connections: OrganizationConnections
    ) async throws -> [OrganizationMember] {
        var roster = OrganizationRoster()
        _ = roster.take(list, reserved: Set(accounts.compactMap { $0.name ?? $0.knownID }), at: 0)
        roster.noteOwn(own)
        var configured = Set(accounts.compactMap(\.knownID))
        for account in accounts where account.knownID == nil {
            configured.insert(try await connections.id(of: account))
        }
        let mine = roster.listed.filter { shard.holds($0.id) && !configured.contains($0.id) }
        report(
            CheckLine(
                mine.isEmpty ? .warn : .ok, "organization",
                "\(roster.listed.count) accounts to read, \(roster.excludedCount ?? 0) excluded, "
                    + "\(roster.inactiveCount ?? 0) inactive"))
        if mine.count < roster.listed.count {
            report(
                CheckLine(
                    .ok, "organization",
                    "\(mine.count) of them for this exporter: shard \(shard), \(configured.count) under accounts"
                ))
        }
        return mine
    }

    private func tryRoles(
        of members: [OrganizationMember], _ connections: OrganizationConnections
    ) async -> AccountSession? {
        guard !members.isEmpty else { return nil }
        var failures: [(member: OrganizationMember, reason: String)] = []
        await withTaskGroup(of: (OrganizationMember, String?).self) { group in
            var waiting = members[...]
            func begin(_ member: OrganizationMember) {
                group.addTask {
                    do {
                        try await connections.check(member)
                        return (member, nil)
                    } catch {
                        return (member, String(describing: error))
                    }
                }
            }
            for member in members.prefix(OrganizationLimits.concurrentTrials) { begin(member) }
            waiting = waiting.dropFirst(OrganizationLimits.concurrentTrials)
            while let (member, reason) = await group.next() {
                if let reason { failures.append((member, reason)) }
                if let next = waiting.popFirst() { begin(next) }
            }
        }
        failures.sort { $0.member.id < $1.member.id }
        let readable = members.count - failures.count
        report(
            CheckLine(
                readable == 0 ? .fail : failures.isEmpty ? .ok : .warn, "role \(settings.roleName)",
                "\(readable) of \(members.count) accounts can be read"))
        for (member, reason) in failures.prefix(Self.mostLines) {
            report(CheckLine(.warn, "account \(member.label) \(member.id)", reason))
        }
        if failures.count > Self.mostLines {
            report(CheckLine(.warn, "accounts", "\(failures.count - Self.mostLines) more cannot be read"))
        }
        let failing = Set(failures.map(\.member.id))
        do {
            return try members.first { !failing.contains($0.id) }.map(connections.session)
        } catch {
            report(CheckLine(.fail, "organization", String(describing: error)))
            return nil
        }
    }
}
