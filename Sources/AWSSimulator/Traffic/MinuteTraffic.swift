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
