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
