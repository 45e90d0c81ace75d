import Testing

@testable import System

@Suite("Repeated failures")
struct RepeatedFailuresTests {
    @Test("A failure is told at first, when its cause changes, and once an hour")
    func news() {
        var failures = RepeatedFailures()
        let script: [(task: String, cause: String, now: Double, isNews: Bool)] = [
            ("a", "disk", 0, true), ("a", "disk", 10, false),
            // Tasks are told one by one.
            ("b", "disk", 10, true),
            ("a", "lock", 20, true), ("a", "lock", 3619, false), ("a", "lock", 3620, true),
            ("a", "lock", 3630, false),
            // The clock went back.
            ("a", "lock", 100, true),
        ]
        for step in script {
            let isNews = failures.failed(step.task, step.cause, now: step.now)
            #expect(isNews == step.isNews, "\(step)")
        }
    }

    @Test("What works again is told once, and its next failure is news")
    func recovery() {
        var failures = RepeatedFailures()
        var told = [failures.worked("a")]
        told.append(failures.failed("a", "disk", now: 0))
        told.append(failures.worked("a"))
        told.append(failures.worked("a"))
        told.append(failures.failed("a", "disk", now: 1))
        #expect(told == [false, true, true, false, true])
    }
}
