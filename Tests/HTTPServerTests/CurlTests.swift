import Glibc
import Testing

@testable import HTTPServer

private let curlPath = "/usr/bin/curl"

/// Runs curl with these arguments, already quoted for the shell, on the output of a command; returns what it
/// printed.
private func curl(_ arguments: String, input: String = "true") throws -> String {
    guard
        let pipe = popen(
            "\(input) | \(curlPath) --silent --show-error --max-time 10 --noproxy '*' \(arguments) 2>&1", "r")
    else { throw BlockingClient.Failure(description: "popen: \(errno)") }
    defer { pclose(pipe) }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = fread(&buffer, 1, buffer.count, pipe)
        if count == 0 { return String(decoding: output, as: UTF8.self) }
        output += buffer[..<count]
    }
}

@Suite("HTTP server against curl", .enabled(if: access(curlPath, X_OK) == 0))
struct CurlTests {
    @Test("One connection serves several URLs")
    func keepAlive() async throws {
        try await withServer { port in
            let url = "http://127.0.0.1:\(port)"
            let text = try curl("-w ' %{http_code} %{num_connects}\\n' \(url)/a \(url)/b")
            #expect(text == "GET /a  200 1\nGET /b  200 0\n")
        }
    }

    @Test("HEAD, HTTP/1.0 and a proxy's absolute target")
    func forms() async throws {
        try await withServer { port in
            let url = "http://127.0.0.1:\(port)"
            let head = try curl("--head \(url)/h")
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.contains("Content-Length: 8\r\n"))
            #expect(try curl("--http1.0 \(url)/old") == "GET /old ")
            #expect(try curl("--noproxy '' --proxy \(url) http://example.org/far?x=1") == "GET /far ")
        }
    }

    @Test("Bodies with a length, chunked, and announced by Expect")
    func bodies() async throws {
        try await withServer {
            .text(200, "\($0.body.count)")
        } _: { port in
            let url = "http://127.0.0.1:\(port)"
            func post(_ arguments: String) throws -> String {
                try curl("\(arguments) --data-binary @- \(url)", input: "head -c 300000 /dev/zero")
            }
            for option in [
                "", "-H 'Transfer-Encoding: chunked'", "-H 'Expect: 100-continue' --expect100-timeout 8",
            ] {
                let answer = try post(option)
                #expect(answer == "300000")
            }
            #expect(
                try curl("-o /dev/null -w '%{http_code}' -H 'Content-Length: 9999999' -d x \(url)") == "413")
        }
    }

    @Test("A stream arrives whole, and a broken one is an error")
    func streams() async throws {
        let counter = Recorder<Int>()
        let stream: @Sendable (Bool) -> HTTPResponse = { breaks in
            let next: @Sendable () async throws -> [UInt8]? = {
                counter.add(1)
                guard counter.values.count % 4 == 0 else { return Array("x".utf8) }
                if breaks { throw BlockingClient.Failure(description: "broken") }
                return nil
            }
            return HTTPResponse(status: 200, body: .stream(HTTPBodyStream(next: next)))
        }
        try await withServer {
            stream($0.path == "/broken")
        } _: { port in
            let whole = try curl("http://127.0.0.1:\(port)/")
            #expect(whole == "xxx")
            let broken = try curl("http://127.0.0.1:\(port)/broken")
            #expect(broken.contains("curl: ("))
        }
    }

    @Test("Basic authentication by URL and by option")
    func authentication() async throws {
        let authenticator = try BasicAuthenticator(users: [
            "horse": "$2y$05$KBCwKxOzLha2MUdbHKQvZuxbYJsigKDoO5100OZ/POKv2oXIU5yGq"
        ])
        try await withServer(
            handler: { _ in .text(200, "inside") }, admission: authenticator.admission(of:)
        ) { port in
            let url = "127.0.0.1:\(port)/"
            for arguments in ["-u 'horse:correct horse' \(url)", "'http://horse:correct%20horse@\(url)'"] {
                let answer = try curl(arguments)
                #expect(answer == "inside")
            }
            let wrong = try curl("-o /dev/null -w '%{http_code}' -u horse:wrong \(url)")
            #expect(wrong == "401")
            let none = try curl("-i \(url)")
            #expect(none.contains("WWW-Authenticate: Basic realm=\"restricted\""))
        }
    }
}
