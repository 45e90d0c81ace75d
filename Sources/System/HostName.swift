/// Hosts in addresses and URLs: their form, not whether one exists.
package enum HostName {
    /// Of a DNS name.
    private static let longest = 253

    /// A DNS name or an IPv4 address.
    package static func isName(_ text: some StringProtocol) -> Bool {
        (1...longest).contains(text.count)
            && text.allSatisfy { $0.isASCIILetterOrDigit || $0 == "-" || $0 == "." || $0 == "_" }
    }

    /// The characters of an IPv6 address, perhaps with a zone.
    package static func isIPv6(_ text: some StringProtocol) -> Bool {
        guard let address = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false).first
        else { return false }
        return text.count <= longest && address.contains(":")
            && address.allSatisfy { $0.isASCII && $0.isHexDigit || $0 == ":" || $0 == "." }
            && text.dropFirst(address.count).dropFirst().allSatisfy { $0.isASCIILetterOrDigit }
    }

    /// Host and port of an absolute URL, without user and password; bounded, for messages and for counting.
    package static func of(url: String) -> String {
        let bytes = url.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return "" }
        let authority = bytes[bytes.index(after: colon)...].drop { $0 == UInt8(ascii: "/") }
            .prefix { !"/?#".utf8.contains($0) }
        let host = authority.split(separator: UInt8(ascii: "@")).last ?? authority[...]
        // With a port a few characters more.
        return MessageText.bounded(String(decoding: host, as: UTF8.self), limit: longest + 7)
    }
}
