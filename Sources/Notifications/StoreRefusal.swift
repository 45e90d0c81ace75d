/// For how long the store has refused what was decided of alerts.
package struct StoreRefusal: Sendable {
    /// After this long, decisions stand without the store.
    package static let patienceSeconds = 300.0

    private var since: Double?
    /// Decisions stand that the store does not know.
    package private(set) var isUnstored = false

    /// Notes one more refusal; true when patience is over.
    package mutating func note(now: Double) -> Bool {
        // After a jump of the clock backwards the waiting begins anew.
        let begun = min(since ?? now, now)
        since = begun
        guard now - begun >= Self.patienceSeconds else { return isUnstored }
        isUnstored = true
        return true
    }

    /// The store has taken everything; true when it had not for a while.
    package mutating func end() -> Bool {
        defer { self = StoreRefusal() }
        return since != nil
    }

    package func seconds(now: Double) -> Double { now - (since ?? now) }
}
