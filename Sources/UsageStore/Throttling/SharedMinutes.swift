import QuotaModel

/// How all pools of a Region fared, minute by minute, for every episode that lies in these minutes; pure.
///
/// Which pools belong to an episode depends on its minutes: one whose model IDs CloudWatch lists no more is never covered,
/// and must not leave all minutes open. So it is noted of each minute how far away the nearest one is that shows a pool
/// that is not known in it; then no episode has to look at the pools again.
struct SharedMinutes {
    private struct Entry {
        /// Of the pools that are covered in the minute.
        var covered = SharedDailyQuota.Tally()
        /// Of those that are not, the nearest covered minute before it, and after it; places in `range`.
        var before = -1
        var after = Int.max
    }

    /// The minutes that can be asked for.
    let range: Range<Minute>
    private var entries: [Entry]

    init(_ range: Range<Minute>) {
        self.range = range
        entries = [Entry](repeating: Entry(), count: range.count)
    }

    /// Adds a pool of a model.
    ///
    /// - Parameter minutes: What is known of it in the range.
    mutating func add(_ minutes: [ThrottleMinute], of model: String) {
        var isCovered = [Bool](repeating: false, count: entries.count)
        for minute in minutes where minute.isCovered {
            let index = range.lowerBound.distance(to: minute.minute)
            isCovered[index] = true
            entries[index].covered.add(SharedDailyQuota.Pool(minute, model))
        }
        var before = -1
        for index in entries.indices {
            if isCovered[index] { before = index }
            if !isCovered[index] { entries[index].before = max(entries[index].before, before) }
        }
        var after = Int.max
        for index in entries.indices.reversed() {
            if isCovered[index] { after = index }
            if !isCovered[index] { entries[index].after = min(entries[index].after, after) }
        }
    }

    /// A minute of an episode's minutes: of all pools that are covered in some of these.
    func state(at minute: Minute, in episode: Range<Minute>) -> SharedDailyQuota.State {
        let entry = entries[range.lowerBound.distance(to: minute)]
        let isOneUnknown =
            entry.before >= range.lowerBound.distance(to: episode.lowerBound)
            || entry.after < range.lowerBound.distance(to: episode.upperBound)
        return isOneUnknown ? .open : entry.covered.state
    }
}

extension SharedDailyQuota.Pool {
    /// A minute of a pool.
    fileprivate init(_ minute: ThrottleMinute, _ model: String) {
        let isLow = [
            (minute.quotaTokens, minute.tokensLimit), (minute.requests, minute.requestsLimit),
        ].allSatisfy { used, limit in
            guard let limit, limit > 0 else { return true }
            return used < SharedDailyQuota.lowUse * limit
        }
        self.init(
            model: model, requests: minute.requests, throttles: minute.throttles,
            isCovered: minute.isCovered, isLow: isLow)
    }
}
