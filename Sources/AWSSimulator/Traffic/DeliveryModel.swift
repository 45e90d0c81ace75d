/// How much of a minute has reached CloudWatch at a given time.
package enum DeliveryModel: Sendable {
    /// Everything as soon as the minute has begun; for tests with exact values.
    case immediate
    /// Nothing of the running minute, about 60 % of the one before, then all, except that some minutes are
    /// still revised until they are four minutes old.
    case lagging

    /// Ages from the start of the minute, in seconds.
    static let firstDeliverySeconds = 60.0
    static let mostDeliveredSeconds = 120.0
    static let settledSeconds = 240.0

    /// In per mille; never falls while `now` (Unix seconds) grows.
    func deliveredPermille(minute: Int, now: Double, seed: UInt64) -> Int {
        let age = now - Double(minute) * 60
        guard age >= 0 else { return 0 }
        switch self {
        case .immediate: return 1000
        case .lagging:
            guard age >= Self.firstDeliverySeconds else { return 0 }
            guard age < Self.settledSeconds else { return 1000 }
            let bits = Noise.mixed(seed &+ UInt64(truncatingIfNeeded: minute) &* 31)
            guard age >= Self.mostDeliveredSeconds else {
                return 550 + Noise.pick(bits, shift: 0, below: 101)
            }
            return Noise.pick(bits, shift: 20, below: 6) == 0 ? 920 : 1000
        }
    }
}
