import FoundationEssentials
import HTTPClient
import System

/// An answer of the query protocol: `<OperationResponse><OperationResult>…`.
struct QueryAnswer {
    private let request: AWSRequest
    private let root: XMLElement

    /// Throws unless the document's root is the operation's response: a server that does not know the request
    /// may answer another document with status 200.
    init(request: AWSRequest, response: TransportResponse) throws(AWSError) {
        self.request = request
        do {
            root = try XMLElement(document: response.body)
        } catch {
            throw request.malformed("not XML: \(error.reason) at byte \(error.offset)", response)
        }
        guard root.name == request.operation + "Response" else {
            throw request.malformed(
                "the root element is \(MessageText.bounded(root.name, limit: 40))", response)
        }
    }

    /// As `text`; nil when it is missing or empty.
    func textIfAny(_ path: String...) -> String? { find(path) }

    /// The text of the element at that path below the root; throws when it is missing or empty.
    func text(_ path: String...) throws(AWSError) -> String {
        guard let text = find(path) else {
            throw request.malformed("no text at \(path.joined(separator: "/"))")
        }
        return text
    }

    private func find(_ path: [String]) -> String? {
        var element: XMLElement? = root
        for name in path { element = element?[name] }
        guard let element, element.children.isEmpty, !element.text.isEmpty else { return nil }
        return element.text
    }

    /// The RFC 3339 time at that path.
    func date(_ result: String, _ parent: String, _ name: String) throws(AWSError) -> Date {
        let text = try text(result, parent, name)
        if let date = AnswerTime.parse(text) { return date }
        throw request.malformed("no time at \(result)/\(parent)/\(name)")
    }
}

/// RFC 3339 times of answers, with or without fractions of a second.
enum AnswerTime {
    static func parse(_ text: String) -> Date? {
        let strategies = [
            Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true),
        ]
        for strategy in strategies {
            // The other form is tried next.
            if let date = try? strategy.parse(text) { return date }
        }
        return nil
    }
}

/// Decodes JSON answers whatever their `Content-Type`, which some servers get wrong.
enum JSONAnswer {
    static func decode<Answer: Decodable>(
        _ type: Answer.Type, request: AWSRequest, response: TransportResponse
    ) throws(AWSError) -> Answer {
        do {
            return try JSONDecoder().decode(type, from: Data(response.body))
        } catch let error as DecodingError {
            throw request.malformed(describe(error), response)
        } catch {
            throw request.malformed("not JSON", response)
        }
    }

    /// What is wrong and where, without the value that stands there.
    private static func describe(_ error: DecodingError) -> String {
        switch error {
        case .typeMismatch(let type, let context): "\(place(context.codingPath)) is not \(type)"
        case .valueNotFound(_, let context): "\(place(context.codingPath)) has no value"
        case .keyNotFound(let key, let context): "\(place(context.codingPath + [key])) is missing"
        case .dataCorrupted(let context): "\(place(context.codingPath)) is not JSON that can be read"
        @unknown default: "the JSON cannot be read"
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        path.isEmpty
            ? "the answer" : path.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
    }
}

extension AWSRequest {
    /// An answer came and cannot be understood.
    func malformed(_ reason: String, _ response: TransportResponse? = nil) -> AWSError {
        let size = response.map { "; \($0.body.count) bytes" } ?? ""
        return error(.malformedAnswer, status: response?.status, reason + size)
    }
}

/// Walks the pages of a listing; pure.
struct PageCursor {
    private(set) var token: String?
    private var seen: Set<String> = []
    private var pages = 0
    private let maximumPages: Int

    init(maximumPages: Int) {
        self.maximumPages = maximumPages
    }

    /// Takes the token of the page just read; false when it was the last one.
    mutating func advance(to next: String?, _ request: AWSRequest) throws(AWSError) -> Bool {
        guard let next, !next.isEmpty else { return false }
        pages += 1
        guard next.utf8.count <= AWSDefaults.maximumPageTokenLength else {
            throw request.malformed(
                "the page token is longer than \(AWSDefaults.maximumPageTokenLength) bytes")
        }
        guard seen.insert(next).inserted else { throw request.malformed("a page token came a second time") }
        guard pages < maximumPages else {
            throw request.error(
                .malformedAnswer, code: Self.limitCode,
                "more than \(maximumPages) pages, which is all that are read")
        }
        token = next
        return true
    }

    /// As `advance`, of a listing: beyond the limit, what was listed is used, and the rest is counted as left out.
    mutating func advance(
        to next: String?, _ request: AWSRequest, orCountBy caller: AWSCaller
    ) throws(AWSError) -> Bool {
        do throws(AWSError) {
            return try advance(to: next, request)
        } catch {
            guard error.code == Self.limitCode else { throw error }
            caller.leaveOut(of: request, code: Self.limitCode)
            return false
        }
    }

    /// Under which the limit is counted.
    static let limitCode = "page_limit"
}
