import QuotaModel
import UsageStore

/// Minutes that the store has just as CloudWatch tells them again. A poll reads a trailing window anew, of which most is as the
/// poll before stored it, and need not be looked up.
///
/// A minute is known by a hash of its datapoints, 64 bits with a seed of the process: what a whole day of 10,000 series has
/// wrongly taken for stored is one minute in millions of years.
struct StoredMinutes {
    private var window = Minute(index: 0)..<Minute(index: 0)
    /// Of each series a ring of the window's minutes; 0 where nothing is known.
    private var hashes: [String: [Int]] = [:]
    private let seed = UInt64.random(in: .min ... .max)

    /// Knows minutes of this window from now on.
    mutating func move(to new: Range<Minute>) {
        defer { window = new }
        guard new.count == window.count, new.lowerBound >= window.lowerBound else { return hashes = [:] }
        let slots = (max(window.upperBound, new.lowerBound)..<new.upperBound).map(slot)
        guard !slots.isEmpty else { return }
        for index in hashes.values.indices {
            for slot in slots { hashes.values[index][slot] = 0 }
        }
    }

    /// What of a record the store lacks; nil for nothing.
    ///
    /// - Parameter covered: What the store has of the series; nil where it does not know it.
    func news(in record: SeriesRecord, covered: MinuteRanges?) -> SeriesRecord? {
        guard let covered else { return record }
        var news = record
        if let known = hashes[record.modelID] {
            news.minutes = record.minutes.filter {
                !window.contains($0.minute) || known[slot($0.minute)] != hash($0)
            }
        }
        news.covered = record.covered.filter { !covered.contains($0) }
        return news.minutes.isEmpty && news.covered.isEmpty ? nil : news
    }

    /// Notes what was stored.
    ///
    /// - Parameter isCounted: Whether the minutes enter the counters, as those of polls do: others are looked up once more.
    mutating func note(_ records: [SeriesRecord], isCounted: Bool) {
        for record in records {
            for minute in record.minutes where window.contains(minute.minute) {
                hashes[record.modelID, default: Array(repeating: 0, count: window.count)][
                    slot(minute.minute)] =
                    isCounted ? hash(minute) : 0
            }
        }
    }

    private func slot(_ minute: Minute) -> Int {
        ((minute.index % window.count) + window.count) % window.count
    }

    /// Multiplied and folded, datapoint by datapoint: a tenth of what a general hasher takes.
    private func hash(_ recorded: RecordedMinute) -> Int {
        var hash = seed ^ UInt64(bitPattern: Int64(recorded.minute.index))
        for metric in UsageMetric.allCases {
            let bits = recorded.usage[metric]?.bitPattern ?? .max
            let product = (hash ^ bits).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
            hash = product.high ^ product.low
        }
        return Int(truncatingIfNeeded: hash)
    }
}
