import FoundationEssentials
import Synchronization

@testable import AWSClient
@testable import HTTPClient

/// Keeps what it is told, in order, from any task.
final class Recorder<Value: Sendable>: Sendable {
    private let list = Mutex<[Value]>([])

    var values: [Value] { list.withLock { $0 } }
    func add(_ value: Value) { list.withLock { $0.append(value) } }
}

/// A clock that stands still until it is moved.
final class ManualTime: Sendable {
    private let seconds = Mutex(0.0)

    @Sendable func now() -> Date { noon.addingTimeInterval(seconds.withLock { $0 }) }
    /// Sets the time to so many seconds after noon.
    func set(_ value: Double) { seconds.withLock { $0 = value } }
}

/// Gives its answers in turn, the last one for ever.
final class CountingSource: CredentialsProvider {
    typealias Answer = Result<AWSCredentials, CredentialsError>
    private let state: Mutex<(answers: [Answer], count: Int)>

    init(_ answers: [Answer]) { state = Mutex((answers, 0)) }

    /// How often it was asked.
    var count: Int { state.withLock { $0.count } }

    func credentials() async throws(CredentialsError) -> AWSCredentials {
        let answer = state.withLock { state -> Answer in
            state.count += 1
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
        }
        return try answer.get()
    }
}

/// Answers only when the test says so.
final class GatedSource: CredentialsProvider {
    typealias Answer = Result<AWSCredentials, CredentialsError>
    private struct State {
        var waiting: [CheckedContinuation<Answer, Never>] = []
        var count = 0
    }
    private let state = Mutex(State())

    /// How often it was asked.
    var count: Int { state.withLock { $0.count } }

    func credentials() async throws(CredentialsError) -> AWSCredentials {
        let answer = await withCheckedContinuation { continuation in
            state.withLock {
                $0.count += 1
                $0.waiting.append(continuation)
            }
        }
        return try answer.get()
    }

    /// Waits, at most about a minute, until it has been asked, and answers all who wait.
    func answer(_ answer: Answer) async throws {
        for _ in 0..<60_000 {
            let waiting = state.withLock { state in
                defer { state.waiting = [] }
                return state.waiting
            }
            if !waiting.isEmpty {
                waiting.forEach { $0.resume(returning: answer) }
                return
            }
            try await Task.sleep(for: .milliseconds(1))
        }
        throw CredentialsError.failed(source: "test", reason: "nobody asked")
    }
}
