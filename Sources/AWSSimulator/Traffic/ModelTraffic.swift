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
