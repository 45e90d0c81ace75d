import QuotaModel

/// Half an hour of a pool in which one thing limits it, with parameters drawn at random.
///
/// By the words of the causes, use is far below the limit in a reservation, and below it in a burst: a minute that a burst
/// filled is a full one.
struct SimulatedScenario {
    private static let minutes = 30
    /// Where 00:00 UTC lies when a day runs out.
    private static let midnight = 25

    private let cause: ThrottleCause
    private let noise: SimulatedNoise
    private var chance: SimulatedChance
    private var settings = SimulatedTraffic.Settings()
    private let start: Minute
    /// Of the own day: its limit and what was used before; nil where no such limit is known.
    private var day: (limit: Double, before: Double)?
    /// Other models of the Region, all of them refused once the day has run out.
    private var others = 1

    init(_ cause: ThrottleCause, _ noise: SimulatedNoise, _ chance: SimulatedChance) {
        self.cause = cause
        self.noise = noise
        self.chance = chance
        let day = Minute(index: 1440 * 20_000)
        start = cause == .dailyQuota ? day.advanced(by: 1440 - Self.midnight) : day.advanced(by: 600)
        settings.noise = noise
        drawRequests()
        drawLimits()
    }

    private var used: Double { settings.inputTokens + settings.outputTokens * settings.rate }
    private var latency: Double { 0.8 + settings.outputTokens * settings.secondsPerToken }

    private mutating func drawRequests() {
        settings.inputTokens = chance.scale(300...12_000)
        settings.outputTokens = chance.scale(80...1_200)
        settings.maxTokens = settings.outputTokens * chance.within(1.1...2)
        settings.secondsPerToken = chance.within(0.008...0.025)
        settings.rate = chance.happens(0.7) ? 5 : chance.happens(0.5) ? 10 : 1
        settings.failing = Array(repeating: 0, count: Self.minutes)
    }

    /// A calm load, and a higher one for some minutes.
    private mutating func drawDemand(calm: Double, high: Double) {
        let first = chance.whole(4...8)
        let end = first + chance.whole(3...15)
        settings.demand = (0..<Self.minutes).map { (first..<end).contains($0) ? high : calm }
    }

    private mutating func drawLimits() {
        let load = chance.scale(30...250)
        switch cause {
        case .tokensPerMinute:
            let excess = chance.within(1.15...3)
            settings.tokensPerMinute = load * used / excess
            if chance.happens(0.5) { settings.requestsPerMinute = load * chance.within(1.2...4) }
            drawDemand(calm: load / excess * 0.3, high: load)
        case .requestsPerMinute:
            let excess = chance.within(1.15...3)
            settings.requestsPerMinute = (load / excess).rounded()
            settings.tokensPerMinute = load * used * chance.within(0.9...4)
            drawDemand(calm: load / excess * 0.3, high: load)
        case .dailyQuota:
            settings.tokensPerMinute = load * used / chance.within(0.05...0.45)
            settings.demand = Array(repeating: load, count: Self.minutes)
            settings.midnight = Self.midnight
            settings.dayLeft = load * used * chance.within(2...12)
            if chance.happens(0.5) {
                let limit = settings.dayLeft / chance.within(0.02...0.3)
                day = (limit, limit - settings.dayLeft)
            } else {
                others = chance.whole(1...3)
            }
        case .reservation:
            drawReservation(load)
        case .burstWithinMinute:
            settings.bunched = chance.within(0.8...1)
            settings.bunchSeconds = chance.within(3...12)
            if chance.happens(0.5) {
                settings.bucketSeconds = chance.within(25...45)
                settings.tokensPerMinute = load * used / chance.within(0.55...1)
            } else {
                settings.bunchAt = 60 - settings.bunchSeconds / 2 - chance.within(0...1)
                settings.tokensPerMinute = load * used / chance.within(1.15...1.5)
            }
            drawDemand(calm: load * 0.2, high: load)
            // Every third minute: those in between are quiet.
            for index in settings.demand.indices where index % 3 > 0 { settings.demand[index] = load * 0.05 }
        case .capacity:
            settings.tokensPerMinute = load * used / chance.within(0.1...0.7)
            settings.demand = Array(repeating: load, count: Self.minutes)
            let first = chance.whole(5...10)
            let part = chance.within(0.3...0.95)
            for index in first..<(first + chance.whole(4...15)) {
                settings.failing[index] = min(1, part * chance.noise(noise.traffic / 2))
            }
        case .unknown: break
        }
    }

    /// `max_tokens` far above what is used, and so much in flight that it fills the pool, though use stays far below it.
    private mutating func drawReservation(_ load: Double) {
        repeat {
            drawRequests()
            settings.maxTokens = [8_192, 16_384, 32_000, 64_000, 128_000][chance.whole(0...4)]
        } while 60 * used / latency / (settings.inputTokens + settings.maxTokens) > 0.5
        let excess = chance.within(1.3...3)
        let inFlight = load * latency / 60
        settings.tokensPerMinute = max(
            inFlight * (settings.inputTokens + settings.maxTokens) / excess,
            1.5 * (settings.inputTokens + settings.maxTokens))
        drawDemand(calm: load * 0.2, high: load * max(1, 4 / inFlight))
    }

    // MARK: What is seen of it

    /// Nil when nothing was refused.
    mutating func facts() -> ThrottleFacts? {
        let traffic = SimulatedTraffic.run(settings, start: start, chance)
        let whole = traffic.minutes
        guard let episode = longest(whole), isCaused(whole) else { return nil }
        let seen = disturbed(whole, through: episode.upperBound)
        guard let known = longest(seen) else { return nil }
        let around = known.lowerBound.advanced(by: -1)..<known.upperBound.advanced(by: 1)
        var facts = ThrottleFacts(
            episode: known, minutes: seen.filter { around.contains($0.minute) })
        facts.limitSources = [.tokensPerMinute: .applied, .requestsPerMinute: .applied]
        if let day {
            let used = seen.reduce(0) { $0 + ($1.minute < known.upperBound ? $1.quotaTokens : 0) }
            facts.day = ThrottleFacts.Day(limit: day.limit, quotaTokens: day.before + used)
        }
        facts.shared = shared(seen, known)
        return facts
    }

    /// Whether most throttles were not without what is said to be their cause: with requests that come evenly, or that
    /// reserve no more than they write. The other causes are theirs by what the scenario sets.
    private func isCaused(_ minutes: [ThrottleMinute]) -> Bool {
        var other = settings
        switch cause {
        case .burstWithinMinute:
            guard fullShare(minutes) < 0.5 else { return false }
            (other.bunched, other.bucketSeconds) = (0, 60)
        case .reservation: other.maxTokens = 0
        case _: return true
        }
        let without = SimulatedTraffic.run(other, start: start, chance).minutes
        return without.reduce(0) { $0 + $1.throttles } < 0.1 * minutes.reduce(0) { $0 + $1.throttles }
    }

    /// The part of the throttles in minutes that took, or whose neighbours took, what the limit allows.
    private func fullShare(_ minutes: [ThrottleMinute]) -> Double {
        let limit = settings.tokensPerMinute
        let full = Set(
            minutes.filter { $0.quotaTokens >= limit }.flatMap { minute in
                (-1...1).map { minute.minute.advanced(by: $0) }
            })
        let all = minutes.reduce(0) { $0 + $1.throttles }
        return minutes.reduce(0) { $0 + (full.contains($1.minute) ? $1.throttles : 0) } / max(all, 1)
    }

    private func longest(_ minutes: [ThrottleMinute]) -> Range<Minute>? {
        let weights = Dictionary(
            uniqueKeysWithValues: minutes.map { ($0.minute, $0.throttles + $0.serverErrors) })
        return ThrottleEpisode.grouped(minutes).max { a, b in
            a.reduce(0) { $0 + (weights[$1] ?? 0) } < b.reduce(0) { $0 + (weights[$1] ?? 0) }
        }
    }

    /// Minutes are missing, and the newest ones not settled: looked at some minutes after the episode's end.
    private mutating func disturbed(_ minutes: [ThrottleMinute], through end: Minute) -> [ThrottleMinute] {
        let last = end.advanced(by: chance.whole(noise == .strong ? 0...6 : 3...6))
        let unsettled = last.advanced(by: -chance.whole(noise.unsettled))
        var seen: [ThrottleMinute] = []
        for var minute in minutes where minute.minute < last {
            guard !chance.happens(noise.missing) else { continue }
            if minute.minute >= unsettled {
                let part = chance.within(0.3...1)
                minute.isCovered = false
                minute.quotaTokens *= part
                minute.requests *= part
                minute.throttles = (minute.throttles * chance.within(0.3...1)).rounded()
            }
            seen.append(minute)
        }
        return seen
    }

    /// The other models call all the time; they are refused while the day has run out, and else served.
    private mutating func shared(_ seen: [ThrottleMinute], _ episode: Range<Minute>) -> ThrottleFacts.Shared {
        var shared = ThrottleFacts.Shared(shutMinutes: 0, ofMinutes: 0, models: 0)
        for minute in seen where episode.contains(minute.minute) && minute.isThrottled {
            let isShut = cause == .dailyQuota && day == nil && minute.requests < minute.throttles
            var pools = [
                SharedDailyQuota.Pool(
                    model: "own", requests: minute.requests, throttles: minute.throttles,
                    isCovered: minute.isCovered,
                    isLow: minute.quotaTokens < SharedDailyQuota.lowUse * settings.tokensPerMinute)
            ]
            for other in 0..<others where chance.happens(0.9) {
                pools.append(
                    SharedDailyQuota.Pool(
                        model: "other \(other)", requests: isShut ? 0 : 20, throttles: isShut ? 20 : 0,
                        isCovered: !chance.happens(noise.missing), isLow: true))
            }
            shared.ofMinutes += 1
            guard case .shut(let models) = SharedDailyQuota.state(of: pools) else { continue }
            shared.shutMinutes += 1
            shared.models = max(shared.models, models)
        }
        return shared
    }
}
