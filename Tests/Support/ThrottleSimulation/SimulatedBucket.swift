import Glibc

/// How Bedrock refuses requests, as far as it is documented (User Guide, quotas-token-burndown): tokens are reserved when a
/// request comes, input and `max_tokens`, and set right when it ends, when an output token weighs as much as its rate.
struct SimulatedBucket {
    let capacity: Double
    private let perSecond: Double
    private var level: Double
    private var time = 0.0

    /// - Parameter seconds: How many seconds of the limit it holds; a burst of more is refused.
    init(perMinute limit: Double, seconds: Double) {
        capacity = limit * seconds / 60
        perSecond = limit / 60
        level = capacity
    }

    mutating func take(_ amount: Double, at now: Double) -> Bool {
        refill(now)
        guard level >= amount else { return false }
        level -= amount
        return true
    }

    mutating func giveBack(_ amount: Double, at now: Double) {
        refill(now)
        level = min(capacity, level + amount)
    }

    private mutating func refill(_ now: Double) {
        level = min(capacity, level + max(0, now - time) * perSecond)
        time = max(time, now)
    }
}

/// Random numbers that are the same in every run (splitmix64).
package struct SimulatedChance: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func share() -> Double { Double(next() >> 11) / Double(1 << 53) }
    mutating func within(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + share() * (range.upperBound - range.lowerBound)
    }
    mutating func whole(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    mutating func happens(_ chance: Double) -> Bool { share() < chance }

    /// Even in its logarithm: orders of magnitude are equally likely.
    mutating func scale(_ range: ClosedRange<Double>) -> Double {
        exp(within(log(range.lowerBound)...log(range.upperBound)))
    }

    /// Around 1, wider with sigma; never below 0.05.
    mutating func noise(_ sigma: Double) -> Double {
        // The sum of twelve even numbers is near enough to a normal one.
        let normal = (0..<12).reduce(-6.0) { sum, _ in sum + share() }
        return max(0.05, exp(sigma * normal - sigma * sigma / 2))
    }
}
