import FoundationEssentials
import HTTPServer
import Testing

@testable import Alerting
@testable import HTTPClient
@testable import Notifications
@testable import System

@Suite("Receivers by HTTP")
struct HTTPPostTests {
    private let message = NotificationMessage.test(now: 1_793_700_000)

    private func post(_ address: String, path: String = "/T0ken/s3cretpath?key=s3cretkey", user: String = "")
        throws -> HTTPPost
    {
        HTTPPost(
            source: .text(try #require(ServiceURL(text: "http://\(user)\(address)\(path)"))),
            readFile: BoundedFile.read, transport: try CurlTransport(), now: { 1_793_700_000 })
    }

    private func result(_ status: Int, _ body: String = "", headers: [(name: String, value: String)] = [])
        async throws -> DeliveryResult
    {
        let receiver = RecordingReceiver(
            HTTPResponse(status: status, headers: headers, body: .bytes(Array(body.utf8))))
        let address = try receiver.start()
        let result = try await post(address).send(Array("[]".utf8))
        await receiver.stop()
        return result
    }

    @Test("A URL in a file is read for each message; one that cannot be had is tried again, and never told")
    func urlFile() async throws {
        let receiver = RecordingReceiver()
        let address = try receiver.start()
        let content = SecretBox()
        let post = HTTPPost(
            source: .file("/s/url"),
            readFile: { _, _ in content.bytes },
            transport: try CurlTransport(), now: { 0 })
        func failure() async -> String? {
            guard case .later(let failure, _) = await post.send([]) else { return nil }
            return "\(failure.reason) \(failure.detail)"
        }
        #expect(await failure() == "url_file url_file: /s/url: no such file")
        content.set("s3cretword")
        let problem = try #require(await failure())
        #expect(problem.hasPrefix("url_file url_file: /s/url: ") && !problem.contains("s3cret"))
        for path in ["/first", "/second"] {
            content.set("http://\(address)\(path)\n")
            #expect(await post.send(Array("[]".utf8)) == .accepted)
        }
        await receiver.stop()
        #expect(receiver.requests.map(\.path) == ["/first", "/second"])
    }

    @Test(
        "What an answer means", arguments: [(200, true), (202, true), (204, true)])
    func accepted(status: Int, _: Bool) async throws {
        #expect(try await result(status) == .accepted)
    }

    @Test("4xx and redirects are refusals", arguments: [301, 302, 400, 401, 403, 404, 410, 413, 422])
    func refused(status: Int) async throws {
        #expect(
            try await result(status, "no")
                == .refused(DeliveryFailure(reason: "\(status)", detail: "status \(status): no")))
    }

    @Test("5xx, 408 and 429 are tried again", arguments: [408, 429, 500, 502, 503, 504])
    func later(status: Int) async throws {
        #expect(
            try await result(status)
                == .later(DeliveryFailure(reason: "\(status)", detail: "status \(status)")))
    }

    @Test(
        "The receiver's own wish is heard, up to a minute",
        arguments: [("7", 7.0), ("900", 60.0), ("Tue, 03 Nov 2026 10:00:30 GMT", 30.0), ("soon", nil)])
    func retryAfter(text: String, seconds: Double?) async throws {
        let result = try await result(429, headers: [("Retry-After", text)])
        #expect(
            result == .later(DeliveryFailure(reason: "429", detail: "status 429"), afterSeconds: seconds))
    }

    @Test("Nobody there, and an answer without end, name the host and no more")
    func noAnswer() async throws {
        let receiver = RecordingReceiver()
        let address = try receiver.start()
        await receiver.stop()
        guard case .later(let failure, nil) = try await post(address).send([1]) else {
            Issue.record("a dead receiver is tried again")
            return
        }
        #expect(failure.reason == "cannot_connect" && failure.detail.contains(address))
        #expect(!failure.detail.contains("s3cret"))
        let long = String(repeating: "x", count: DeliveryLimits.responseBytes + 1)
        guard case .refused(let refusal) = try await result(200, long) else {
            Issue.record("it may have been taken: it must not be sent again for ever")
            return
        }
        #expect(refusal.reason == "response_too_large")
    }

    @Test("What a receiver quotes of its own address is hidden, and its text is cut")
    func secrets() async throws {
        let page =
            "no such hook: /T0ken/s3cretpath?key=s3cretkey or s3cretpath "
            + String(repeating: "x", count: 999)
        guard case .refused(let failure) = try await result(404, page) else {
            Issue.record("404 is a refusal")
            return
        }
        #expect(!failure.detail.contains("s3cret") && failure.detail.contains("no such hook"))
        #expect(failure.detail.count < 400)
    }

    @Test("The user of a URL becomes basic authentication, as RFC 7617 has it in section 2")
    func user() async throws {
        let receiver = RecordingReceiver()
        let address = try receiver.start()
        let sent = try await post(address, user: "Aladdin:open%20sesame@").send(Array("[]".utf8))
        await receiver.stop()
        #expect(sent == .accepted)
        let request = try #require(receiver.requests.first)
        #expect(request.headers["authorization"] == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        #expect(request.headers["host"] == address)
    }

    @Test("An Alertmanager's path is appended to its URL", arguments: ["", "/", "/am", "/am/"])
    func alertmanager(prefix: String) async throws {
        let receiver = RecordingReceiver()
        let address = try receiver.start()
        var post = try post(address, path: prefix)
        post.path = AlertmanagerBody.path
        let sender = AlertmanagerSender(post: post, resendSeconds: 60, evaluationSeconds: 300, pageURL: nil)
        #expect(await sender.send(message) == .accepted)
        await receiver.stop()
        let request = try #require(receiver.requests.first)
        let path = prefix.hasPrefix("/am") ? "/am/api/v2/alerts" : "/api/v2/alerts"
        #expect(request.path == path && request.headers["content-type"] == "application/json")
        let body = String(decoding: request.body, as: UTF8.self)
        // Four times the longer of poll and resend after 10:00.
        #expect(body.contains("\"endsAt\":\"2026-11-03T10:20:00Z\""))
        #expect(body.contains("\"alertname\":\"BedrockTestAlert\""))
    }

    @Test("A webhook's body is signed with the file's content of the moment, and carries the message's ID")
    func webhook() async throws {
        let receiver = RecordingReceiver()
        let address = try receiver.start()
        let secret = SecretBox()
        let sender = WebhookSender(
            name: "hook", post: try post(address), secretFile: "/secret",
            readFile: { (path, _) throws(FileError) in
                #expect(path == "/secret")
                return secret.bytes
            }, pageURL: "https://page")
        for text in ["Jefe\n", "other"] {
            secret.set(text)
            #expect(await sender.send(message) == .accepted)
        }
        secret.set(nil)
        guard case .later(let failure, nil) = await sender.send(message) else {
            Issue.record("without a secret nothing is sent")
            return
        }
        #expect(failure.reason == "secret" && failure.detail.contains("/secret"))
        await receiver.stop()
        #expect(receiver.requests.count == 2)
        for (request, key) in zip(receiver.requests, ["Jefe", "other"]) {
            let signature = BodySignature.value(of: Array(request.body), secret: Array(key.utf8))
            #expect(request.headers["x-hub-signature-256"] == signature)
            #expect(request.headers["idempotency-key"] == message.id)
            #expect(request.path == "/T0ken/s3cretpath")
        }
    }
}
