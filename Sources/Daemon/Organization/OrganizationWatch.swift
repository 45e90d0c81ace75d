import AWSClient
import Reading
import SQLite
import System
import UsageStore

/// Follows an organization: lists its accounts, tries their roles, and says which accounts can be read. What fails is
/// counted, told once, and tried again with growing pauses; meanwhile the last good list holds.
actor OrganizationWatch {
    /// What it asks AWS.
    struct Source: Sendable {
        let list: @Sendable () async throws -> OrganizationList
        /// The account that needs no role.
        let ownID: @Sendable () async throws -> String
        /// Accounts that the configuration names itself; those whose ID is not known yet are missing.
        let listedIDs: @Sendable () async -> Set<String>
        /// Throws why the account cannot be read.
        let check: @Sendable (OrganizationMember) async throws -> Void
        /// Lets go what is remembered of all other accounts.
        let keep: @Sendable (Set<String>) -> Void
    }

    struct Services: Sendable {
        let store: UsageStore
        let board: OrganizationBoard
        let clock: PollClock
        let log: Log
        /// Called when other accounts can be read than before; returns when that is done.
        let changed: @Sendable () async -> Void
        /// Called when something of the report is new.
        let published: @Sendable () -> Void
        let storageFailed: @Sendable () -> Void
    }

    /// After the first list that fails.
    private static let firstPauseSeconds = 30.0
    /// Between two changes of the fleet while many roles are tried.
    private static let announcePauseSeconds = 1.0

    private let shard: AccountShard
    private let refreshSeconds: Double
    /// Labels of the configuration's accounts.
    private let reserved: Set<String>
    /// IDs of the configuration's accounts that are known without asking.
    private let reservedIDs: Set<String>
    private let source: Source
    private let services: Services

    private var roster = OrganizationRoster()
    private var trials: RoleTrials
    private var listedIDs: Set<String> = []
    private var ownID: String?
    private var nextList = -Double.infinity
    private var listFailures = 0
    private var failure: String?
    private var failures = RepeatedFailures()
    private var announcedAt = -Double.infinity
    private var announced: [OrganizationMember] = []

    init(
        _ settings: OrganizationSettings, shard: AccountShard, reserved: Set<String>,
        reservedIDs: Set<String> = [], source: Source, services: Services
    ) {
        self.shard = shard
        self.reserved = reserved
        self.reservedIDs = reservedIDs
        self.source = source
        self.services = services
        refreshSeconds = Double(settings.refresh.seconds)
        trials = RoleTrials(longestPauseSeconds: refreshSeconds)
    }

    /// Takes up the stored list; what follows is read on with it however long AWS fails.
    func restore() async {
        do {
            guard let stored = try await services.store.organization([OrganizationMember].self) else {
                return publish()
            }
            roster = OrganizationRoster(stored: stored.list, listedAt: Double(stored.fetchedAt))
            ownID = stored.list.first(where: \.isOwn)?.id
            // Of an account that could be read before, a failure is its Regions' own.
            for member in roster.listed where member.hasWorked { trials.noteWorking(member.id) }
            listedIDs = reservedIDs.union(stored.list.filter(\.isConfigured).map(\.id))
        } catch {
            services.storageFailed()
            log.error(
                "Reading the stored accounts of the organization failed", ["error": String(describing: error)]
            )
        }
        publish()
    }

    /// Lists and tries until the task is cancelled.
    func run() async {
        do {
            await announce()
            while !Task.isCancelled {
                try await step()
                let now = services.clock.now()
                let next = min(nextList, trials.nextDue ?? .infinity)
                try await services.clock.sleep(max(Self.announcePauseSeconds / 4, next - now))
            }
        } catch {
            // Only cancellation ends a sleep.
            log.debug("Following the organization stopped")
        }
    }

    /// What is due now.
    func step() async throws {
        let now = services.clock.now()
        // A clock set back must not postpone it for ever.
        if now >= nextList || nextList - now > 2 * refreshSeconds { await list() }
        try Task.checkCancellation()
        await tryRoles()
        await announce()
    }

    /// Those that this exporter reads once their roles work.
    private var mine: [OrganizationMember] {
        roster.listed.filter { shard.holds($0.id) && !listedIDs.contains($0.id) }
    }

    // MARK: The list

    private func list() async {
        do {
            if ownID == nil { ownID = try await source.ownID() }
            var list = try await source.list()
            // Somebody who moved while units were walked may be in none of them.
            if roster.misses(in: list) { list = try await source.list() }
            listedIDs = await source.listedIDs()
            let isFirst = roster.listedAt == nil
            let changes = roster.take(list, reserved: reserved, at: services.clock.now())
            if let ownID { roster.noteOwn(ownID) }
            roster.noteConfigured(listedIDs)
            trials.keep(Set(mine.map(\.id)))
            source.keep(Set(mine.map(\.id)))
            (listFailures, failure) = (0, nil)
            nextList = services.clock.now() + refreshSeconds
            await save()
            publish()
            if failures.worked("list") { log.info("The organization's accounts are listed again") }
            OrganizationLog(log: log).tell(changes, services.board.report, isFirst: isFirst)
        } catch {
            guard !Task.isCancelled else { return }
            let now = services.clock.now()
            let pause = min(Self.firstPauseSeconds * Double(1 << min(listFailures, 10)), refreshSeconds)
            listFailures += 1
            nextList = now + pause
            failure = Self.text(error)
            if failures.failed("list", failure ?? "", now: now) {
                let age = roster.listedAt.map { "\(Int(max(0, now - $0))) s" } ?? "none"
                log.error(
                    "Listing the organization's accounts failed; the last list goes on",
                    ["error": failure ?? "", "list_age": age])
            }
        }
        publish()
    }

    private static func text(_ error: any Error) -> String {
        let hint = (error as? AWSError)?.organizationsHint.map { "; \($0)" } ?? ""
        return String(describing: error) + hint
    }

    private func save() async {
        guard let listedAt = roster.listedAt else { return }
        do {
            try await services.store.saveOrganization(roster.members, at: Int(listedAt))
        } catch {
            services.storageFailed()
            if failures.failed("store", String(describing: error), now: services.clock.now()) {
                log.error(
                    "Storing the organization's accounts failed", ["error": String(describing: error)])
            }
        }
    }

    private var log: Log { services.log }

    // MARK: Roles

    /// Tries the roles that are due, some at a time, and lets the fleet have those that work meanwhile.
    private func tryRoles() async {
        let members = Dictionary(mine.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var due = trials.due(members.keys.sorted(), now: services.clock.now()).compactMap { members[$0] }[...]
        guard !due.isEmpty else { return }
        var isNews = false
        await withTaskGroup(of: (OrganizationMember, String?).self) { group in
            for member in due.prefix(OrganizationLimits.concurrentTrials) {
                group.addTask { [source] in (member, await Self.trial(member, source)) }
            }
            due = due.dropFirst(OrganizationLimits.concurrentTrials)
            while let (member, reason) = await group.next() {
                guard !Task.isCancelled else { continue }
                isNews = note(member, reason) || isNews
                if let member = due.popFirst() {
                    group.addTask { [source] in (member, await Self.trial(member, source)) }
                }
                if services.clock.now() - announcedAt >= Self.announcePauseSeconds { await announce() }
            }
        }
        if isNews { await save() }
    }

    /// Why the account cannot be read; nil when it can.
    private static func trial(_ member: OrganizationMember, _ source: Source) async -> String? {
        do {
            try await source.check(member)
            return nil
        } catch {
            return String(describing: error)
        }
    }

    /// - Returns: Whether it is to be stored.
    private func note(_ member: OrganizationMember, _ reason: String?) -> Bool {
        guard let reason else {
            if trials.failures[member.id] != nil {
                log.info("Account can be read now", ["account": member.label, "account_id": member.id])
            }
            trials.noteWorking(member.id)
            return roster.noteWorked(member.id)
        }
        let isFirst = trials.noteFailing(
            member.id, reason, fraction: FNV1a.fraction("/\(member.id)"), now: services.clock.now())
        if isFirst {
            log.warn(
                "Account cannot be read; its role is tried again",
                ["account": member.label, "account_id": member.id, "error": reason])
        }
        return false
    }

    // MARK: What can be read

    private func announce() async {
        announcedAt = services.clock.now()
        publish()
        let read = services.board.report.read
        guard read != announced else { return }
        announced = read
        await services.changed()
    }

    private func publish() {
        let mine = mine
        let failing = mine.compactMap { member in trials.failures[member.id].map { (member, $0) } }
        let untried = mine.count { trials.isUntried($0.id) }
        let isListed = roster.listedAt != nil
        services.board.publish(
            OrganizationReport(
                shard: shard, read: mine.filter { trials.works($0.id) }, failing: failing, waiting: untried,
                otherShards: roster.listed.count { !shard.holds($0.id) && !listedIDs.contains($0.id) },
                configured: roster.listed.count { listedIDs.contains($0.id) },
                excluded: roster.excludedCount, inactive: roster.inactiveCount, listedAt: roster.listedAt,
                failure: failure, isSettled: isListed && untried == 0))
        services.published()
    }
}
