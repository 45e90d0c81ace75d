/// How far CloudWatch has delivered a Region's minutes, and what it means when nothing new comes.
///
/// CloudWatch sends nothing for a minute without traffic, so a silence is either no traffic or late data. It is told by
/// what came before: a Region that was busy nearly every minute does not fall silent without a reason, one with a
/// request now and then does.
package struct Delivery: Equatable, Sendable {
    /// What the minutes after the newest one delivered are.
    package enum Silence: Equatable, Sendable {
        /// There are none that should have come by now.
        case none
        /// Such pauses are to be expected after the traffic before: no traffic.
        case usual
        /// Late data, or traffic that stopped for good: unknown.
        case doubtful
        /// It has lasted so long that it counts as no traffic, whatever came before.
        case over
    }

    /// In a usual silence a minute counts as one without traffic only this much after it has settled.
    package static let usualSilenceDelayMinutes = 5
    /// The minutes that tell how busy the Region was: the last hour, or a shorter time that was busy nearly throughout.
    private static let observedMinutes = 60
    private static let burstMinutes = 15
    private static let burstDensity = 0.85
    /// A silence is usual unless traffic as dense as before would pause that long in fewer than one case of so many.
    private static let rareSilence = 1000.0

    /// The newest minute of which anything has been delivered.
    package private(set) var newestTraffic: Minute?
    /// The newest minute of a series that has nothing to do with the Region's traffic, but shows that CloudWatch delivers.
    package private(set) var newestOther: Minute?
    /// Bit n stands for the minute n before `newestTraffic`: whether it had a datapoint.
    private var active: UInt64 = 0

    package init() {}

    /// The newest minute that is known to be delivered.
    package var newest: Minute? {
        guard let newestTraffic, let newestOther else { return newestTraffic ?? newestOther }
        return max(newestTraffic, newestOther)
    }

    /// Takes a minute in which a model ID of the Region, or the account in the Region, had a datapoint.
    package mutating func take(_ minute: Minute) {
        let newest = newestTraffic ?? minute
        let ahead = newest.distance(to: minute)
        if ahead > 0 { active = ahead < active.bitWidth ? active << UInt64(ahead) : 0 }
        newestTraffic = max(newest, minute)
        if -ahead < active.bitWidth { active |= 1 << UInt64(max(0, -ahead)) }
    }

    /// Takes a minute of a series that is published whether or not models have traffic.
    package mutating func takeOther(_ minute: Minute) {
        newestOther = max(newestOther ?? minute, minute)
    }

    /// - Parameters:
    ///   - edge: The first minute that is too young to be settled, by the clock.
    ///   - timeoutMinutes: After this long a silence counts as no traffic.
    package func silence(before edge: Minute, timeoutMinutes: Int) -> Silence {
        guard let newest else { return .over }
        let length = newest.advanced(by: 1).distance(to: edge)
        guard length > 0 else { return .none }
        if length >= timeoutMinutes { return .over }
        return length <= longestUsualSilence ? .usual : .doubtful
    }

    /// The first minute that may still change or come. A minute before it without a datapoint had no traffic: something
    /// newer was delivered, or the silence is none that raises a doubt.
    package func settledEdge(before edge: Minute, timeoutMinutes: Int) -> Minute {
        let delivered = min(newest ?? edge, edge)
        switch silence(before: edge, timeoutMinutes: timeoutMinutes) {
        case .none, .doubtful: return delivered
        case .usual: return max(delivered, edge.advanced(by: -Self.usualSilenceDelayMinutes))
        case .over: return edge
        }
    }

    /// How far the newest delivered minute's end is behind `now` (Unix seconds by CloudWatch's clock); nil while a Region
    /// is silent without a reason to doubt it, because then there is nothing that could be late.
    package func lagSeconds(now: Double, edge: Minute, timeoutMinutes: Int) -> Double? {
        switch silence(before: edge, timeoutMinutes: timeoutMinutes) {
        case .usual, .over: nil
        case .none, .doubtful: newest.map { max(0, now - Double($0.advanced(by: 1).epochSeconds)) }
        }
    }

    /// The longest pause, in minutes, that traffic as dense as before makes now and then.
    private var longestUsualSilence: Int {
        let burst = density(ofLast: Self.burstMinutes)
        let idle = 1 - (burst >= Self.burstDensity ? burst : density(ofLast: Self.observedMinutes))
        var minutes = 0
        var chance = idle
        while chance * Self.rareSilence >= 1 {
            minutes += 1
            chance *= idle
        }
        return minutes
    }

    /// The share of minutes up to the newest one that had a datapoint. Half a minute each of traffic and of none is
    /// added, so that a short time without a pause is no certainty.
    private func density(ofLast minutes: Int) -> Double {
        let busy = (active & (~0 >> UInt64(active.bitWidth - minutes))).nonzeroBitCount
        return (Double(busy) + 0.5) / Double(minutes + 1)
    }
}
