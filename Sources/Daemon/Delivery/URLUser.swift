import Configuration
import FoundationEssentials

/// The user of a URL, as a header: libcurl is not given users in URLs.
enum URLUser {
    /// Basic authentication (RFC 7617, 2) with what stands before the `@`; nil without it.
    static func authorization(_ url: ServiceURL) -> String? {
        guard let user = url.user?.value else { return nil }
        let parts = user.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = percentDecoded(parts[0])
        let password = parts.count > 1 ? percentDecoded(parts[1]) : []
        return "Basic \(Data(name + [UInt8(ascii: ":")] + password).base64EncodedString())"
    }

    /// RFC 3986, 2.1; what is no escape stays as it is.
    private static func percentDecoded(_ text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            guard byte == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}
