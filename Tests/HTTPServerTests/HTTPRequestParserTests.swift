import Testing

@testable import HTTPServer

/// A request or rejection as one comparable line.
func summary(_ progress: HTTPRequestParser.Progress) -> String {
    switch progress {
    case .needsMore: return "more"
    case .continueExpected: return "continue"
    case .rejected(let rejection): return "\(rejection.status)"
    case .request(let parsed):
        let request = parsed.request
        let fields = request.headers.fields.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
        let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        return
            "\(request.method) \(request.path)?\(query) [\(fields)] \(String(decoding: request.body, as: UTF8.self))"
            + (parsed.keepAlive ? " keep" : " close") + (parsed.isHTTP10 ? " 1.0" : " 1.1")
    }
}

/// Everything that these pieces amount to, without the 100s, whose time depends on how the bytes came.
func outcomes(_ pieces: [[UInt8]], limits: HTTPServerLimits = HTTPServerLimits()) -> [String] {
    var parser = HTTPRequestParser(limits: limits)
    var results: [String] = []
    for piece in pieces {
        parser.append(piece)
        while true {
            let result = summary(parser.next())
            if result == "more" { break }
            if result == "continue" { continue }
            results.append(result)
            if result.count == 3 { return results }
        }
    }
    return results
}

func outcomes(_ text: String, limits: HTTPServerLimits = HTTPServerLimits()) -> [String] {
    outcomes([Array(text.utf8)], limits: limits)
}

private let plain = "GET / HTTP/1.1\r\nHost: a\r\n"

@Suite("HTTP request parser")
struct HTTPRequestParserTests {
    static let accepted: [(String, [String])] = [
        ("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", ["GET /metrics? [Host=a]  keep 1.1"]),
        ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", ["GET /? [Host=a]  keep 1.1"]),
        ("GET / HTTP/1.0\r\n\r\n", ["GET /? []  close 1.0"]),
        ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", ["GET /? [Connection=Keep-Alive]  keep 1.0"]),
        (plain + "Connection: x, CLOSE\r\n\r\n", ["GET /? [Host=a|Connection=x, CLOSE]  close 1.1"]),
        (plain + "X:\t a b \t\r\nY:\r\n\r\n", ["GET /? [Host=a|X=a b|Y=]  keep 1.1"]),
        ("GET / HTTP/1.1\r\nhOST:\r\n\r\n", ["GET /? [hOST=]  keep 1.1"]),
        (
            "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /q HTTP/1.1\r\nHost: b\r\n\r\n",
            ["POST /p? [Host=a|Content-Length=3] abc keep 1.1", "GET /q? [Host=b]  keep 1.1"]
        ),
        (
            "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
            ["POST /p? [Host=a|Content-Length=3|Content-Length=3] abc keep 1.1"]
        ),
        (plain + "Content-Length: 0\r\n\r\n", ["GET /? [Host=a|Content-Length=0]  keep 1.1"]),
        (
            "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
                + "3;name=\"v\"\r\nabc\r\n00A ; x\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n" + plain + "\r\n",
            [
                "POST /p? [Host=a|Transfer-Encoding=Chunked] abc0123456789 keep 1.1",
                "GET /? [Host=a]  keep 1.1",
            ]
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\nx",
            ["POST /? [Host=a|Expect=100-Continue|Content-Length=1] x keep 1.1"]
        ),
        (
            "GET /a%20b%2Fc%C3%A4?x=1+2&y=%26&z&=v&&w=a=b HTTP/1.1\r\nHost: a\r\n\r\n",
            ["GET /a b/cä?x=1 2&y=&&z=&=v&w=a=b [Host=a]  keep 1.1"]
        ),
        ("GET http://ex.org:80/p?q=1 HTTP/1.1\r\nHost: a\r\n\r\n", ["GET /p?q=1 [Host=ex.org:80]  keep 1.1"]),
        ("GET HTTPS://ex.org?q=1 HTTP/1.1\r\nHost: a\r\n\r\n", ["GET /?q=1 [Host=ex.org]  keep 1.1"]),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", ["OPTIONS *? [Host=a]  keep 1.1"]),
        (
            "GET //x/../y?match[]={a=\"b\"} HTTP/1.1\r\nHost: [::1]:9\r\n\r\n",
            [
                "GET //x/../y?match[]={a=\"b\"} [Host=[::1]:9]  keep 1.1"
            ]
        ),
    ]

    @Test("Requests are read as they stand", arguments: accepted)
    func accepts(text: String, expected: [String]) {
        #expect(outcomes(text) == expected)
    }

    static let refused: [(String, Int)] = [
        // Request line
        ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
        ("\nGET / HTTP/1.1\r\n", 400), (" GET / HTTP/1.1\r\n", 400), ("GET  / HTTP/1.1\r\n", 400),
        ("GET / HTTP/1.1 \r\n", 400), ("GET /\r\n", 400), ("GET\r\n", 400), ("GET / a HTTP/1.1\r\n", 400),
        ("GET\t/ HTTP/1.1\r\n", 400), ("G(T / HTTP/1.1\r\n", 400), ("GET / HTTP/1.1\r\r\n", 400),
        ("GET / http/1.1\r\n", 400), ("GET / HTTP/1.10\r\n", 400), ("GET / HTTP/11\r\n", 400),
        ("GET / HTTP/a.1\r\n", 400), ("GET / HTTP/2.0\r\n", 505), ("GET / HTTP/0.9\r\n", 505),
        ("GET / HTTP/1.2\r\n", 505),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505), ("CONNECT a:443 HTTP/1.1\r\n", 501),
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\n", 501), ("\u{16}\u{03}\u{01}", 400), ("\0", 400),
        // Target
        ("GET a HTTP/1.1\r\n", 400), ("GET * HTTP/1.1\r\n", 400), ("GET ftp://a/ HTTP/1.1\r\n", 400),
        ("GET http:///p HTTP/1.1\r\n", 400), ("GET http://u@a/p HTTP/1.1\r\n", 400),
        ("GET /# HTTP/1.1\r\n", 400),
        ("GET /ä HTTP/1.1\r\n", 400), ("GET /% HTTP/1.1\r\n", 400), ("GET /%2 HTTP/1.1\r\n", 400),
        ("GET /%zz HTTP/1.1\r\n", 400), ("GET /?a=%4 HTTP/1.1\r\n", 400), ("GET /%00 HTTP/1.1\r\n", 400),
        ("GET /%0d%0aX HTTP/1.1\r\n", 400), ("GET /%ff HTTP/1.1\r\n", 400), ("GET /?a=%00 HTTP/1.1\r\n", 400),
        // Header section
        ("GET / HTTP/1.1\r\n\r\n", 400), (plain + "Host: a\r\n\r\n", 400), (plain + "Host: b\r\n\r\n", 400),
        ("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400), (plain + "X : y\r\n\r\n", 400),
        (plain + "X\r\n\r\n", 400),
        (plain + ": y\r\n\r\n", 400), (plain + " folded\r\n\r\n", 400), (plain + "\tfolded\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400), (plain + "X: a\0b\r\n\r\n", 400),
        (plain + "X: a\rb\r\n\r\n", 400), (plain + "X: a\nb: c\r\n\r\n", 400),
        (plain + "X: \u{7F}\r\n\r\n", 400),
        (plain + "X: a\r\n\n", 400), (plain + "Ä: a\r\n\r\n", 400), (plain + "Expect: cake\r\n\r\n", 417),
        // Framing
        (plain + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (plain + "Content-Length: 1, 1\r\n\r\n", 400),
        (plain + "Content-Length: -1\r\n\r\n", 400), (plain + "Content-Length: +1\r\n\r\n", 400),
        (plain + "Content-Length: 0x1\r\n\r\n", 400), (plain + "Content-Length:\r\n\r\n", 400),
        (plain + "Content-Length: 1 \t1\r\n\r\n", 400), (plain + "Content-Length: 1048577\r\n\r\n", 413),
        (plain + "Content-Length: 99999999999999999999\r\n\r\n", 413),
        (plain + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400),
        (plain + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (plain + "Transfer-Encoding: gzip\r\n\r\n", 501),
        (plain + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (plain + "Transfer-Encoding: identity\r\n\r\n", 501),
        (plain + "Transfer-Encoding: chunked, chunked\r\n\r\n", 400),
        (plain + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (plain + "Transfer-Encoding:\r\n\r\n", 400), (plain + "Transfer-Encoding: xchunked\r\n\r\n", 501),
        (plain + "Transfer-Encoding: \u{0B}chunked\r\n\r\n", 400),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ]

    @Test("Whatever breaks the grammar is refused with its status", arguments: refused)
    func refuses(text: String, status: Int) {
        #expect(outcomes(text) == ["\(status)"])
    }

    static let refusedChunks: [(String, Int)] = [
        ("\r\n", 400), ("x\r\n", 400), ("-1\r\n", 400), ("+1\r\n", 400), ("0x1\r\n", 400), (" 1\r\n", 400),
        ("1 \r\n", 400),
        ("1\n", 400), ("1 x\r\n", 400), ("1;\u{01}\r\n", 400), ("1\r\nab\r\n", 400), ("1\r\na\n", 400),
        ("1\r\na\rb", 400), ("1;a\rb\r\n", 400), ("1000000000000000\r\n", 400), ("FFFFFFFFFFFFFFF\r\n", 413),
        ("100001\r\n", 413), ("0\r\nX : y\r\n\r\n", 400), ("0\r\n folded\r\n\r\n", 400), ("0\r\n\n", 400),
        ("1;" + String(repeating: "e", count: 5000) + "\r\n", 400),
        (String(repeating: "1;eeeeeeeeeeeeeee\r\na\r\n", count: 300), 400),
    ]

    @Test("Malformed chunked bodies are refused", arguments: refusedChunks)
    func refusesChunks(text: String, status: Int) {
        #expect(
            outcomes("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + text) == [
                "\(status)"
            ])
    }

    @Test("Limits hold exactly, whether or not the line has ended")
    func limits() {
        var limits = HTTPServerLimits()
        limits.requestLineBytes = 20
        limits.headerBytes = 40
        limits.headerCount = 2
        limits.bodyBytes = 4
        func first(_ text: String) -> String { outcomes(text, limits: limits).first ?? "more" }
        #expect(first("GET /234567 HTTP/1.0\r\n\r\n").hasPrefix("GET /234567"))
        #expect(first("GET /2345678 HTTP/1.0\r\n\r\n") == "414")
        #expect(first("GET /" + String(repeating: "x", count: 30)) == "414")
        // "X: " + 33 + CRLF + CRLF = 40 bytes.
        #expect(
            first("GET / HTTP/1.0\r\nX: " + String(repeating: "x", count: 33) + "\r\n\r\n").hasPrefix("GET"))
        #expect(first("GET / HTTP/1.0\r\nX: " + String(repeating: "x", count: 34) + "\r\n\r\n") == "431")
        #expect(first("GET / HTTP/1.0\r\nX: " + String(repeating: "x", count: 38)) == "431")
        #expect(first("GET / HTTP/1.0\r\nA: 1\r\nB: 2\r\n\r\n").hasPrefix("GET"))
        #expect(first("GET / HTTP/1.0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n") == "431")
        #expect(first("GET / HTTP/1.0\r\nContent-Length: 4\r\n\r\nabcd").hasPrefix("GET"))
        #expect(first("GET / HTTP/1.0\r\nContent-Length: 5\r\n\r\nabcde") == "413")
    }

    @Test("100 is asked for once, and only when the body has not come")
    func continueExpected() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        var parser = HTTPRequestParser()
        parser.append(Array(head.utf8))
        #expect(summary(parser.next()) == "continue")
        #expect(summary(parser.next()) == "more")
        #expect(parser.phase == .body)
        parser.append(Array("x".utf8))
        #expect(summary(parser.next()) == "more")
        parser.append(Array("y".utf8))
        #expect(summary(parser.next()).contains("xy"))
        #expect(parser.phase == .idle)
        parser.append(Array((head + "x").utf8))
        #expect(summary(parser.next()) == "more")
    }

    @Test("The phases tell which deadline applies")
    func phases() {
        var parser = HTTPRequestParser()
        func feed(_ text: String) -> HTTPRequestParser.Phase {
            parser.append(Array(text.utf8))
            _ = parser.next()
            return parser.phase
        }
        #expect(parser.phase == .idle)
        #expect(feed("\r\n") == .idle)
        #expect(feed("P") == .head)
        #expect(feed("OST / HTTP/1.1\r\n") == .head)
        #expect(feed("Host: a\r\nContent-Length: 2\r\n\r\n") == .body)
        #expect(feed("x") == .body)
        #expect(feed("yG") == .head)
        #expect(parser.heldBytes == 1)
    }

    @Test(
        "Every split into two pieces, and byte by byte, gives the same requests", arguments: accepted.map(\.0)
    )
    func splitsAccepted(text: String) { checkSplits(text) }

    @Test("Every split of a refused request gives the same status", arguments: refused.map(\.0))
    func splitsRefused(text: String) { checkSplits(text) }

    @Test("Every split of a refused chunked body gives the same status", arguments: refusedChunks.map(\.0))
    func splitsChunks(text: String) {
        checkSplits("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + text)
    }

    private func checkSplits(_ text: String) {
        let bytes = Array(text.utf8)
        let whole = outcomes([bytes])
        let points =
            bytes.count < 400 ? Array(0...bytes.count) : Array(stride(from: 0, to: bytes.count, by: 97))
        for split in points {
            #expect(outcomes([Array(bytes[..<split]), Array(bytes[split...])]) == whole, "split at \(split)")
        }
        #expect(outcomes(bytes.map { [$0] }) == whole)
    }

    @Test("A truncated request is incomplete, never complete or refused")
    func truncation() {
        let text =
            "POST /p?a=b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nT: t\r\n\r\n"
        let bytes = Array(text.utf8)
        for end in 0..<bytes.count {
            #expect(outcomes([Array(bytes[..<end])]).isEmpty, "cut at \(end)")
        }
        #expect(outcomes([bytes]).count == 1)
    }

    @Test("Any single byte may change: the parser answers, and the same for the whole as byte by byte")
    func mutation() {
        let text =
            "POST /p%41?a=b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nT: t\r\n\r\n"
        let original = Array(text.utf8)
        let replacements: [UInt8] = [0, 9, 10, 13, 32, 37, 44, 48, 58, 59, 70, 127, 128, 255]
        for index in original.indices {
            for replacement in replacements {
                var bytes = original
                bytes[index] = replacement
                #expect(outcomes([bytes]) == outcomes(bytes.map { [$0] }), "byte \(index) = \(replacement)")
            }
        }
    }

    @Test("A rejection is final")
    func rejectionIsFinal() {
        var parser = HTTPRequestParser()
        parser.append(Array("GET\r\n".utf8))
        #expect(summary(parser.next()) == "400")
        parser.append(Array("GET / HTTP/1.0\r\n\r\n".utf8))
        #expect(summary(parser.next()) == "400")
    }
}

@Suite("HTTP headers")
struct HTTPHeadersTests {
    private let headers = HTTPHeaders([("Accept", "a, B"), ("X-Y", "1"), ("aCCEPT", ",c ,"), ("Empty", "")])

    @Test("Names compare without case, values keep their order")
    func lookup() {
        #expect(headers["ACCEPT"] == "a, B")
        #expect(headers.values("accept") == ["a, B", ",c ,"])
        #expect(headers["empty"] == "")
        #expect(headers["X_Y"] == nil)
        // '@' and '`' differ by the same bit as 'A' and 'a'.
        #expect(!HTTPHeaders.equal("@", "`") && !HTTPHeaders.equal("a", "ab"))
    }

    @Test("List members are joined over fields, trimmed and lowercased")
    func lists() {
        #expect(headers.listMembers("accept") == ["a", "b", "c"])
        #expect(headers.listMembers("empty") == [])
    }

    @Test("Replacing drops every field of the name")
    func replace() {
        var headers = headers
        headers.replace(name: "accept", value: "z")
        #expect(headers.fields.map(\.name) == ["X-Y", "Empty", "accept"])
        #expect(headers.values("Accept") == ["z"])
    }
}
