import FoundationEssentials

/// A way in which text may quote a secret.
enum SecretForm: CaseIterable {
    case plain
    /// RFC 3986, 2.1, in either case of its digits; `+` for a blank in forms.
    case percent, percentLower, formEncoded
    /// RFC 4648, 4 and 5. In longer data the same bytes look in three ways, by where they begin: so `user:secret` is
    /// found with any user.
    case base64, base64After1, base64After2
    case base64URL, base64URLAfter1, base64URLAfter2
    /// RFC 8259, 7.
    case json, jsonWithSlashes
    case html

    /// How the secret looks, and how many of the bytes are the same whatever follows the secret.
    func bytes(of secret: String) -> (text: [UInt8], certain: Int) {
        switch self {
        case .plain: return Self.whole(secret)
        case .percent: return Self.whole(PercentEncoding.encode(secret))
        case .percentLower: return Self.whole(Self.lowerDigits(PercentEncoding.encode(secret)))
        case .formEncoded: return Self.whole(PercentEncoding.encode(secret).replacing("%20", with: "+"))
        case .base64: return Self.base64(secret, after: 0)
        case .base64After1: return Self.base64(secret, after: 1)
        case .base64After2: return Self.base64(secret, after: 2)
        case .base64URL: return Self.base64URL(secret, after: 0)
        case .base64URLAfter1: return Self.base64URL(secret, after: 1)
        case .base64URLAfter2: return Self.base64URL(secret, after: 2)
        case .json: return Self.whole(Self.json(secret))
        case .jsonWithSlashes: return Self.whole(Self.json(secret).replacing("/", with: "\\/"))
        case .html: return Self.whole(Self.html(secret))
        }
    }

    private static func whole(_ text: String) -> (text: [UInt8], certain: Int) {
        (Array(text.utf8), text.utf8.count)
    }

    /// `%2F` as `%2f`; letters beside escapes stay.
    private static func lowerDigits(_ text: String) -> String {
        var bytes = Array(text.utf8)
        for index in bytes.indices where bytes[index] == UInt8(ascii: "%") {
            for digit in index + 1..<min(index + 3, bytes.count)
            where (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(bytes[digit]) {
                bytes[digit] |= 0x20
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func base64(_ secret: String, after leading: Int) -> (text: [UInt8], certain: Int) {
        let data = [UInt8](repeating: 0, count: leading) + secret.utf8
        // Characters that hold bits of what comes before.
        let first = (leading * 8 + 5) / 6
        let text = Data(data).base64EncodedString().utf8.filter { $0 != UInt8(ascii: "=") }.dropFirst(first)
        return (Array(text), max(0, data.count * 8 / 6 - first))
    }

    private static func base64URL(_ secret: String, after leading: Int) -> (text: [UInt8], certain: Int) {
        let (text, certain) = base64(secret, after: leading)
        let other = text.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: byte
            }
        }
        return (other, certain)
    }

    private static func json(_ secret: String) -> String {
        secret.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }

    /// As Go's `html/template` and most others write it.
    private static func html(_ secret: String) -> String {
        let entities = [
            ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&#34;"), ("'", "&#39;"), ("+", "&#43;"),
        ]
        return entities.reduce(secret) { $0.replacing($1.0, with: $1.1) }
    }
}
