import QuotaModel

/// One pool's requests, second by second, against AWS's limits, added up by minute as CloudWatch would.
struct SimulatedTraffic {
    /// What clients send, and what limits them.
    struct Settings {
        var tokensPerMinute = 1_000_000.0
        var requestsPerMinute = 1e9
        /// Seconds of the limit that may go at once.
        var bucketSeconds = 60.0
        /// Quota tokens that are left of the day.
        var dayLeft = Double.infinity
        var inputTokens = 2_000.0
        var outputTokens = 300.0
        var maxTokens = 600.0
        var rate = 5.0
        var secondsPerToken = 0.02
        /// Requests of each minute, without retries.
        var demand: [Double] = []
        /// The part of the minute's requests that comes within a few seconds of it.
        var bunched = 0.0
        var bunchSeconds = 5.0
        /// The second of the minute at which they begin to come, up to the next one's; nil for any.
        var bunchAt: Double?
        /// Where 00:00 UTC lies, in minutes from the start.
        var midnight = Int.max
        /// Of each minute, the part of requests that AWS fails.
        var failing: [Double] = []
        var noise = SimulatedNoise.none
    }

    private(set) var minutes: [ThrottleMinute]
    private(set) var dayUsed = 0.0
    private let settings: Settings
    private var chance: SimulatedChance
    private var tokens: SimulatedBucket
    private var requests: SimulatedBucket
    private var latencySums: [Double]
    private var reservedOfDay = 0.0
    private var isNextDay = false

    private struct Event {
        enum Kind {
            case arrives(tries: Int)
            case ends(reserved: Double, used: Double, began: Double)
        }
        let time: Double
        let kind: Kind
    }
    private var heap: [Event] = []

    static func run(
        _ settings: Settings, start: Minute, _ chance: SimulatedChance
    ) -> SimulatedTraffic {
        var traffic = SimulatedTraffic(settings, start, chance)
        traffic.run()
        return traffic
    }

    private init(_ settings: Settings, _ start: Minute, _ chance: SimulatedChance) {
        self.settings = settings
        self.chance = chance
        tokens = SimulatedBucket(perMinute: settings.tokensPerMinute, seconds: settings.bucketSeconds)
        requests = SimulatedBucket(perMinute: settings.requestsPerMinute, seconds: settings.bucketSeconds)
        latencySums = Array(repeating: 0, count: settings.demand.count)
        minutes = settings.demand.indices.map {
            ThrottleMinute(
                minute: start.advanced(by: $0), tokensLimit: settings.tokensPerMinute,
                requestsLimit: settings.requestsPerMinute < 1e9 ? settings.requestsPerMinute : nil)
        }
    }

    private mutating func run() {
        for (index, demand) in settings.demand.enumerated() { schedule(demand, in: index) }
        while let event = pop() {
            switch event.kind {
            case .arrives(let tries): arrive(event.time, tries: tries)
            case .ends(let reserved, let used, let began): end(event.time, reserved, used, began)
            }
        }
        for index in minutes.indices where minutes[index].requests > 0 {
            minutes[index].latencyMilliseconds = latencySums[index] / minutes[index].requests * 1000
        }
    }

    private mutating func schedule(_ demand: Double, in index: Int) {
        let count = Int(demand * chance.noise(settings.noise.traffic) + chance.share())
        let bunch = settings.bunchAt ?? chance.within(0...(60 - settings.bunchSeconds))
        for _ in 0..<count {
            let second =
                chance.happens(settings.bunched)
                ? bunch + chance.within(0...settings.bunchSeconds) : chance.within(0...59.999)
            push(Event(time: Double(index) * 60 + second, kind: .arrives(tries: 0)))
        }
    }

    private func index(_ time: Double) -> Int? {
        let index = Int(time / 60)
        return minutes.indices.contains(index) ? index : nil
    }

    private mutating func arrive(_ time: Double, tries: Int) {
        guard let index = index(time) else { return }
        if index >= settings.midnight, !isNextDay {
            isNextDay = true
            reservedOfDay = -.infinity
        }
        let size = chance.noise(0.3)
        let output = settings.outputTokens * chance.noise(0.4)
        let input = settings.inputTokens * size
        let reserved = input + max(settings.maxTokens, output)
        let used = input + output * settings.rate
        guard reservedOfDay + reserved <= settings.dayLeft, requests.take(1, at: time) else {
            return refuse(time, index, tries)
        }
        guard tokens.take(reserved, at: time) else {
            requests.giveBack(1, at: time)
            return refuse(time, index, tries)
        }
        guard !chance.happens(settings.failing[index] + settings.noise.serverErrors) else {
            tokens.giveBack(reserved, at: time)
            minutes[index].serverErrors += 1
            return again(time, tries)
        }
        reservedOfDay += reserved
        let latency = (0.8 + output * settings.secondsPerToken) * chance.noise(0.2)
        push(Event(time: time + latency, kind: .ends(reserved: reserved, used: used, began: time)))
    }

    private mutating func end(_ time: Double, _ reserved: Double, _ used: Double, _ began: Double) {
        tokens.giveBack(reserved - used, at: time)
        reservedOfDay += used - reserved
        if !isNextDay { dayUsed += used }
        guard let index = index(time) else { return }
        minutes[index].requests += 1
        minutes[index].quotaTokens += used
        latencySums[index] += time - began
    }

    private mutating func refuse(_ time: Double, _ index: Int, _ tries: Int) {
        minutes[index].throttles += 1
        again(time, tries)
    }

    private mutating func again(_ time: Double, _ tries: Int) {
        guard tries < 4, chance.happens(settings.noise.retries) else { return }
        let pause = chance.within(0.5...1) * Double(1 << tries)
        push(Event(time: time + pause, kind: .arrives(tries: tries + 1)))
    }

    // MARK: A heap, the earliest event first

    private mutating func push(_ event: Event) {
        heap.append(event)
        var child = heap.count - 1
        while child > 0, heap[child].time < heap[(child - 1) / 2].time {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func pop() -> Event? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].time < heap[least].time { least = child }
            guard least != parent else { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}

/// How much the figures are disturbed.
package enum SimulatedNoise: String, CaseIterable, Sendable {
    case none
    case some
    case strong

    /// Of a minute's requests, as a factor's spread.
    var traffic: Double { [0.05, 0.25, 0.6][index] }
    /// The part of refused requests that is sent again.
    var retries: Double { [0, 0.5, 0.9][index] }
    /// The part of requests that fails whatever happens.
    var serverErrors: Double { [0, 0.002, 0.01][index] }
    /// The part of minutes that is not known.
    var missing: Double { [0, 0.03, 0.1][index] }
    /// How many of the newest minutes are not settled, with a part of their requests only.
    var unsettled: ClosedRange<Int> { [0...0, 0...1, 0...4][index] }

    private var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
