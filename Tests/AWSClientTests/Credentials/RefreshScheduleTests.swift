import FoundationEssentials
import Testing

@testable import AWSClient

@Suite("When credentials are fetched anew")
struct RefreshScheduleTests {
    /// Times are seconds after noon.
    @Test(
        "By remaining life, in windows of 15 and 10 minutes that short-lived keys make smaller",
        arguments: [
            (fetched: nil, expires: nil, attempt: nil, now: 0, .refresh),
            (fetched: nil, expires: nil, attempt: 0, now: 4, .wait),
            (fetched: nil, expires: nil, attempt: 0, now: 5, .refresh),
            (fetched: nil, expires: nil, attempt: 100, now: 0, .refresh),
            (fetched: 0, expires: nil, attempt: nil, now: 1e9, .use),
            (fetched: 0, expires: 3600, attempt: nil, now: 2699, .use),
            (fetched: 0, expires: 3600, attempt: nil, now: 2700, .useAndRefresh),
            (fetched: 0, expires: 3600, attempt: nil, now: 2999, .useAndRefresh),
            (fetched: 0, expires: 3600, attempt: nil, now: 3000, .refresh),
            (fetched: 0, expires: 3600, attempt: nil, now: 4000, .refresh),
            (fetched: 0, expires: 3600, attempt: 2998, now: 3000, .wait),
            (fetched: 0, expires: 3600, attempt: 2995, now: 3000, .refresh),
            (fetched: 0, expires: 3600, attempt: 3601, now: 3600, .refresh),
            (fetched: 0, expires: 900, attempt: nil, now: 449, .use),
            (fetched: 0, expires: 900, attempt: nil, now: 450, .useAndRefresh),
            (fetched: 0, expires: 900, attempt: nil, now: 674, .useAndRefresh),
            (fetched: 0, expires: 900, attempt: nil, now: 675, .refresh),
            (fetched: 10, expires: 5, attempt: nil, now: 10, .refresh),
        ] as [(fetched: Double?, expires: Double?, attempt: Double?, now: Double, RefreshSchedule.Decision)])
    func decisions(
        fetched: Double?, expires: Double?, attempt: Double?, now: Double, decision: RefreshSchedule.Decision
    ) {
        func time(_ seconds: Double) -> Date { noon.addingTimeInterval(seconds) }
        #expect(
            RefreshSchedule().decision(
                kept: fetched.map { (fetched: time($0), expiration: expires.map(time)) },
                lastAttempt: attempt.map(time), now: time(now)) == decision)
    }
}
