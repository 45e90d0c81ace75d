/// All that one model ID did in one minute, as CloudWatch will finally have it. Zero means no datapoint.
struct MinuteTraffic: Equatable, Sendable {
    static let idle = MinuteTraffic()

    var invocations: Int32 = 0
    var inputTokens: Int32 = 0
    var outputTokens: Int32 = 0
    var cacheReadTokens: Int32 = 0
    var cacheWriteTokens: Int32 = 0
    var clientErrors: Int32 = 0
    var serverErrors: Int32 = 0
    var throttles: Int32 = 0
    /// Averages of the minute.
    var latencyMilliseconds: Int32 = 0
    var timeToFirstTokenMilliseconds: Int32 = 0
    var burndownRate: Int32 = 1
    /// AWS's own estimate is sparse: some minutes have none.
    var hasEstimate = false

    /// input + cache write + output x burndown rate, exactly; 0 where AWS gives no estimate.
    var estimatedQuotaTokens: Int {
        guard hasEstimate else { return 0 }
        return Int(inputTokens) + Int(cacheWriteTokens) + Int(outputTokens) * Int(burndownRate)
    }

    /// A part of the minute's requests and of their tokens.
    func part(permille: Int) -> MinuteTraffic {
        var result = delivered(permille: permille)
        result.invocations = Int32(Int(invocations) * permille / 1000)
        return result
    }

    /// The part that has arrived so far; counts only ever grow with `permille` (0...1000).
    func delivered(permille: Int) -> MinuteTraffic {
        guard permille < 1000 else { return self }
        guard permille > 0 else { return .idle }
        func part(_ value: Int32) -> Int32 { Int32(Int(value) * permille / 1000) }
        var result = self
        result.invocations = invocations > 0 ? max(1, part(invocations)) : 0
        result.inputTokens = part(inputTokens)
        result.outputTokens = part(outputTokens)
        result.cacheReadTokens = part(cacheReadTokens)
        result.cacheWriteTokens = part(cacheWriteTokens)
        result.clientErrors = part(clientErrors)
        result.serverErrors = part(serverErrors)
        result.throttles = part(throttles)
        return result
    }
}

/// The metrics of namespace `AWS/Bedrock` that traffic is generated for.
enum TrafficMetric: CaseIterable, Sendable {
    case invocations, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens
    case clientErrors, serverErrors, throttles
    case latency, timeToFirstToken, estimatedQuotaTokens

    /// CloudWatch's name for it.
    func name(_ spelling: ModelTraffic.CacheSpelling) -> String {
        switch self {
        case .invocations: "Invocations"
        case .inputTokens: "InputTokenCount"
        case .outputTokens: "OutputTokenCount"
        case .cacheReadTokens:
            spelling == .inputTokenCount ? "CacheReadInputTokenCount" : "CacheReadInputTokens"
        case .cacheWriteTokens:
            spelling == .inputTokenCount ? "CacheWriteInputTokenCount" : "CacheWriteInputTokens"
        case .clientErrors: "InvocationClientErrors"
        case .serverErrors: "InvocationServerErrors"
        case .throttles: "InvocationThrottles"
        case .latency: "InvocationLatency"
        case .timeToFirstToken: "TimeToFirstToken"
        case .estimatedQuotaTokens: "EstimatedTPMQuotaUsage"
        }
    }

    /// The metrics for which an account-wide series without dimensions exists as well.
    static let aggregated: [TrafficMetric] = [
        .invocations, .inputTokens, .outputTokens, .estimatedQuotaTokens, .clientErrors, .serverErrors,
    ]

    /// Whether a model used like this ever has a datapoint of the metric.
    func occurs(in traffic: ModelTraffic) -> Bool {
        switch self {
        case .cacheReadTokens: traffic.tokens.cacheRead > 0
        case .cacheWriteTokens: traffic.tokens.cacheWrite > 0
        case .throttles: traffic.bursts != nil
        case .invocations, .inputTokens, .outputTokens, .clientErrors, .serverErrors, .latency,
            .timeToFirstToken, .estimatedQuotaTokens:
            true
        }
    }
}

extension MinuteTraffic {
    /// The minute's samples of one metric, or nil where CloudWatch has no datapoint.
    func statistics(_ metric: TrafficMetric) -> StatisticSet? {
        switch metric {
        case .invocations: .ofOnes(Int(invocations))
        case .clientErrors: .ofOnes(Int(clientErrors))
        case .serverErrors: .ofOnes(Int(serverErrors))
        case .throttles: .ofOnes(Int(throttles))
        case .inputTokens: .spread(sum: Int(inputTokens), samples: Int(invocations))
        case .outputTokens: .spread(sum: Int(outputTokens), samples: Int(invocations))
        case .cacheReadTokens: .spread(sum: Int(cacheReadTokens), samples: Int(invocations))
        case .cacheWriteTokens: .spread(sum: Int(cacheWriteTokens), samples: Int(invocations))
        case .estimatedQuotaTokens: .spread(sum: estimatedQuotaTokens, samples: Int(invocations))
        case .latency: .spread(sum: Int(latencyMilliseconds) * Int(invocations), samples: Int(invocations))
        case .timeToFirstToken:
            .spread(sum: Int(timeToFirstTokenMilliseconds) * Int(invocations), samples: Int(invocations))
        }
    }
}

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

/// How much of a minute has reached CloudWatch at a given time.
package enum DeliveryModel: Sendable {
    /// Everything as soon as the minute has begun; for tests with exact values.
    case immediate
    /// Nothing of the running minute, about 60 % of the one before, then all, except that some minutes are
    /// still revised until they are four minutes old.
    case lagging

    /// Ages from the start of the minute, in seconds.
    static let firstDeliverySeconds = 60.0
    static let mostDeliveredSeconds = 120.0
    static let settledSeconds = 240.0

    /// In per mille; never falls while `now` (Unix seconds) grows.
    func deliveredPermille(minute: Int, now: Double, seed: UInt64) -> Int {
        let age = now - Double(minute) * 60
        guard age >= 0 else { return 0 }
        switch self {
        case .immediate: return 1000
        case .lagging:
            guard age >= Self.firstDeliverySeconds else { return 0 }
            guard age < Self.settledSeconds else { return 1000 }
            let bits = Noise.mixed(seed &+ UInt64(truncatingIfNeeded: minute) &* 31)
            guard age >= Self.mostDeliveredSeconds else {
                return 550 + Noise.pick(bits, shift: 0, below: 101)
            }
            return Noise.pick(bits, shift: 20, below: 6) == 0 ? 920 : 1000
        }
    }
}
