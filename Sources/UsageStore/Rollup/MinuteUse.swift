import QuotaModel

/// How single minutes of a pool, or of one model ID of it, stand against the quotas of a minute.
struct MinuteUse: Equatable {
    /// Quota tokens by tokens per minute; empty for a model ID without a pool.
    var tokens = PerMinute()
    /// Invocations by requests per minute.
    var requests = PerMinute()

    /// One quota.
    struct PerMinute: Equatable {
        /// The highest minute in tokens or requests; the earliest of equal ones.
        var peak: Peak?
        /// The highest minute by the limit that held then; the earliest of equal ones.
        var peakRatio: Peak?
        var ratioSum = 0.0
        /// Known minutes with a limit above 0.
        var ratioMinutes = 0
        var above70 = 0
        var above80 = 0
        var above100 = 0

        mutating func add(_ value: Double, limit: Double?, at minute: Minute) {
            peak = Peak.higher(peak, Peak(value: value, minute: minute))
            guard let limit, limit > 0 else { return }
            let ratio = value / limit
            peakRatio = Peak.higher(peakRatio, Peak(value: ratio, minute: minute))
            ratioSum += ratio
            ratioMinutes += 1
            if ratio >= 0.7 { above70 += 1 }
            if ratio >= 0.8 { above80 += 1 }
            if ratio >= 1 { above100 += 1 }
        }

        mutating func merge(_ other: PerMinute) {
            peak = Peak.higher(peak, other.peak)
            peakRatio = Peak.higher(peakRatio, other.peakRatio)
            ratioSum += other.ratioSum
            ratioMinutes += other.ratioMinutes
            above70 += other.above70
            above80 += other.above80
            above100 += other.above100
        }
    }

    var isEmpty: Bool { tokens.peak == nil && requests.peak == nil }

    mutating func merge(_ other: MinuteUse) {
        tokens.merge(other.tokens)
        requests.merge(other.requests)
    }
}

extension Peak {
    /// The higher of two; of equal ones the earlier.
    static func higher(_ a: Peak?, _ b: Peak?) -> Peak? {
        guard let a else { return b }
        guard let b else { return a }
        if a.value == b.value { return a.minute <= b.minute ? a : b }
        return a.value > b.value ? a : b
    }
}

/// The highest minute of something.
package struct Peak: Equatable, Sendable {
    package var value: Double
    package var minute: Minute

    package init(value: Double, minute: Minute) {
        self.value = value
        self.minute = minute
    }
}
