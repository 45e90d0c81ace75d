/// CloudWatch's digest of the samples of a period.
struct StatisticSet: Equatable, Sendable {
    var sampleCount: Double
    var sum: Double
    var minimum: Double
    var maximum: Double

    /// Samples of 1 each, such as invocations; nil without any.
    static func ofOnes(_ count: Int) -> StatisticSet? {
        guard count > 0 else { return nil }
        return StatisticSet(sampleCount: Double(count), sum: Double(count), minimum: 1, maximum: 1)
    }

    /// Samples around a mean, from about a quarter to three times of it; nil for a sum of zero.
    static func spread(sum: Int, samples: Int) -> StatisticSet? {
        guard sum > 0 else { return nil }
        guard samples > 1 else {
            return StatisticSet(sampleCount: 1, sum: Double(sum), minimum: Double(sum), maximum: Double(sum))
        }
        let mean = sum / samples
        return StatisticSet(
            sampleCount: Double(samples), sum: Double(sum), minimum: Double(mean / 4),
            maximum: Double(min(sum, mean * 3 + 1)))
    }

    mutating func merge(_ other: StatisticSet) {
        sampleCount += other.sampleCount
        sum += other.sum
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
    }

    func value(_ statistic: Statistic) -> Double {
        switch statistic {
        case .sum: sum
        case .average: sampleCount > 0 ? sum / sampleCount : 0
        case .sampleCount: sampleCount
        case .minimum: minimum
        case .maximum: maximum
        }
    }
}

/// The statistics that GetMetricData answers here; the raw value is CloudWatch's name.
enum Statistic: String, Sendable {
    case sum = "Sum"
    case average = "Average"
    case sampleCount = "SampleCount"
    case minimum = "Minimum"
    case maximum = "Maximum"
}
