import FoundationEssentials

/// Text that must not be shown: printing, interpolating or dumping it gives `<secret>`.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// What stands in place of every secret.
    package static let mask = "<secret>"

    /// The text itself.
    package let value: String

    package init(_ value: String) {
        self.value = value
    }

    package var description: String { Self.mask }
    package var debugDescription: String { Self.mask }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A value that holds secrets: printing, dumping or reflecting it shows its description and no stored property.
package protocol SecretHolder: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {}

extension SecretHolder {
    /// The type's name alone, unless the type says something harmless about itself.
    package var description: String { "\(Self.self)(…)" }
    package var debugDescription: String { description }
    /// Without children, because `dump` and assertion messages walk the stored properties.
    package var customMirror: Mirror { Mirror(self, unlabeledChildren: [String]()) }
}

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

/// Finds secrets in text, in all forms that text may quote them in.
///
/// Of each form only the beginning is kept, so that many long tokens take little memory; from there a quotation is
/// followed as far as it agrees, which also finds one that was cut off.
struct SecretIndex {
    private struct Entry {
        /// At least `keyBytes` long.
        let head: [UInt8]
        let form: SecretForm
        let secret: String
    }

    /// Text is looked up by so many bytes, and a secret that is shorter is none.
    static let keyBytes = 4
    /// A quotation that begins with so many bytes of a form is one, whatever follows.
    private static let headBytes = 16

    private var entries: [UInt32: [Entry]] = [:]

    mutating func insert(_ secret: String) {
        for entry in Self.entries(of: secret) {
            entries[Self.key(entry.head, at: 0), default: []].append(entry)
        }
    }

    mutating func remove(_ secret: String) {
        for key in Set(Self.entries(of: secret).map({ Self.key($0.head, at: 0) })) {
            entries[key]?.removeAll { $0.secret == secret }
            if entries[key]?.isEmpty == true { entries[key] = nil }
        }
    }

    /// How many bytes from there on quote a secret; 0 for none.
    func quotation(in text: [UInt8], at start: Int) -> Int {
        guard start + Self.keyBytes <= text.count, let candidates = entries[Self.key(text, at: start)] else {
            return 0
        }
        return candidates.reduce(0) { longest, entry in
            guard text[start...].starts(with: entry.head) else { return longest }
            let whole = entry.form.bytes(of: entry.secret).text
            return max(longest, zip(whole, text[start...]).prefix { $0 == $1 }.count)
        }
    }

    private static func entries(of secret: String) -> [Entry] {
        var seen: Set<[UInt8]> = []
        return SecretForm.allCases.compactMap { form in
            let (text, certain) = form.bytes(of: secret)
            let head = Array(text.prefix(min(headBytes, certain)))
            // Many forms of a plain word are the word itself.
            guard head.count >= keyBytes, seen.insert(text).inserted else { return nil }
            return Entry(head: head, form: form, secret: secret)
        }
    }

    private static func key(_ bytes: [UInt8], at start: Int) -> UInt32 {
        bytes[start..<start + keyBytes].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
