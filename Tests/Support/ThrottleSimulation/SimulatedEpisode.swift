import QuotaModel

/// An episode of throttling whose cause is known, as the store would see it.
package struct SimulatedEpisode {
    package let cause: ThrottleCause
    package let facts: ThrottleFacts

    /// The causes that episodes are made of.
    package static let causes = ThrottleCause.allCases.filter { $0 != .unknown }

    /// Draws an episode; what shows no throttles is drawn again.
    package static func draw(_ cause: ThrottleCause, _ noise: SimulatedNoise, seed: UInt64)
        -> SimulatedEpisode
    {
        for attempt in 0..<UInt64(50) {
            var scenario = SimulatedScenario(cause, noise, SimulatedChance(seed: seed &* 64 &+ attempt))
            if let facts = scenario.facts() { return SimulatedEpisode(cause: cause, facts: facts) }
        }
        fatalError("no throttles in 50 draws of \(cause.rawValue)")
    }

    package var said: ThrottleCause { ThrottleJudge.judge(facts).cause }
}

/// How often each cause was said of each true one.
package struct CauseMatrix {
    package private(set) var counts: [ThrottleCause: [ThrottleCause: Int]] = [:]
    private var doubts: [ThrottleCause: [ThrottleDoubt: Int]] = [:]

    /// Judges so many episodes of each cause; seeds of different sets share no episode.
    package init(_ noise: SimulatedNoise, episodes: Int, set: UInt64) {
        let strength = UInt64(SimulatedNoise.allCases.firstIndex(of: noise) ?? 0)
        for (index, cause) in SimulatedEpisode.causes.enumerated() {
            for number in 0..<UInt64(episodes) {
                let seed = ((set * 8 + strength) * 16 + UInt64(index)) * 1_000_000 + number
                let judgement = ThrottleJudge.judge(
                    SimulatedEpisode.draw(cause, noise, seed: seed).facts)
                counts[cause, default: [:]][judgement.cause, default: 0] += 1
                if let doubt = judgement.evidence.doubt {
                    doubts[cause, default: [:]][doubt, default: 0] += 1
                }
            }
        }
    }

    package func count(_ cause: ThrottleCause, said: ThrottleCause) -> Int { counts[cause]?[said] ?? 0 }

    /// Of all episodes of a cause, or of all, the part that was said right, not at all, and wrong.
    package func shares(of cause: ThrottleCause? = nil) -> (right: Double, unknown: Double, wrong: Double) {
        let causes = cause.map { [$0] } ?? SimulatedEpisode.causes
        let all = causes.reduce(0) { $0 + (counts[$1]?.values.reduce(0, +) ?? 0) }
        let right = causes.reduce(0) { $0 + count($1, said: $1) }
        let unknown = causes.reduce(0) { $0 + count($1, said: .unknown) }
        let total = Double(max(all, 1))
        return (Double(right) / total, Double(unknown) / total, Double(all - right - unknown) / total)
    }

    /// What made a cause unknown, the most frequent first.
    package func doubts(of cause: ThrottleCause) -> [(doubt: ThrottleDoubt, count: Int)] {
        (doubts[cause] ?? [:]).sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
            .map { ($0.key, $0.value) }
    }
}
