import Testing

@testable import AWSClient
@testable import HTTPClient

@Suite("Retry policy")
struct RetryPolicyTests {
    @Test(
        "the wait is random times min(2^(n-1), 20) seconds",
        arguments: [
            (1, 1.0, 1.0), (2, 1, 2), (3, 1, 4), (5, 1, 16), (6, 1, 20), (60, 1, 20), (3, 0.25, 1), (4, 0, 0),
            (2, 7, 2),
        ])
    func backoff(attempt: Int, random: Double, seconds: Double) {
        #expect(RetryPolicy().backoffSeconds(afterAttempt: attempt, random: random) == seconds)
    }

    @Test(
        "attempts come from AWS_MAX_ATTEMPTS, then the profile, then the default, and are bounded",
        arguments: [
            (nil, nil, 3), ("5", nil, 5), ("5", "7", 5), (nil, "7", 7), ("0", "7", 7), ("x", nil, 3),
            ("-1", nil, 3),
            ("1", nil, 1), ("999", nil, 10),
        ] as [(String?, String?, Int)])
    func attempts(environment: String?, profile: String?, expected: Int) {
        let variables = environment.map { ["AWS_MAX_ATTEMPTS": $0] } ?? [:]
        #expect(
            RetryPolicy(environment: variables, profileMaximumAttempts: profile).maximumAttempts == expected)
    }

    @Test(
        "statuses and codes say whether to try again",
        arguments: [
            (400, "Throttling", .throttled), (400, "EC2ThrottledException", .throttled),
            (503, "SlowDown", .throttled),
            (429, nil, .throttled), (429, "Other", .throttled), (500, nil, .transient),
            (502, "X", .transient),
            (503, nil, .transient), (504, nil, .transient), (400, "RequestTimeout", .transient),
            (501, nil, nil), (505, nil, nil), (400, "ValidationError", nil), (403, "AccessDenied", nil),
            (404, nil, nil), (302, nil, nil),
        ] as [(Int, String?, RetryableFailure?)])
    func answers(status: Int, code: String?, expected: RetryableFailure?) {
        #expect(RetryableFailure(status: status, code: code) == expected)
    }

    @Test("failures of the network are tried again, failures of ours are not")
    func transportFailures() {
        #expect(RetryableFailure(TransportError.timedOut(host: "h", seconds: 1)) == .timeout)
        #expect(RetryableFailure(TransportError.cannotConnect(host: "h", reason: "r")) == .transient)
        #expect(RetryableFailure(TransportError.connectionFailed(host: "h", reason: "r")) == .transient)
        #expect(RetryableFailure(TransportError.responseTooLarge(host: "h", limitBytes: 1)) == nil)
        #expect(RetryableFailure(TransportError.badRequest(reason: "r")) == nil)
        #expect(RetryableFailure(TransportError.cancelled) == nil)
    }
}

@Suite("Retry budget")
struct RetryBudgetTests {
    @Test("500 tokens pay for 100 retries or 50 after timeouts")
    func capacity() {
        var budget = RetryBudget()
        let throttles = (0..<101).map { _ in budget.take(for: .throttled) }
        #expect(throttles == Array(repeating: true, count: 100) + [false])
        budget = RetryBudget()
        let timeouts = (0..<51).map { _ in budget.take(for: .timeout) }
        #expect(timeouts == Array(repeating: true, count: 50) + [false])
    }

    @Test("a success gives back its last retry, or one token, and never above the capacity")
    func refill() {
        var budget = RetryBudget()
        budget.giveBack(lastRetry: nil)
        #expect(budget.available == 500)
        _ = budget.take(for: .timeout)
        _ = budget.take(for: .transient)
        #expect(budget.available == 485)
        budget.giveBack(lastRetry: nil)
        #expect(budget.available == 486)
        budget.giveBack(lastRetry: .transient)
        #expect(budget.available == 491)
        budget.giveBack(lastRetry: .timeout)
        #expect(budget.available == 500)
    }

    @Test("a retry that cannot be paid takes nothing")
    func refusal() {
        var budget = RetryBudget(capacity: 7)
        let taken = [budget.take(for: .timeout), budget.take(for: .transient)]
        #expect(taken == [false, true])
        #expect(budget.available == 2)
    }
}

@Suite("Clock skew")
struct ClockSkewTests {
    @Test(
        "HTTP dates are read to the second",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("Tue, 24 Nov 2026 10:19:28 GMT", 1_795_515_568),
        ])
    func dates(text: String, seconds: Int) {
        #expect(ClockSkew.epochSeconds(ofHTTPDate: text) == seconds)
    }

    @Test(
        "other texts are no HTTP date",
        arguments: [
            "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Xyz 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:49 GMT", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
        ])
    func noDates(text: String) {
        #expect(ClockSkew.epochSeconds(ofHTTPDate: text) == nil)
    }

    @Test("only a difference of more than four minutes to what was used is a skew")
    func threshold() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT"
        let server = 784_111_777
        #expect(ClockSkew.correction(serverDate: date, epochSeconds: server - 240, used: 0) == nil)
        #expect(ClockSkew.correction(serverDate: date, epochSeconds: server - 241, used: 0) == 241)
        #expect(ClockSkew.correction(serverDate: date, epochSeconds: server + 3600, used: 0) == -3600)
        #expect(ClockSkew.correction(serverDate: date, epochSeconds: server + 3600, used: -3590) == nil)
        #expect(ClockSkew.correction(serverDate: date, epochSeconds: server, used: -3600) == 0)
        #expect(ClockSkew.correction(serverDate: nil, epochSeconds: 0, used: 0) == nil)
    }

    @Test("a difference that the way of an answer may explain is no difference of clocks")
    func observed() {
        func observed(_ asked: Int, _ seen: Int, used: Int = 0) -> Int {
            ClockSkew.observed(
                serverTime: 784_111_777, askedAt: 784_111_777 + asked, seenAt: 784_111_777 + seen, used: used)
        }
        #expect(observed(59, 59) == 0)
        #expect(observed(60, 60) == -60)
        #expect(observed(-600, -600) == 600)
        // Seen two minutes late, as on a machine that had no time for it; and asked a minute before it was written.
        #expect(observed(-1, 120) == 0)
        #expect(observed(-70, 1) == 0)
        // What is in use may still be so; beyond what the way explains it is another.
        #expect(observed(299, 420, used: -300) == -300)
        #expect(observed(-1, 120, used: -300) == -120)
        #expect(observed(0, 0, used: -300) == 0)
        #expect(observed(600, 720, used: -300) == -600)
        // This machine's clock was set back meanwhile.
        #expect(observed(30, -30) == 0)
    }
}
