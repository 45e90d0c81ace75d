import FoundationEssentials
import Testing

@testable import AWSClient
@testable import HTTPClient

@Suite("Rotating credentials")
struct RotatingCredentialsTests {
    private let time = ManualTime()
    private let down = CredentialsError.failed(source: "s", reason: "down")

    /// Keys with a number, that expire so many seconds after noon.
    private func keys(_ number: Int, expire: Double? = 3600) -> AWSCredentials {
        AWSCredentials(
            accessKeyID: "KEY\(number)", secretAccessKey: Secret.key,
            expiration: expire.map { noon.addingTimeInterval($0) })
    }

    private func rotating(_ source: some CredentialsProvider) -> RotatingCredentials {
        RotatingCredentials(source: source, now: time.now)
    }

    /// Waits, at most about a minute, until the condition holds.
    private func eventually(_ condition: () async throws -> Bool) async throws {
        for _ in 0..<60_000 {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(1))
        }
        Issue.record("it never came to pass")
    }

    @Test("Keys are kept until 15 minutes before they expire, for ever where they do not")
    func keeping() async throws {
        let source = CountingSource([.success(keys(1)), .success(keys(2, expire: nil))])
        let provider = rotating(source)
        for second in [0.0, 1000, 2699] {
            time.set(second)
            #expect(try await provider.credentials() == keys(1))
        }
        #expect(source.count == 1)
        time.set(3000)
        #expect(try await provider.credentials() == keys(2, expire: nil))
        time.set(1e9)
        #expect(try await provider.credentials() == keys(2, expire: nil))
        #expect(source.count == 2)
    }

    @Test("In the advisory window the kept keys are given at once and new ones fetched behind")
    func advisory() async throws {
        let source = GatedSource()
        let provider = rotating(source)
        async let first = provider.credentials()
        try await source.answer(.success(keys(1)))
        #expect(try await first == keys(1))
        time.set(2700)
        for _ in 0..<3 { #expect(try await provider.credentials() == keys(1)) }
        try await source.answer(.success(keys(2, expire: 7200)))
        try await eventually { try await provider.credentials().accessKeyID == "KEY2" }
        #expect(source.count == 2)
    }

    @Test("A failed refresh leaves valid keys in use until they expire, and is tried again after 5 seconds")
    func failureWhileValid() async throws {
        let source = CountingSource([.success(keys(1)), .failure(down)])
        let provider = rotating(source)
        _ = try await provider.credentials()
        time.set(3000)
        #expect(try await provider.credentials() == keys(1))
        #expect(source.count == 2)
        #expect(await provider.lastFailure == down)
        time.set(3004)
        #expect(try await provider.credentials() == keys(1))
        #expect(source.count == 2)
        time.set(3005)
        #expect(try await provider.credentials() == keys(1))
        #expect(source.count == 3)
        time.set(3600)
        #expect(await failure(of: provider) == down)
    }

    @Test("A failure is passed on, not remembered: the next try after it may succeed")
    func failureThenSuccess() async throws {
        let source = CountingSource([.failure(down), .failure(down), .success(keys(1))])
        let provider = rotating(source)
        #expect(await failure(of: provider) == down)
        time.set(4)
        #expect(await failure(of: provider) == down)
        #expect(source.count == 1)
        time.set(5)
        #expect(await failure(of: provider) == down)
        time.set(10)
        #expect(try await provider.credentials() == keys(1))
        #expect(await provider.lastFailure == nil)
        #expect(source.count == 3)
    }

    @Test("Also after the kept keys expired, a later success is taken")
    func recovery() async throws {
        let source = CountingSource([.success(keys(1)), .failure(down), .success(keys(2, expire: 9000))])
        let provider = rotating(source)
        _ = try await provider.credentials()
        time.set(5000)
        #expect(await failure(of: provider) == down)
        time.set(5005)
        #expect(try await provider.credentials() == keys(2, expire: 9000))
    }

    @Test("Keys that have expired already are no keys")
    func expired() async {
        let provider = rotating(CountingSource([.success(keys(1, expire: 0))]))
        #expect(
            await failure(of: provider)
                == .failed(
                    source: "credentials", reason: "the source gave keys that expired at 2026-11-24T12:00:00Z"
                ))
    }

    @Test("A hundred callers share one fetch, and its failure")
    func singleFlight() async throws {
        for answer in [.success(keys(1)), .failure(down)] as [GatedSource.Answer] {
            let source = GatedSource()
            let provider = rotating(source)
            let results = try await withThrowingTaskGroup(of: GatedSource.Answer.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        do throws(CredentialsError) {
                            return .success(try await provider.credentials())
                        } catch {
                            return .failure(error)
                        }
                    }
                }
                try await eventually { await provider.waitingCount == 100 }
                try await source.answer(answer)
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results == Array(repeating: answer, count: 100))
            #expect(source.count == 1)
        }
    }

    @Test("A cancelled caller leaves at once; the others get what they wait for")
    func cancellation() async throws {
        let source = GatedSource()
        let provider = rotating(source)
        let impatient = Task { try await provider.credentials() }
        let patient = Task { try await provider.credentials() }
        try await eventually { await provider.waitingCount == 2 }
        impatient.cancel()
        #expect(
            await impatient.result.failureText == "credentials: cancelled")
        try await source.answer(.success(keys(1)))
        #expect(try await patient.value == keys(1))
        let late = Task { try await provider.credentials() }
        #expect(try await late.value == keys(1))
        #expect(source.count == 1)
    }

    @Test("A caller that is cancelled before it asks starts nothing that hangs")
    func cancelledBefore() async throws {
        let source = GatedSource()
        let provider = rotating(source)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await provider.credentials()
        }
        #expect(await task.result.failureText == "credentials: cancelled")
        try await source.answer(.success(keys(1)))
        try await eventually { try await provider.credentials().accessKeyID == "KEY1" }
    }

    @Test("Refused keys are dropped and fetched anew at once; others are left alone")
    func invalidation() async throws {
        let source = CountingSource([.success(keys(1)), .success(keys(2)), .failure(down)])
        let provider = rotating(source)
        _ = try await provider.credentials()
        await provider.invalidate(keys(7))
        #expect(try await provider.credentials() == keys(1))
        await provider.invalidate(keys(1))
        #expect(try await provider.credentials() == keys(2))
        await provider.invalidate(keys(1))
        #expect(try await provider.credentials() == keys(2))
        await provider.invalidate(keys(2))
        #expect(await failure(of: provider) == down)
        #expect(source.count == 3)
    }

    @Test("Keys that live for a minute are not fetched for each request")
    func shortLived() async throws {
        let source = CountingSource([.success(keys(1, expire: 60)), .success(keys(2, expire: 120))])
        let provider = rotating(source)
        for second in 0..<30 {
            time.set(Double(second))
            _ = try await provider.credentials()
        }
        #expect(source.count == 1)
        time.set(45)
        #expect(try await provider.credentials() == keys(2, expire: 120))
    }
}

extension Result where Failure == any Error {
    /// The error's text; nil for a success.
    fileprivate var failureText: String? {
        guard case .failure(let error) = self else { return nil }
        return "\(error)"
    }
}
