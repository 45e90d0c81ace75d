import QuotaModel
import Reading
import UsageStore

/// What is known of every series in the last minutes, as far as decisions about reading need it.
struct RecentCounts: Sendable {
    /// The minutes that are held; earlier ones are forgotten.
    private(set) var window: Range<Minute>
    private var series: [String: [WatchedCounts]] = [:]

    init(window: Range<Minute>) {
        self.window = window
    }

    var modelIDs: some Collection<String> { series.keys }

    /// Nothing known reads as zero: what is known is always a lower bound.
    subscript(modelID: String, minute: Minute) -> WatchedCounts {
        guard window.contains(minute), let counts = series[modelID] else { return WatchedCounts() }
        return counts[window.lowerBound.distance(to: minute)]
    }

    /// Holds other minutes from now on.
    mutating func move(to new: Range<Minute>) {
        guard new != window else { return }
        let old = window
        let kept = old.clamped(to: new)
        series = series.compactMapValues { counts in
            guard !kept.isEmpty else { return nil }
            var moved = Array(repeating: WatchedCounts(), count: new.count)
            for minute in kept {
                moved[new.lowerBound.distance(to: minute)] = counts[old.lowerBound.distance(to: minute)]
            }
            return moved
        }
        window = new
    }

    /// Takes a minute's datapoints over what was known of it.
    mutating func take(_ modelID: String, _ recorded: RecordedMinute) {
        guard window.contains(recorded.minute) else { return }
        series[modelID, default: Array(repeating: WatchedCounts(), count: window.count)][
            window.lowerBound.distance(to: recorded.minute)
        ].overwrite(with: recorded.usage)
    }

    /// The series had at least this much.
    mutating func raise(_ modelID: String, _ minute: Minute, to counts: WatchedCounts) {
        guard window.contains(minute) else { return }
        series[modelID, default: Array(repeating: WatchedCounts(), count: window.count)][
            window.lowerBound.distance(to: minute)
        ].raise(to: counts)
    }

    mutating func take(_ records: [SeriesRecord]) {
        for record in records {
            for minute in record.minutes { take(record.modelID, minute) }
        }
    }

    /// All series of a minute added up.
    func sum(at minute: Minute) -> WatchedCounts {
        guard window.contains(minute) else { return WatchedCounts() }
        let index = window.lowerBound.distance(to: minute)
        var sum = WatchedCounts()
        for counts in series.values { sum.add(counts[index]) }
        return sum
    }
}
