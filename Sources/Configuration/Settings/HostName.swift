/// The form of hosts in addresses and URLs. Whether one exists is for the system to find out.
package enum HostName {
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
}
