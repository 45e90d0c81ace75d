import Glibc
import System

/// Encodes status line and header section (RFC 9112 sections 4 and 5), and chunk framing (section 7.1).
enum HTTPResponseEncoder {
    /// How the body of a response is delimited.
    enum Framing: Equatable {
        case none
        case length(Int)
        case chunked
        case untilClose
    }

    /// What of a body follows the header section.
    struct Plan: Equatable {
        let framing: Framing
        /// False for HEAD and for statuses without a body.
        let sendsBody: Bool
        let keepAlive: Bool
    }

    /// The interim answer to `Expect: 100-continue`.
    static let continueHead = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
    /// Ends a chunked body, without trailers.
    static let lastChunk = Array("0\r\n\r\n".utf8)

    /// Chooses framing and persistence for this response.
    static func plan(
        _ response: HTTPResponse, isHead: Bool, isHTTP10: Bool, keepAlive: Bool
    ) -> Plan {
        let asksToClose = response.headers.contains { field in
            HTTPHeaders.equal(field.name, "Connection") && HTTPHeaders.equal(field.value, "close")
        }
        let keepAlive = keepAlive && !asksToClose
        if HTTPStatus.forbidsBody(response.status) {
            return Plan(framing: .none, sendsBody: false, keepAlive: keepAlive)
        }
        switch response.body {
        case .bytes(let bytes):
            return Plan(
                framing: .length(bytes.count), sendsBody: !isHead && !bytes.isEmpty, keepAlive: keepAlive)
        case .stream where isHTTP10:
            return Plan(framing: .untilClose, sendsBody: !isHead, keepAlive: keepAlive && isHead)
        case .stream:
            return Plan(framing: .chunked, sendsBody: !isHead, keepAlive: keepAlive)
        }
    }

    /// The bytes up to and including the empty line.
    static func head(_ response: HTTPResponse, plan: Plan, isHTTP10: Bool, date: String) -> [UInt8] {
        let status = (200...599).contains(response.status) ? response.status : 500
        var text = "HTTP/1.1 \(status) \(HTTPStatus.phrase(status))\r\n"
        for (name, value) in response.headers where HTTPCharacters.isToken(name.utf8) && !isServerField(name)
        {
            text += "\(name): \(sanitized(value))\r\n"
        }
        if response.header("Date") == nil { text += "Date: \(date)\r\n" }
        // No answer is to be taken for something else than it says it is.
        text += "X-Content-Type-Options: nosniff\r\n"
        switch plan.framing {
        case .none, .untilClose: break
        case .length(let length): text += "Content-Length: \(length)\r\n"
        case .chunked: text += "Transfer-Encoding: chunked\r\n"
        }
        if !plan.keepAlive {
            text += "Connection: close\r\n"
        } else if isHTTP10 {
            text += "Connection: keep-alive\r\n"
        }
        text += "\r\n"
        return Array(text.utf8)
    }

    /// What precedes a chunk's data; CRLF follows the data.
    static func chunkHead(_ count: Int) -> [UInt8] {
        Array((String(count, radix: 16) + "\r\n").utf8)
    }

    /// IMF-fixdate of RFC 9110 section 5.6.7, such as `Sun, 06 Nov 1994 08:49:37 GMT`; times before 1970 are written as
    /// 1970.
    static func date(epochSeconds: Int) -> String {
        CivilTime.httpDate(max(epochSeconds, 0))
    }

    /// Fields whose truth only the server knows.
    private static func isServerField(_ name: String) -> Bool {
        ["Content-Length", "Transfer-Encoding", "Connection"].contains { HTTPHeaders.equal($0, name) }
    }

    /// RFC 9110 section 5.5: CR, LF and NUL are replaced by spaces, so that no value can start a field or a
    /// body.
    private static func sanitized(_ value: String) -> String {
        guard !value.utf8.allSatisfy({ HTTPCharacters.isFieldValue($0) }) else { return value }
        return String(decoding: value.utf8.map { HTTPCharacters.isFieldValue($0) ? $0 : 0x20 }, as: UTF8.self)
    }
}

/// An answer on its way to a socket, as shared arrays: a body that many responses send is never copied.
struct HTTPOutput {
    /// Of the answer that was begun last.
    private(set) var status = 0
    /// Bytes of its body so far, without chunk framing.
    private(set) var bodyBytes = 0
    /// Whether the connection goes on after it.
    private(set) var keepsAlive = true
    /// Bytes that the socket has taken since this was set to 0.
    var progress = 0
    private var isChunked = false
    private var segments: [[UInt8]] = []
    /// Bytes of the first segment that are sent.
    private var offset = 0

    /// True when the socket has taken everything.
    var isEmpty: Bool { segments.isEmpty }

    /// Adds the head of a response, and the body unless it is a stream.
    mutating func begin(
        _ response: HTTPResponse, _ plan: HTTPResponseEncoder.Plan, isHTTP10: Bool, date: String
    ) {
        (status, bodyBytes, keepsAlive) = (response.status, 0, plan.keepAlive)
        isChunked = plan.framing == .chunked
        append(HTTPResponseEncoder.head(response, plan: plan, isHTTP10: isHTTP10, date: date))
        if case .bytes(let bytes) = response.body, plan.sendsBody {
            bodyBytes = bytes.count
            append(bytes)
        }
    }

    /// Adds a part of a stream.
    mutating func append(chunk bytes: [UInt8]) {
        // An empty chunk would be the last one (RFC 9112 section 7.1).
        guard !bytes.isEmpty else { return }
        bodyBytes += bytes.count
        guard isChunked else { return append(bytes) }
        append(HTTPResponseEncoder.chunkHead(bytes.count))
        append(bytes)
        append([0x0D, 0x0A])
    }

    /// Ends a stream.
    mutating func endChunks() {
        if isChunked { append(HTTPResponseEncoder.lastChunk) }
    }

    /// Adds bytes behind those that wait; empty ones are left out.
    mutating func append(_ bytes: [UInt8]) {
        if !bytes.isEmpty { segments.append(bytes) }
    }

    /// Writes once; nil when nothing waits.
    mutating func writeOnce(to socket: Socket) -> Socket.WriteResult? {
        guard let first = segments.first else { return nil }
        let result = socket.write(
            first, from: offset, limit: HTTPServerLimits.writeBytes, more: segments.count > 1)
        if case .bytes(let count) = result {
            offset += count
            progress += count
            if offset == first.count {
                segments.removeFirst()
                offset = 0
            }
        }
        return result
    }
}
