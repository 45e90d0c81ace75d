/// Makes text of a server fit for logs and labels.
package enum MessageText {
    /// One line of at most `limit` characters: control characters and runs of space become one space.
    package static func bounded(_ text: String, limit: Int = AWSDefaults.maximumMessageLength) -> String {
        var line = ""
        var length = 0
        for scalar in text.unicodeScalars {
            let isSpace =
                scalar.properties.isWhitespace || scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
            if isSpace && (line.isEmpty || line.hasSuffix(" ")) { continue }
            guard length < limit else { return line.hasSuffix(" ") ? line + "…" : line + " …" }
            line.unicodeScalars.append(isSpace ? " " : scalar)
            length += 1
        }
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }

    /// An error code as a label: only `[A-Za-z0-9._-]`, at most 64 of them; nil when nothing is left.
    static func errorCode(_ text: some StringProtocol) -> String? {
        let allowed = text.utf8.lazy.filter { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
        let code = Array(allowed.prefix(AWSDefaults.maximumErrorCodeLength))
        return code.isEmpty ? nil : String(decoding: code, as: UTF8.self)
    }

    /// The text without the keys that signed the request: the message of `SignatureDoesNotMatch` quotes the
    /// canonical request, and with it the session token.
    static func redacted(_ text: String, credentials: AWSCredentials?) -> String {
        guard let credentials else { return text }
        var safe = text
        for secret in [credentials.secretAccessKey, credentials.sessionToken ?? "", credentials.accessKeyID]
        where secret.utf8.count >= 4 {
            safe = safe.replacing(secret, with: "[hidden]")
        }
        return safe
    }
}
