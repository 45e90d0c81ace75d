import QuotaModel
import Reading
import Synchronization

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
    package func identified(_ key: RegionKey) {
        state.withLock { state in
            guard state.known.insert(key).inserted || state.nameless[key.region] != nil,
                isNameless(key)
            else { return }
            let left = (state.nameless[key.region] ?? 0) - 1
            state.nameless[key.region] = left > 0 ? left : nil
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
