import Testing

@testable import HTTPServer

@Suite("HTTP response encoder")
struct HTTPResponseEncoderTests {
    private func encode(
        _ response: HTTPResponse, isHead: Bool = false, isHTTP10: Bool = false, keepAlive: Bool = true
    ) -> String {
        let plan = HTTPResponseEncoder.plan(
            response, isHead: isHead, isHTTP10: isHTTP10, keepAlive: keepAlive)
        let head = HTTPResponseEncoder.head(response, plan: plan, isHTTP10: isHTTP10, date: "D")
        return String(decoding: head, as: UTF8.self) + (plan.sendsBody ? "+body" : "")
    }

    private let stream = HTTPBody.stream(HTTPBodyStream(next: { nil }))

    @Test("Bodies are framed by version and method")
    func framing() {
        let text = HTTPResponse(status: 200, headers: [("A", "b")], body: .bytes([1, 2]))
        #expect(
            encode(text)
                == "HTTP/1.1 200 OK\r\nA: b\r\nDate: D\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 2\r\n\r\n+body"
        )
        #expect(
            encode(text, isHead: true)
                == "HTTP/1.1 200 OK\r\nA: b\r\nDate: D\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 2\r\n\r\n"
        )
        #expect(
            encode(text, isHTTP10: true)
                == "HTTP/1.1 200 OK\r\nA: b\r\nDate: D\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n+body"
        )
        #expect(
            encode(text, keepAlive: false)
                == "HTTP/1.1 200 OK\r\nA: b\r\nDate: D\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 2\r\nConnection: close\r\n\r\n+body"
        )
        let streamed = HTTPResponse(status: 200, body: stream)
        #expect(
            encode(streamed)
                == "HTTP/1.1 200 OK\r\nDate: D\r\nX-Content-Type-Options: nosniff\r\nTransfer-Encoding: chunked\r\n\r\n+body"
        )
        #expect(
            encode(streamed, isHTTP10: true)
                == "HTTP/1.1 200 OK\r\nDate: D\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n+body"
        )
    }

    @Test("204 and 304 have neither body nor length", arguments: [204, 304])
    func bodyless(status: Int) {
        let head = encode(HTTPResponse(status: status, body: .bytes([1])))
        #expect(!head.contains("Content-Length") && !head.contains("+body"))
        #expect(!encode(HTTPResponse(status: status, body: stream)).contains("Transfer-Encoding"))
    }

    @Test("A value cannot start a new field, and a name must be a token")
    func injection() {
        let response = HTTPResponse(
            status: 200,
            headers: [("X", "a\r\nSet-Cookie: b\u{0}\u{7F}ä\tc"), ("Y\r\nZ", "1"), ("", "2"), ("W:", "3")])
        #expect(
            encode(response)
                == "HTTP/1.1 200 OK\r\nX: a  Set-Cookie: b  ä\tc\r\nDate: D\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 0\r\n\r\n"
        )
    }

    @Test("The server owns the framing fields; close and Date are the handler's to set")
    func serverFields() {
        let response = HTTPResponse(
            status: 299,
            headers: [
                ("content-length", "9"), ("Transfer-Encoding", "gzip"), ("Connection", "Close"),
                ("date", "mine"),
            ])
        #expect(
            encode(response)
                == "HTTP/1.1 299 \r\ndate: mine\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
    }

    @Test("A status that is none becomes 500", arguments: [0, 100, 199, 600, -1])
    func badStatus(status: Int) {
        #expect(encode(HTTPResponse(status: status)).hasPrefix("HTTP/1.1 500 Internal Server Error\r\n"))
    }

    @Test("A chunk begins with its size in hexadecimal")
    func chunks() {
        #expect(HTTPResponseEncoder.chunkHead(500) == Array("1f4\r\n".utf8))
    }
}

@Suite("HTTP date")
struct HTTPDateTests {
    static let dates: [(Int, String)] = [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"),
        (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (-5, "Thu, 01 Jan 1970 00:00:00 GMT"),
    ]

    @Test("Seconds become IMF-fixdate", arguments: dates)
    func format(seconds: Int, expected: String) {
        #expect(HTTPResponseEncoder.date(epochSeconds: seconds) == expected)
    }
}
