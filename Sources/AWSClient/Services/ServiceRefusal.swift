import FoundationEssentials
import HTTPClient
import System

/// An answer whose status is not 2xx, read in whichever form the service or something before it wrote it.
struct ServiceRefusal: Equatable, Sendable {
    let status: Int
    /// Without namespace and bounded; nil when the answer names none.
    let code: String?
    /// The `Date` header.
    let date: String?
    private let message: String

    init(_ response: TransportResponse) {
        status = response.status
        date = response.headers["date"]
        let body = Body(response.body)
        // awsQueryCompatible services put the code that their documentation names in this header.
        let queryCode = response.headers["x-amzn-query-error"]?.prefix { $0 != ";" }
        let typeHeader = response.headers["x-amzn-errortype"]
        code =
            [queryCode.map(String.init), typeHeader, body.code].compactMap { $0 }
            .compactMap(Self.plainCode).first
        message = body.message ?? "the answer is not an AWS error (\(Self.shape(of: response)))"
    }

    /// Nil when asking again would bring the same answer.
    var retryable: RetryableFailure? { RetryableFailure(status: status, code: code) }

    func error(of request: AWSRequest) -> AWSError {
        request.error(kind, status: status, code: code, message)
    }

    private var kind: AWSError.Kind {
        if retryable == .throttled { return .throttled }
        if let code, ErrorCodes.credentialsRejected.contains(code) { return .credentialsRejected }
        if let code, ErrorCodes.accessDenied.contains(code) { return .accessDenied }
        if status >= 500 { return .serviceFailure }
        if status == 401 || status == 403 { return .accessDenied }
        return .refused
    }

    /// `com.amazonaws.x#Throttling` and `AccessDenied:http://…` without what is around the code.
    private static func plainCode(_ text: String) -> String? {
        let afterNamespace = text.split(separator: "#").last ?? ""
        return MessageText.errorCode(afterNamespace.prefix { $0 != ":" })
    }

    private static func shape(of response: TransportResponse) -> String {
        guard !response.body.isEmpty else { return "empty body" }
        let type =
            response.headers["content-type"].map { MessageText.bounded($0, limit: 60) } ?? "no content type"
        return "\(type), \(response.body.count) bytes"
    }
}

extension ServiceRefusal {
    /// What the body says, in JSON or XML.
    private struct Body {
        var code: String?
        var message: String?

        init(_ bytes: [UInt8]) {
            switch bytes.first(where: { !" \t\r\n".utf8.contains($0) }) {
            case UInt8(ascii: "{"): readJSON(bytes)
            case UInt8(ascii: "<"): readXML(bytes)
            default: break
            }
        }

        private mutating func readJSON(_ bytes: [UInt8]) {
            // A body that is not an error document leaves both nil, and the message says so.
            guard let document = try? JSONDecoder().decode(JSONError.self, from: Data(bytes)) else { return }
            code = document.type ?? document.code
            message = document.message ?? document.Message ?? (code == nil ? nil : "no message")
        }

        private mutating func readXML(_ bytes: [UInt8]) {
            // HTML of a proxy or load balancer is not well-formed, or its root has another name.
            guard let root = try? XMLElement(document: bytes) else { return }
            let error: XMLElement?
            switch root.name {
            case "ErrorResponse": error = root["Error"]
            case "Response": error = root["Errors"]?["Error"]
            case "Error": error = root
            default: error = nil
            }
            guard let error else { return }
            code = error["Code"]?.text
            message = error["Message"]?.text ?? "no message"
        }
    }

    /// awsJson and restJson1 errors; members may be missing and `Message` is spelt both ways.
    private struct JSONError: Decodable {
        var type: String?
        var code: String?
        var message: String?
        var Message: String?

        enum CodingKeys: String, CodingKey {
            case type = "__type"
            case code
            case message
            case Message
        }
    }
}
