import AWSClient
import Testing

@testable import Polling

@Suite("The wait for a query of Logs Insights")
struct LogQueryWaitTests {
    private func running(_ bytes: Int? = nil) -> Result<LogQueryAnswer, AWSError> {
        .success(LogQueryAnswer(status: .running, bytesScanned: bytes))
    }

    private func failure(_ kind: AWSError.Kind) -> Result<LogQueryAnswer, AWSError> {
        .failure(
            AWSError(
                kind: kind, service: .logs, operation: "GetQueryResults", region: "us-east-1", status: nil,
                code: nil, message: "no"))
    }

    @Test("pauses grow to a bound, and so does the whole wait, which ends with what the last look said")
    func pauses() {
        var wait = LogQueryWait()
        var pauses: [Double] = []
        while case .pause(let seconds) = wait.step(after: running()) { pauses.append(seconds) }
        #expect(pauses.prefix(5) == [1, 2, 4, 8, 15] && pauses.dropFirst(4).allSatisfy { $0 == 15 })
        #expect((240..<255).contains(pauses.reduce(0, +)))
        #expect(wait.step(after: running()) == .late(reason: "no answer within 240 s: it is Running"))
        guard case .late(let reason) = wait.step(after: failure(.throttled)) else {
            Issue.record("it waits on")
            return
        }
        #expect(reason.hasPrefix("no answer within 240 s: ") && !reason.hasSuffix("Running"))
    }

    @Test("the answer ends it, and so do a query that ended without one and a refusal, but no other failure")
    func ends() {
        var wait = LogQueryWait()
        #expect(wait.step(after: failure(.throttled)) == .pause(1))
        #expect(wait.step(after: running(7)) == .pause(2))
        let rows = [["modelId": "a"]]
        #expect(wait.step(after: .success(LogQueryAnswer(status: .complete, rows: rows))) == .answered(rows))
        #expect(wait.bytesScanned == 7)
        for status in [LogQueryAnswer.Status.failed, .cancelled, .timeout] {
            var wait = LogQueryWait()
            let step = wait.step(after: .success(LogQueryAnswer(status: status, bytesScanned: 9)))
            #expect(step == .ended(reason: "Logs Insights ended the query: \(status.rawValue)"))
            #expect(wait.bytesScanned == 9)
        }
        guard case .ended = wait.step(after: failure(.refused)) else {
            Issue.record("it waits on")
            return
        }
    }
}
