import Synchronization

/// How many Regions list their quotas at the same time: a list is two dozen calls and a megabyte.
///
/// Nobody waits for a turn, because a list that hangs must hold up no poll of another Region: who gets none goes on with what
/// is known, and asks again at the next poll. Half of the turns are for Regions with traffic alone, so that after a first start
/// their limits are known first. Each Region asks page after page, which stays below Service Quotas' rate for an account.
package final class QuotaListings: Sendable {
    /// Half of the Regions that poll at the same time.
    package static let atOnce = 32
    /// Data this recent means traffic.
    package static let busySeconds = 3600.0

    private let running = Mutex(0)

    package init() {}

    /// Takes a turn, to be given back by `end`.
    ///
    /// - Returns: False when there is none.
    func begin(hasTraffic: Bool) -> Bool {
        running.withLock { running in
            guard running < (hasTraffic ? Self.atOnce : Self.atOnce / 2) else { return false }
            running += 1
            return true
        }
    }

    func end() { running.withLock { $0 -= 1 } }
}
