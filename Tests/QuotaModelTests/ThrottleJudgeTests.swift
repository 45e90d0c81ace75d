import QuotaModel
import Testing
import ThrottleSimulation

@Suite("Causes of throttling")
struct ThrottleJudgeTests {
    private static let noon = Minute(index: 1440 * 20_000 + 720)

    /// Three throttled minutes between calm ones, all alike.
    private func facts(
        tokens: Double, requests: Double = 100, throttles: Double = 40, errors: Double = 0,
        latency: Double? = 6_000, tokensLimit: Double? = 1_000_000, requestsLimit: Double? = nil,
        at first: Minute = noon
    ) -> ThrottleFacts {
        let minutes = (-1...3).map { offset -> ThrottleMinute in
            let isThrottled = (0..<3).contains(offset)
            return ThrottleMinute(
                minute: first.advanced(by: offset), quotaTokens: isThrottled ? tokens : 100_000,
                requests: isThrottled ? requests : 10, throttles: isThrottled ? throttles : 0,
                serverErrors: isThrottled ? errors : 0, latencyMilliseconds: latency,
                tokensLimit: tokensLimit, requestsLimit: requestsLimit)
        }
        var facts = ThrottleFacts(episode: first..<first.advanced(by: 3), minutes: minutes)
        facts.limitSources = [.tokensPerMinute: .applied, .requestsPerMinute: .default]
        return facts
    }

    private func said(_ facts: ThrottleFacts) -> String {
        let judgement = ThrottleJudge.judge(facts)
        return judgement.cause.rawValue + (judgement.evidence.doubt.map { " \($0.rawValue)" } ?? "")
    }

    @Test("Each cause by its figures")
    func causes() {
        #expect(said(facts(tokens: 1_000_000)) == "tokens_per_minute")
        #expect(said(facts(tokens: 920_000)) == "tokens_per_minute")
        #expect(said(facts(tokens: 500_000, requestsLimit: 100)) == "requests_per_minute")
        #expect(said(facts(tokens: 800_000)) == "burst_within_minute")
        #expect(said(facts(tokens: 100_000)) == "reservation")
        #expect(said(facts(tokens: 200_000, throttles: 2, errors: 60)) == "capacity")
        var day = facts(tokens: 100_000)
        day.day = ThrottleFacts.Day(limit: 50_000_000, quotaTokens: 49_000_000)
        #expect(said(day) == "daily_quota")
    }

    @Test("What does not say why is not known, and says what is missing")
    func doubts() {
        #expect(said(facts(tokens: 1_000_000, tokensLimit: nil)) == "unknown no_limit")
        #expect(said(facts(tokens: 1_000_000, tokensLimit: 0)) == "unknown not_permitted")
        #expect(said(facts(tokens: 1_000_000, requestsLimit: 100)) == "unknown both_full")
        #expect(said(facts(tokens: 500_000)) == "unknown contradictory")
        #expect(said(facts(tokens: 100_000, latency: nil)) == "unknown no_latency")
        // Two requests in flight would have had to hold half a million tokens each.
        #expect(said(facts(tokens: 10_000, requests: 20)) == "unknown reservation_too_large")
        #expect(said(facts(tokens: 100, requests: 0.5, throttles: 40)) == "unknown all_refused")
        #expect(said(facts(tokens: 200_000, throttles: 40, errors: 40)) == "unknown mixed")
    }

    @Test("The factor of a reservation is what requests in flight would have held by what they used")
    func factor() throws {
        let evidence = ThrottleJudge.judge(facts(tokens: 100_000)).evidence
        // 100 requests a minute of 6 s are 10 in flight; 900,000 tokens were free for them; each used 1,000.
        #expect(evidence.requestsInFlight == 10 && evidence.reservedTokensPerRequest == 90_000)
        #expect(evidence.reservationFactor == 90)
        #expect(evidence.tokensPerMinuteLimitSource == "applied" && evidence.throttledMinutes == 3)
        #expect(evidence.throttledShare == 120.0 / 420)
    }

    @Test("A minute that is not covered may show a full one, never a low one")
    func lowerBounds() {
        var full = facts(tokens: 1_100_000)
        for index in full.minutes.indices { full.minutes[index].isCovered = false }
        #expect(said(full) == "tokens_per_minute")
        for tokens in [100_000.0, 800_000] {
            var low = facts(tokens: tokens)
            for index in low.minutes.indices { low.minutes[index].isCovered = false }
            #expect(said(low) == "unknown not_covered")
        }
        var missing = facts(tokens: 100_000)
        missing.minutes.removeAll { $0.minute == Self.noon.advanced(by: 1) }
        #expect(said(missing) == "unknown not_covered")
    }

    @Test("A day that is known in part is used up at least as far")
    func lowerBoundOfDay() {
        var facts = facts(tokens: 100_000)
        facts.day = ThrottleFacts.Day(limit: 50_000_000, quotaTokens: 20_000_000)
        #expect(said(facts) == "reservation")
    }

    @Test("All models throttled at once while none is near its limit: the quota of the day that they share")
    func shared() {
        var facts = facts(tokens: 10_000, requests: 5, throttles: 50)
        facts.shared = ThrottleFacts.Shared(shutMinutes: 5, ofMinutes: 5, models: 3)
        #expect(said(facts) == "daily_quota")
        facts.shared = ThrottleFacts.Shared(shutMinutes: 4, ofMinutes: 4, models: 3)
        #expect(said(facts) != "daily_quota")
        facts.shared = ThrottleFacts.Shared(shutMinutes: 5, ofMinutes: 50, models: 3)
        #expect(said(facts) != "daily_quota")
    }

    @Test("More throttles of full minutes never make another cause than tokens per minute")
    func monotone() {
        for throttles in stride(from: 1.0, to: 5_000, by: 250) {
            #expect(said(facts(tokens: 1_050_000, throttles: throttles)) == "tokens_per_minute")
        }
    }

    /// Of `make causes`, which judges more of them; here on other seeds.
    @Test("Of simulated episodes few are judged wrong", arguments: SimulatedNoise.allCases)
    func simulated(_ noise: SimulatedNoise) {
        let matrix = CauseMatrix(noise, episodes: 15, set: 3)
        let shares = matrix.shares()
        #expect(shares.wrong <= 0.04)
        #expect(shares.right >= (noise == .strong ? 0.65 : 0.8))
        for cause in SimulatedEpisode.causes { #expect(matrix.shares(of: cause).wrong <= 0.2, "\(cause)") }
    }
}
