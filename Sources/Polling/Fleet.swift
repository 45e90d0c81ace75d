import QuotaModel
import Reading
import Synchronization
import System

/// The pollers of all Regions of all accounts, each in tasks of its own.
package final class Fleet: Sendable {
    /// Regions that poll at the same time. More than the Regions of most fleets, so that hanging ones rarely hold up
    /// others, and few enough to bound connections and memory.
    package static let concurrentPolls = 64

    /// A Region that is polled.
    package struct Member: Sendable {
        package let basis: ResolvedAccount.Basis
        package let session: AccountSession
        package let region: String
        package let poller: RegionPoller
        fileprivate let tasks: [Task<Void, Never>]

        fileprivate init(_ place: FleetPlan.Place, services: PollServices) {
            let poller = RegionPoller(
                account: place.session, region: place.region, services: services,
                phase: Fleet.phase(account: place.session.meetingName, region: place.region))
            // Said here, so that a poller that never begins is missed as well.
            services.watch.expect(ObjectIdentifier(poller), within: PollWatch.slackSeconds)
            (basis, session, region, self.poller) = (place.basis, place.session, place.region, poller)
            let callers = place.session.callers.map {
                CallerReader(
                    account: place.session, region: place.region, settings: $0, services: services)
            }
            tasks =
                [
                    Task { await poller.run() }, Task { await poller.watchAlerts() },
                    Task { await poller.watchForecasts() }, Task { await poller.watchSettings() },
                ] + (callers.map { callers in [Task { await callers.run() }] } ?? [])
        }
    }

    package let members: [Member]

    /// Begins to poll the Regions that are new in the plan, beside those that go on.
    package init(_ plan: FleetPlan, services: PollServices) {
        members = plan.kept + plan.begun.map { Member($0, services: services) }
    }

    /// Cancels all polls and waits until each has noticed.
    package func stop(_ watch: PollWatch) async { await Self.stop(members, watch) }

    /// Cancels the polls of these Regions and waits until each has noticed; a cancelled request ends at once.
    package static func stop(_ members: [Member], _ watch: PollWatch) async {
        for member in members { for task in member.tasks { task.cancel() } }
        for member in members {
            for task in member.tasks { await task.value }
            watch.forget(ObjectIdentifier(member.poller))
        }
    }

    /// 0..<1 out of the names, the same at every start, so that a restart does not move a Region's place.
    package static func phase(account: String?, region: String) -> Double {
        FNV1a.fraction("\(account ?? "")/\(region)")
    }
}

extension AccountSession {
    /// What a Region's place in time is made of: accounts that are read through the same one ask together.
    fileprivate var meetingName: String? { monitoring?.name ?? configuredName }
}

/// What a configuration makes of a running fleet: Regions of unchanged accounts go on, with all that they know and at
/// their place in time; the others begin or end.
package struct FleetPlan: Sendable {
    /// A Region that is not polled yet.
    package struct Place: Sendable {
        let basis: ResolvedAccount.Basis
        package let session: AccountSession
        package let region: String
    }

    package private(set) var kept: [Fleet.Member] = []
    package private(set) var begun: [Place] = []
    package private(set) var ended: [Fleet.Member]

    /// - Parameter makeSession: Called for accounts without a session that fits; nothing has begun or ended when it throws.
    package init(
        _ accounts: [ResolvedAccount], after old: Fleet?,
        makeSession: (ResolvedAccount) throws -> AccountSession
    ) rethrows {
        let members = old?.members ?? []
        // By name, so that a thousand accounts are not compared with each other.
        let candidates = Dictionary(grouping: members.indices) { members[$0].basis.account.name }
        var isKept = [Bool](repeating: false, count: members.count)
        for account in accounts {
            let same =
                candidates[account.basis.account.name]?.filter { members[$0].basis == account.basis } ?? []
            var session = same.first { !isKept[$0] }.map { members[$0].session }
            for region in account.regions {
                if let index = same.first(where: { members[$0].region == region && !isKept[$0] }) {
                    isKept[index] = true
                    kept.append(members[index])
                    continue
                }
                let made = try session ?? makeSession(account)
                session = made
                begun.append(Place(basis: account.basis, session: made, region: region))
            }
        }
        ended = members.indices.filter { !isKept[$0] }.map { members[$0] }
    }

    /// The Regions of the fleet, each with the configured name of its account.
    package var places: [(account: String?, region: String)] {
        kept.map { ($0.session.configuredName, $0.region) }
            + begun.map { ($0.session.configuredName, $0.region) }
    }
}

/// Which Regions belong to the running fleet, also while some accounts have no name yet.
package final class FleetRoster: Sendable {
    private struct State {
        /// Labels that are known: configured names, and IDs that STS told.
        var known: Set<RegionKey> = []
        /// How many pollers of each Region still wait for their account's ID.
        var nameless: [String: Int] = [:]
    }

    private let state: Mutex<State>
    private let configuredNames: Set<String>

    /// - Parameter places: Each Region with the configured name of its account.
    package init(_ places: [(account: String?, region: String)]) {
        var state = State()
        for (account, region) in places {
            if let account {
                state.known.insert(RegionKey(account: account, region: region))
            } else {
                state.nameless[region, default: 0] += 1
            }
        }
        self.state = Mutex(state)
        configuredNames = Set(places.compactMap(\.account))
    }

    convenience init(_ sessions: [AccountSession]) {
        self.init(sessions.flatMap { session in session.regions.map { (session.configuredName, $0) } })
    }

    /// Notes the label of an account that was nameless.
    ///
    /// - Returns: False where it was known all along.
    @discardableResult
    func identified(_ key: RegionKey) -> Bool {
        state.withLock { state in
            let isNew = state.known.insert(key).inserted
            guard isNew || state.nameless[key.region] != nil, isNameless(key) else { return isNew }
            let left = (state.nameless[key.region] ?? 0) - 1
            state.nameless[key.region] = left > 0 ? left : nil
            return true
        }
    }

    /// Whether the label is none that the configuration gives.
    package func isNameless(_ key: RegionKey) -> Bool { !configuredNames.contains(key.account) }

    /// Whether the Region is one of the fleet's, or may turn out to be: of an account that has no name yet, what an
    /// earlier fleet knew stays until it is known.
    package func mayHold(_ key: RegionKey) -> Bool {
        state.withLock { state in
            if state.known.contains(key) { return true }
            return state.nameless[key.region] != nil && isNameless(key)
        }
    }
}
