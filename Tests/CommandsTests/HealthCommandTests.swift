import HTTPClient
import Synchronization
import Testing

@testable import Commands

struct HealthCommandTests {
    private struct Answers: HTTPTransport {
        let result: Result<TransportResponse, TransportError>
        let asked = Shared<[String]>([])

        func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
            asked.change { $0.append("\(request.method) \(request.url)") }
            return try result.get()
        }
    }

    private func run(_ arguments: [String], _ result: Result<TransportResponse, TransportError>) async throws
        -> (code: Int32, printed: [String], asked: [String])
    {
        let printed = Shared<[String]>([])
        let transport = Answers(result: result)
        let command = try HealthCommand(
            Invocation.parse(["health"] + arguments), transport: transport,
            print: { line in printed.change { $0.append(line) } })
        return (try await command.run(), printed.value, transport.asked.value)
    }

    private func response(_ status: Int, _ body: String) -> Result<TransportResponse, TransportError> {
        .success(TransportResponse(status: status, body: Array(body.utf8)))
    }

    @Test("the exit code is the readiness, and the answer's first line is shown")
    func readiness() async throws {
        let ready = try await run([], response(200, "bedrock-quota-exporter is ready.\nmore\n"))
        #expect(ready.code == 0)
        #expect(ready.printed == ["bedrock-quota-exporter is ready."])
        #expect(ready.asked == ["GET http://127.0.0.1:9747/-/ready"])
        let not = try await run(
            ["--web.url=http://[::1]:9748/"], response(503, "not ready: it is stopping.\n"))
        #expect(not.code == 1)
        #expect(not.printed == ["GET http://[::1]:9748/-/ready: status 503: not ready: it is stopping."])
    }

    @Test("all lines of the answer are shown, whole, when it is not ready")
    func reasons() async throws {
        let cause = String(repeating: "no AWS credentials found; ", count: 100)
        let not = try await run(
            [], response(503, "not ready: 2 of 3 Regions.\nprod r1: \(cause)\nprod r2: denied\n"))
        #expect(not.code == 1)
        #expect(
            not.printed == [
                "GET http://127.0.0.1:9747/-/ready: status 503: not ready: 2 of 3 Regions.",
                "prod r1: \(cause)", "prod r2: denied",
            ])
    }

    @Test("a server that asks for a password is up")
    func password() async throws {
        let answer = try await run(["--web.url=https://monitor/bedrock"], response(401, ""))
        #expect(answer.code == 0)
        #expect(answer.printed[0].hasPrefix("GET https://monitor/bedrock/-/ready: the server is up and asks"))
    }

    @Test("no server is not healthy, with the reason")
    func unreachable() async throws {
        let answer = try await run([], .failure(.cannotConnect(host: "127.0.0.1", reason: "refused")))
        #expect(answer.code == 1)
        #expect(answer.printed[0].hasPrefix("GET http://127.0.0.1:9747/-/ready: "))
        #expect(answer.printed[0].contains("refused"))
    }

    @Test(
        "what is no server's URL is bad usage, and is not repeated",
        arguments: [
            "127.0.0.1:9747", "ftp://host", "http://user:secret@host", "http://host/?secret=1", "http://",
        ])
    func badURL(url: String) throws {
        let error = #expect(throws: Invocation.UsageError.self) {
            try HealthCommand(Invocation.parse(["health", "--web.url=\(url)"]))
        }
        #expect(error?.description.contains("secret") == false)
    }
}

/// A value that closures of several tasks change.
final class Shared<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    var value: Value { state.withLock { $0 } }

    func change(_ body: (inout Value) -> Void) { state.withLock { body(&$0) } }
}
