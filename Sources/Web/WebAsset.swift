/// A file of the web page as it is sent.
package struct WebAsset: Sendable {
    /// The file's name, without a folder.
    package let name: String
    /// The value of `Content-Type`.
    package let contentType: String
    package let bytes: [UInt8]
    /// A strong entity tag of the bytes, quotes included (RFC 9110 section 8.8.3).
    package let etag: String

    package init(_ name: String, _ kind: Kind, _ bytes: [UInt8]) {
        self.name = name
        contentType = kind.rawValue
        self.bytes = bytes
        etag = "\"\(String(Self.hash(bytes), radix: 16))\""
    }

    package enum Kind: String {
        case html = "text/html; charset=utf-8"
        case css = "text/css; charset=utf-8"
        case script = "text/javascript; charset=utf-8"
        case svg = "image/svg+xml"
    }

    /// FNV-1a of 64 bits: tells versions of a file apart, and is the same in every process.
    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
