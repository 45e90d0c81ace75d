import System

/// The part of a URL that says whom to connect to.
package enum HostName {
    /// Host and port of an absolute URL, without user and password; bounded, for messages and for counting.
    package static func of(url: String) -> String {
        let bytes = url.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return "" }
        let authority = bytes[bytes.index(after: colon)...].drop { $0 == UInt8(ascii: "/") }
            .prefix { !"/?#".utf8.contains($0) }
        let host = authority.split(separator: UInt8(ascii: "@")).last ?? authority[...]
        return MessageText.bounded(String(decoding: host, as: UTF8.self), limit: maximumLength)
    }

    /// A DNS name has at most 253 characters; with a port a few more.
    private static let maximumLength = 260
}
