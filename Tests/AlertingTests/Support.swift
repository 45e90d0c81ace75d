import FoundationEssentials
import QuotaModel
import Testing

@testable import Alerting

let sonnet = QuotaPool(
    account: "prod", region: "ap-southeast-1", scope: .global, model: "anthropic.claude-sonnet-4-6")

/// 2026-11-03 10:00 UTC.
let start = Minute(containingEpochSeconds: 1_793_700_000)

/// Plays minutes of one pool to the evaluator and the state machine, with a clock that is set by hand.
struct Script {
    /// Every rule but `BedrockDataStale`, which most scripts would raise by their jumps in time.
    var rules: AlertRules = {
        var rules = AlertRules()
        rules.standard.disabled = [.dataStale]
        return rules
    }()
    var pool = sonnet
    var quotas = [ObservedQuota(quota: Script.tokens(1_000_000))]
    var history = PoolHistory()
    var errors = ErrorHistory()
    var machine = AlertStateMachine()
    var upSince: Double? = 0
    var pollFailure: String?
    var isStoreLost = false
    var unmapped: [UnmappedTraffic] = []
    var lifecycle: ModelLifecycle?
    var episode: ThrottleEpisode?
    var settled: Minute?
    var isKnown = true
    var freshSeconds = 0.0

    static func tokens(_ limit: Double) -> Quota {
        Quota(kind: .tokensPerMinute, limit: limit, source: .applied, code: "L-1")
    }

    static func daily(_ limit: Double) -> Quota {
        Quota(kind: .tokensPerDay, limit: limit, source: .applied, code: "L-2")
    }

    /// Offset of a minute from `start`.
    static func minute(_ offset: Int) -> Minute { start.advanced(by: offset) }

    mutating func set(_ offset: Int, tokens: Double, requests: Double = 1, covered: Bool = true) {
        history[Self.minute(offset)] = PoolMinute(
            quotaTokens: tokens, requests: requests, sources: .weighted, isCovered: covered)
    }

    /// Settled minutes with these tokens from an offset on.
    mutating func settle(from offset: Int, _ tokens: [Double]) {
        for (index, value) in tokens.enumerated() { set(offset + index, tokens: value) }
        settled = Self.minute(offset + tokens.count - 1)
    }

    func observation(now: Double) -> AlertObservation {
        var observation = AlertObservation(
            account: pool.account, region: pool.region, now: now, settled: settled, upSince: upSince,
            pollFailure: pollFailure,
            pools: isKnown
                ? [PoolObservation(pool: pool, quotas: quotas, history: history, errors: errors)] : [],
            unmapped: unmapped)
        if isKnown {
            observation.pools[0].lifecycle = lifecycle
            observation.pools[0].episode = episode
        }
        observation.freshSeconds = freshSeconds
        observation.isStoreLost = isStoreLost
        return observation
    }

    /// Evaluates at the start of a minute; the answer names each transition, such as `fired BedrockQuotaWarning`.
    mutating func evaluate(at offset: Int, seconds: Double = 0) -> [String] {
        transitions(now: Double(Self.minute(offset).epochSeconds) + seconds).map {
            "\($0.kind.rawValue) \($0.identity.kind.rawValue.dropFirst("Bedrock".count))"
        }
    }

    mutating func transitions(now: Double) -> [AlertTransition] {
        let tracked = machine.tracked(account: pool.account, region: pool.region)
        let findings = AlertEvaluator(rules: rules).findings(of: observation(now: now), tracked: tracked)
        return machine.evaluate(
            findings, account: pool.account, region: pool.region, rules: rules, now: now)
    }

    /// Evaluates once a minute, every minute being settled at once, and collects what happened with its offset.
    mutating func play(from offset: Int, _ tokens: [Double]) -> [String] {
        var log: [String] = []
        for (index, value) in tokens.enumerated() {
            settle(from: offset + index, [value])
            log += evaluate(at: offset + index + 1).map { "\(offset + index): \($0)" }
        }
        return log
    }
}
