import Glibc

/// Told of every attempt of every call, also of those that are retried; called from any thread, must not
/// block.
package protocol AWSCallObserver: Sendable {
    /// Asked before each attempt that costs money; when it says no, nothing is sent. A yes is followed by a `record`.
    func affords(_ request: AWSRequest) -> Bool
    func record(_ attempt: AWSCallAttempt)
    /// A good answer that is not used whole: so many entries cannot be read, or there are more pages than are asked for.
    func leftOut(_ count: Int, of request: AWSRequest, code: String)
}

extension AWSCallObserver {
    package func affords(_ request: AWSRequest) -> Bool { true }
    package func leftOut(_ count: Int, of request: AWSRequest, code: String) {}
}

/// One HTTP exchange with AWS, or the failure of one.
package struct AWSCallAttempt: Equatable, Sendable {
    /// Whom the call was for.
    package let service: AWSService
    /// AWS's name of the operation.
    package let operation: String
    /// The Region that was called.
    package let region: String
    /// Nil where no answer came.
    package let status: Int?
    /// Nil on success: the service's error code, or one of ours in lower case such as `timeout`.
    package let failureCode: String?
    /// From sending to the whole answer or the failure.
    package let duration: Duration
    /// Metrics that AWS would bill for an answer.
    package let askedMetrics: Int
    /// Metrics that AWS bills for this exchange; 0 unless the status is 200.
    package let billedMetrics: Int
}

/// What a call needs of the world beside the network; tests pass their own.
package struct CallSurroundings: Sendable {
    /// Unix time.
    package var epochSeconds: @Sendable () -> Int
    /// A clock that only goes forward, for durations.
    package var uptime: @Sendable () -> Duration
    /// Throws when the task is cancelled meanwhile.
    package var sleep: @Sendable (Duration) async throws -> Void
    /// Uniform in 0..<1.
    package var random: @Sendable () -> Double

    package init(
        epochSeconds: @escaping @Sendable () -> Int, uptime: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void, random: @escaping @Sendable () -> Double
    ) {
        self.epochSeconds = epochSeconds
        self.uptime = uptime
        self.sleep = sleep
        self.random = random
    }

    /// The machine's own clocks and generator.
    package static let system: CallSurroundings = {
        let start = ContinuousClock.now
        return CallSurroundings(
            epochSeconds: { time(nil) },
            uptime: { start.duration(to: .now) },
            sleep: { try await Task.sleep(for: $0) },
            random: { Double.random(in: 0..<1) })
    }()
}
