import QuotaModel

/// Which window of the invocation logs is read next; pure. Windows follow one another without gaps, each once.
package enum CallerPlan {
    /// Of a usual window. Their ends lie on multiples of it.
    package static let windowMinutes = 5
    /// A window is read when its end is this old: logs come within seconds, at worst minutes.
    package static let settleMinutes = 5
    /// What is older, after a time without reading, stays unknown.
    package static let catchUpMinutes = 6 * 60

    package enum Step: Equatable, Sendable {
        case ask(Range<Minute>)
        /// Too long ago to be asked for.
        case giveUp(Range<Minute>)
        /// Nothing is due for so many seconds.
        case wait(Double)
    }

    /// The end of the last window that may be read now.
    package static func edge(now: Double) -> Minute {
        let settled = Minute(containingEpochSeconds: Int(now)).index - settleMinutes
        return Minute(index: settled - settled % windowMinutes)
    }

    /// - Parameters:
    ///   - last: The end of the newest window that was asked for or given up; nil at the very first.
    ///   - width: Minutes of a window at most, fewer where an answer was too long.
    ///   - now: Unix seconds.
    package static func next(after last: Minute?, width: Int, now: Double) -> Step {
        let edge = edge(now: now)
        guard let last else {
            let first = edge.advanced(by: -windowMinutes)
            return .ask(first..<first.advanced(by: max(1, min(width, windowMinutes))))
        }
        guard last < edge else {
            let due = Double(edge.advanced(by: windowMinutes + settleMinutes).epochSeconds)
            return .wait(max(1, due - now))
        }
        let oldest = edge.advanced(by: -catchUpMinutes)
        guard last >= oldest else { return .giveUp(last..<oldest) }
        let boundary = Minute(index: last.index - last.index % windowMinutes + windowMinutes)
        return .ask(last..<min(boundary, last.advanced(by: max(1, width)), edge))
    }

    /// Minutes of the next window after an answer: half after one that was too long, and twice as many where a usual window
    /// ends and there was room for more than that.
    ///
    /// - Parameters:
    ///   - rows: Of the answer.
    ///   - asked: Its window.
    package static func width(after rows: Int, asked: Range<Minute>, width: Int) -> Int {
        if rows >= CallerQuery.rowLimit { return max(1, asked.count / 2) }
        let mayGrow =
            asked.upperBound.index % windowMinutes == 0 && rows * 4 <= CallerQuery.rowLimit
        return mayGrow ? min(windowMinutes, width * 2) : width
    }
}
