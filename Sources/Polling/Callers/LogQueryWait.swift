import AWSClient

/// The wait for the answer of one query of Logs Insights, look by look; pure.
struct LogQueryWait {
    /// Longest wait, as pauses between two looks …
    static let longestSeconds = 240.0
    /// … which grow up to this.
    static let longestPauseSeconds = 15.0

    enum Step: Equatable {
        /// To look again after so many seconds.
        case pause(Double)
        case answered([[String: String]])
        /// There will be no answer.
        case ended(reason: String)
        /// Nobody waits any longer, though the query may still run.
        case late(reason: String)
    }

    /// As the newest answer says that tells them.
    private(set) var bytesScanned: Int?
    private var waited = 0.0
    private var pause = 1.0

    mutating func step(after look: Result<LogQueryAnswer, AWSError>) -> Step {
        switch look {
        case .failure(let error):
            guard error.kind != .refused else { return .ended(reason: String(describing: error)) }
            return wait(because: String(describing: error))
        case .success(let answer):
            bytesScanned = answer.bytesScanned ?? bytesScanned
            switch answer.status {
            case .complete: return .answered(answer.rows)
            case .failed, .cancelled, .timeout:
                return .ended(reason: "Logs Insights ended the query: \(answer.status.rawValue)")
            case .scheduled, .running, .unknown: return wait(because: "it is \(answer.status.rawValue)")
            }
        }
    }

    private mutating func wait(because problem: String) -> Step {
        guard waited < Self.longestSeconds else {
            return .late(reason: "no answer within \(Int(Self.longestSeconds)) s: \(problem)")
        }
        defer {
            waited += pause
            pause = min(pause * 2, Self.longestPauseSeconds)
        }
        return .pause(pause)
    }
}
