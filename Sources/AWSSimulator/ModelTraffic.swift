/// What one model ID is used for in one Region; everything that its traffic is computed from, beside the seed.
package struct ModelTraffic: Sendable {
    /// Tokens of an average request.
    package struct RequestTokens: Sendable {
        package var input: Int
        package var output: Int
        package var cacheRead: Int
        package var cacheWrite: Int

        package init(input: Int, output: Int, cacheRead: Int = 0, cacheWrite: Int = 0) {
            self.input = input
            self.output = output
            self.cacheRead = cacheRead
            self.cacheWrite = cacheWrite
        }
    }

    /// Under which names the cache metrics have data; AWS's pages disagree about them.
    package enum CacheSpelling: Sendable {
        case inputTokenCount, inputTokens
    }

    package var region: String
    package var modelID: String
    package var tokens: RequestTokens
    /// Quota tokens that one output token costs.
    package var burndownRate = 5
    /// In the busiest hour, before growth and noise.
    package var peakInvocationsPerMinute: Int
    package var rhythm = DailyRhythm.office
    /// Local time minus UTC.
    package var utcOffsetMinutes = 480
    /// The limit against which bursts are measured and at which throttling starts.
    package var tokensPerMinuteQuota: Int
    package var bursts: BurstSchedule?
    package var latencyMilliseconds = 4200
    package var timeToFirstTokenMilliseconds = 900
    package var cacheSpelling = CacheSpelling.inputTokenCount
    /// Also listed under the spelling that never has data.
    package var listsBothCacheSpellings = false
    /// Further dimensions under which the same traffic appears once more, such as `ServiceTier`.
    package var repeatedUnder: [SimulatedDimension] = []
    /// Parts of the traffic that appear once more under further dimensions.
    package var parts: [Part] = []
    /// Whether it came through bedrock-mantle, which reports in a namespace of its own.
    package var isMantle = false

    /// What part of the traffic has these dimensions beside the model ID.
    package struct Part: Sendable {
        package var dimensions: [SimulatedDimension]
        /// 0...1000.
        package var permille: Int
        package var countsRequests: Bool

        package init(_ dimensions: [SimulatedDimension], permille: Int, countsRequests: Bool = true) {
            self.dimensions = dimensions
            self.permille = permille
            self.countsRequests = countsRequests
        }
    }

    package init(
        region: String, modelID: String, tokens: RequestTokens, peakInvocationsPerMinute: Int,
        tokensPerMinuteQuota: Int
    ) {
        self.region = region
        self.modelID = modelID
        self.tokens = tokens
        self.peakInvocationsPerMinute = peakInvocationsPerMinute
        self.tokensPerMinuteQuota = tokensPerMinuteQuota
    }

    /// Quota tokens of an average request; at least 1.
    var quotaTokensPerInvocation: Int {
        max(1, tokens.input + tokens.cacheWrite + tokens.output * burndownRate)
    }
}

/// Bursts that return at fixed distances, such as a load test or a crawler: the calendar that makes quotas tight.
package struct BurstSchedule: Sendable {
    /// From the start of a burst to the start of the next one, minutes.
    package var everyMinutes: Int
    /// Minutes after a multiple of `everyMinutes` since the epoch.
    package var phaseMinutes: Int
    /// The first minute is a ramp at half height.
    package var lengthMinutes: Int
    /// Demanded quota tokens in per mille of the quota; each burst takes one of them.
    package var levelsPermille: [Int]

    package init(everyMinutes: Int, phaseMinutes: Int, lengthMinutes: Int, levelsPermille: [Int]) {
        self.everyMinutes = everyMinutes
        self.phaseMinutes = phaseMinutes
        self.lengthMinutes = lengthMinutes
        self.levelsPermille = levelsPermille
    }

    /// What the burst demands in this minute in per mille of the quota; 0 between bursts.
    func demandPermille(minute: Int, seed: UInt64) -> Int {
        let sinceAny = minute - phaseMinutes
        let number = sinceAny / everyMinutes
        let position = sinceAny - number * everyMinutes
        guard position >= 0, position < lengthMinutes, !levelsPermille.isEmpty else { return 0 }
        let choice = Noise.mixed(seed &+ 0xB0 ^ UInt64(truncatingIfNeeded: number))
        let level = levelsPermille[Noise.pick(choice, shift: 12, below: levelsPermille.count)]
        return position == 0 ? level / 2 : level
    }
}

/// How busy the hours of a day and the days of a week are, in per mille of the busiest hour.
package enum DailyRhythm: Sendable {
    /// People at work: morning and afternoon peaks, next to nothing at night and little on the weekend.
    case office
    /// People at home: busiest after dinner, weekends a little above weekdays.
    case evening
    /// Nightly batch work with a quiet day.
    case nightly

    /// The load in a minute of local time, counted from the epoch in local minutes; 0...1000.
    func permille(localMinute: Int) -> Int {
        let localMinute = max(0, localMinute)
        let day = localMinute / 1440
        let minuteOfDay = localMinute - day * 1440
        let hour = minuteOfDay / 60
        let here = hours[hour]
        let next = hours[hour == 23 ? 0 : hour + 1]
        let load = here + (next - here) * (minuteOfDay - hour * 60) / 60
        return load * weekday((day + 4) % 7) / 1000
    }

    /// `day` counts from Sunday, 0...6.
    private func weekday(_ day: Int) -> Int {
        let isWeekend = day == 0 || day == 6
        switch self {
        case .office: return isWeekend ? (day == 6 ? 300 : 180) : 1000
        case .evening: return isWeekend ? 1000 : 880
        case .nightly: return isWeekend ? 650 : 1000
        }
    }

    private var hours: [Int] {
        switch self {
        case .office: Self.officeHours
        case .evening: Self.eveningHours
        case .nightly: Self.nightlyHours
        }
    }

    private static let officeHours = [
        6, 3, 1, 0, 0, 2, 20, 110, 380, 760, 960, 1000, 620, 800, 980, 990, 900, 700, 380, 200, 120, 70, 30,
        12,
    ]
    private static let eveningHours = [
        240, 90, 25, 6, 2, 4, 30, 90, 180, 260, 330, 380, 420, 410, 400, 430, 500, 620, 780, 930, 1000, 980,
        800, 480,
    ]
    private static let nightlyHours = [
        700, 900, 1000, 1000, 850, 500, 160, 30, 4, 0, 0, 2, 4, 2, 0, 0, 1, 3, 10, 30, 80, 180, 320, 500,
    ]
}

/// Repeatable randomness: the same input gives the same number on every machine and in every run.
enum Noise {
    /// SplitMix64's finalizer: every input bit changes about half of the output bits.
    static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// FNV-1a of the text's UTF-8, as a seed.
    static func seed(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return hash
    }

    /// A number in `0..<limit` from 20 bits of `bits`, starting at bit `shift`; limit at most 2^20.
    static func pick(_ bits: UInt64, shift: UInt64, below limit: Int) -> Int {
        (Int((bits >> shift) & 0xF_FFFF) * limit) >> 20
    }

    /// A value that wanders between `low` and `high`, with one random support every 16 minutes.
    static func wandering(seed: UInt64, minute: Int, low: Int, high: Int) -> Int {
        let block = minute >> 4
        let here = pick(mixed(seed ^ UInt64(truncatingIfNeeded: block)), shift: 8, below: high - low + 1)
        let next = pick(mixed(seed ^ UInt64(truncatingIfNeeded: block + 1)), shift: 8, below: high - low + 1)
        return low + here + (next - here) * (minute & 15) / 16
    }
}
