import Configuration
import FoundationEssentials

/// The user of a URL, as a header: libcurl is not given users in URLs.
enum URLUser {
    /// Basic authentication (RFC 7617, 2) with what stands before the `@`; nil without it.
    static func authorization(_ url: ServiceURL) -> String? {
        pair(url).map { "Basic \(Data($0.name + [UInt8(ascii: ":")] + $0.password).base64EncodedString())" }
    }

    /// The name and the password, decoded; nil without a user.
    static func pair(_ url: ServiceURL) -> (name: [UInt8], password: [UInt8])? {
        guard let user = url.user?.value else { return nil }
        let parts = user.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return (percentDecoded(parts[0]), parts.count > 1 ? percentDecoded(parts[1]) : [])
    }

    /// RFC 3986, 2.1; what is no escape stays as it is.
    static func percentDecoded(_ text: Substring) -> [UInt8] {
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
