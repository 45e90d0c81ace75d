import Reading
import System

/// How much slower than configured is polled, so that the month's budget lasts.
package enum Pace: Equatable, Sendable {
    case asConfigured
    /// Pools far from their limits are read at the relaxed interval, the others at every poll.
    case relaxed
    /// All polls come later by this factor, which is above 1; pools far from their limits as in `relaxed`.
    case stretched(Double)
    /// The budget does not cover one more poll.
    case spent

    /// The place on the ladder, as it is exposed.
    package var step: Int {
        switch self {
        case .asConfigured: 0
        case .relaxed: 1
        case .stretched: 2
        case .spent: 3
        }
    }

    /// What the polling interval is multiplied by.
    package var factor: Double {
        switch self {
        case .asConfigured, .relaxed, .spent: 1
        case .stretched(let factor): factor
        }
    }

    /// Whether it comes later on the ladder.
    package func isSlower(than other: Pace) -> Bool { (step, factor) > (other.step, other.factor) }

    /// A word for documents.
    package var name: String {
        switch self {
        case .asConfigured: "as_configured"
        case .relaxed: "relaxed"
        case .stretched: "stretched"
        case .spent: "spent"
        }
    }

    /// The factors in use: no two neighbours are so far apart that much of a budget would be left over.
    package static let factors: [Double] = [
        1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048,
        4096, 8192, 16_384, 32_768, 65_536, 131_072,
    ]
    /// No poll waits longer: CloudWatch keeps minutes for 15 days, and a day's use has to be known on the next.
    package static let longestIntervalSeconds = 86_400.0

    /// The factors that an interval allows, ascending.
    package static func factors(forIntervalSeconds interval: Int) -> [Double] {
        factors.filter { $0 * Double(interval) <= longestIntervalSeconds }
    }
}

extension PollPlan {
    /// Figures this old are not called stale: three polls may fail, and the newest minutes settle last.
    package var toleratedSeconds: Double {
        Double(3 * settings.interval.seconds + 60 * settleMinutes)
    }

    /// The age up to which data is no news while polls come later than configured; nil while they do not.
    package func freshSeconds(at pace: Pace) -> Double? {
        pace.factor > 1 ? slowed(to: pace).toleratedSeconds : nil
    }

    /// How much pools far from their limits may wait at most when all polls come later.
    private static let longestRelaxedSeconds = 3600

    /// The same plan at this pace. What is read again grows with the interval, so that each minute is still read once
    /// after it has settled.
    package func slowed(to pace: Pace) -> PollPlan {
        var slowed = settings
        switch pace {
        case .asConfigured, .spent: return self
        case .relaxed, .stretched:
            slowed.isAdaptive = true
            slowed.interval = .seconds(Int((Double(settings.interval.seconds) * pace.factor).rounded(.up)))
            slowed.rereadWindow =
                settings.rereadWindow + .seconds(slowed.interval.seconds - settings.interval.seconds)
            let longest = max(settings.relaxedInterval.seconds, Self.longestRelaxedSeconds)
            slowed.relaxedInterval = .seconds(
                min(longest, Int(Double(settings.relaxedInterval.seconds) * pace.factor)))
        }
        return PollPlan(settings: slowed)
    }
}
