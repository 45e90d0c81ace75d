import Synchronization

/// Computes any minute of one model ID's traffic from its number alone, so nothing has to be stored.
struct TrafficModel: Sendable {
    /// 2026-11-01, the day since 1970 on which growth is 1.
    static let growthAnchorDay = 20_758
    /// Growth of a day against the anchor, in hundredths of a per mille: about 5 % a month.
    private static let growthPerDay = 150
    private static let growthPermille = 320...1400
    /// From this share of the quota on, reservations for `max_tokens` already throttle some requests.
    private static let firstThrottlePermille = 940
    /// Minutes of a hundred in which AWS's own estimate exists.
    private static let estimatedMinutesPercent = 72

    let traffic: ModelTraffic
    let seed: UInt64

    init(_ traffic: ModelTraffic, seed: UInt64) {
        self.traffic = traffic
        self.seed = Noise.mixed(
            seed ^ Noise.seed(traffic.region) ^ Noise.mixed(Noise.seed(traffic.modelID)))
    }

    /// What happened in a minute (since 1970-01-01T00:00Z), as CloudWatch has it once nothing changes any more.
    func minute(_ minute: Int) -> MinuteTraffic {
        let bits = Noise.mixed(seed ^ UInt64(truncatingIfNeeded: minute))
        let growth = growth(minute)
        let usual = usualInvocations(minute, growth, bits)
        let burst = traffic.bursts?.demandPermille(minute: minute, seed: seed) ?? 0
        guard burst > 0 else { return served(usual, throttles: 0, spread: 300, bits) }
        let perInvocation = traffic.quotaTokensPerInvocation
        let wobble = 985 + Noise.pick(bits, shift: 24, below: 31)
        let demand = burst * min(1000, growth + 100) / 1000 * wobble / 1000
        let demanded = max(usual, traffic.tokensPerMinuteQuota / 1000 * demand / perInvocation)
        let capacity = traffic.tokensPerMinuteQuota / perInvocation
        return limited(demanded, capacity, bits)
    }

    /// Per mille of the anchor day's traffic.
    private func growth(_ minute: Int) -> Int {
        let permille = 1000 + (minute / 1440 - Self.growthAnchorDay) * Self.growthPerDay / 100
        return min(max(permille, Self.growthPermille.lowerBound), Self.growthPermille.upperBound)
    }

    private func usualInvocations(_ minute: Int, _ growth: Int, _ bits: UInt64) -> Int {
        let load = traffic.rhythm.permille(localMinute: minute + traffic.utcOffsetMinutes)
        guard load > 0 else { return 0 }
        let wander = Noise.wandering(seed: seed, minute: minute, low: 780, high: 1220)
        let jitter = 850 + Noise.pick(bits, shift: 0, below: 301)
        let milli = traffic.peakInvocationsPerMinute * load * growth / 1000 * wander / 1000 * jitter / 1000
        let roundsUp = Noise.pick(bits, shift: 20, below: 1000) < milli % 1000
        return milli / 1000 + (roundsUp ? 1 : 0)
    }

    /// What the quota lets through; the rest is throttled, most callers trying once more.
    private func limited(_ demanded: Int, _ capacity: Int, _ bits: UInt64) -> MinuteTraffic {
        let allowed = capacity * (985 + Noise.pick(bits, shift: 4, below: 30)) / 1000
        let invocations = min(demanded, allowed)
        let early = max(0, demanded - capacity * Self.firstThrottlePermille / 1000) / 6
        let refused = max(0, demanded - allowed)
        return served(invocations, throttles: refused * 2 + early, spread: 24, bits)
    }

    /// The tokens, errors and latencies of this many requests; means vary by `spread` per mille.
    private func served(_ invocations: Int, throttles: Int, spread: Int, _ bits: UInt64) -> MinuteTraffic {
        guard invocations > 0 else { return .idle }
        let more = Noise.mixed(bits)
        func tokens(_ mean: Int, _ shift: UInt64) -> Int32 {
            guard mean > 0 else { return 0 }
            let factor = 1000 - spread / 2 + Noise.pick(more, shift: shift, below: spread + 1)
            return Int32(clamping: max(1, mean * invocations * factor / 1000))
        }
        var minute = MinuteTraffic()
        minute.invocations = Int32(clamping: invocations)
        minute.inputTokens = tokens(traffic.tokens.input, 0)
        minute.outputTokens = tokens(traffic.tokens.output, 11)
        minute.cacheReadTokens = tokens(traffic.tokens.cacheRead, 22)
        minute.cacheWriteTokens = tokens(traffic.tokens.cacheWrite, 33)
        minute.throttles = Int32(clamping: throttles)
        minute.clientErrors = Int32(clamping: throttles / 12 + rare(invocations, 4, bits >> 3))
        minute.serverErrors = Int32(clamping: rare(invocations, 1, bits >> 9))
        let slowness = 880 + Noise.pick(more, shift: 40, below: 240) + (throttles > 0 ? 350 : 0)
        minute.latencyMilliseconds = Int32(clamping: traffic.latencyMilliseconds * slowness / 1000)
        minute.timeToFirstTokenMilliseconds = Int32(
            clamping: traffic.timeToFirstTokenMilliseconds * slowness / 1000)
        minute.burndownRate = Int32(clamping: traffic.burndownRate)
        minute.hasEstimate = Noise.pick(bits, shift: 40, below: 100) < Self.estimatedMinutesPercent
        return minute
    }

    /// About `permille` of the requests, as a whole number whose mean is right also for small ones.
    private func rare(_ invocations: Int, _ permille: Int, _ bits: UInt64) -> Int {
        (invocations * permille + Noise.pick(bits, shift: 0, below: 1000)) / 1000
    }
}

/// Keeps computed hours of traffic, because every metric of a model ID and every poll asks for the same ones.
final class TrafficCache: Sendable {
    /// Hours kept (about 3 KB each); all are dropped when one more is needed.
    static let maximumHours = 4096

    struct Key: Hashable {
        var seed: UInt64
        /// Hours since 1970.
        var hour: Int
    }

    private let hours = Mutex<[Key: [MinuteTraffic]]>([:])

    /// The sixty minutes of an hour since 1970.
    func hour(_ hour: Int, of model: TrafficModel) -> [MinuteTraffic] {
        let key = Key(seed: model.seed, hour: hour)
        if let known = hours.withLock({ $0[key] }) { return known }
        let computed = (hour * 60..<hour * 60 + 60).map(model.minute)
        hours.withLock { hours in
            if hours.count >= Self.maximumHours { hours.removeAll(keepingCapacity: true) }
            hours[key] = computed
        }
        return computed
    }

}
