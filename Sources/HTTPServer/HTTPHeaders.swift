/// Header fields in the order received; names compare without regard to ASCII case (RFC 9110 section 5.1).
package struct HTTPHeaders: Sendable {
    /// The fields as they came, repeated ones included.
    package private(set) var fields: [(name: String, value: String)]

    /// Fields in the order given, names as they are.
    package init(_ fields: [(name: String, value: String)] = []) {
        self.fields = fields
    }

    /// The first value of this name, or nil.
    package subscript(name: String) -> String? {
        fields.first { Self.equal($0.name, name) }?.value
    }

    /// Every value of this name, in order.
    package func values(_ name: String) -> [String] {
        fields.filter { Self.equal($0.name, name) }.map(\.value)
    }

    /// The members of a comma-separated list field, trimmed, lowercased, empty ones left out (RFC 9110
    /// section 5.6.1).
    package func listMembers(_ name: String) -> [String] {
        values(name).flatMap { value in
            value.utf8.split(separator: UInt8(ascii: ","))
                .map { String(decoding: Self.trimmed($0), as: UTF8.self).lowercased() }
                .filter { !$0.isEmpty }
        }
    }

    /// Adds a field behind the others, repeated names included.
    package mutating func append(name: String, value: String) {
        fields.append((name, value))
    }

    /// Drops every field of this name and appends one with the value.
    package mutating func replace(name: String, value: String) {
        fields.removeAll { Self.equal($0.name, name) }
        fields.append((name, value))
    }

    /// Whether two field names are the same name.
    package static func equal(_ a: String, _ b: String) -> Bool {
        let (a, b) = (a.utf8, b.utf8)
        return a.count == b.count && zip(a, b).allSatisfy { lowercase($0) == lowercase($1) }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }

    /// Without the spaces and tabs at both ends (OWS of RFC 9110 section 5.6.3).
    static func trimmed<Bytes: BidirectionalCollection>(_ bytes: Bytes) -> Bytes.SubSequence
    where Bytes.Element == UInt8 {
        func isOWS(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        guard let first = bytes.firstIndex(where: { !isOWS($0) }),
            let last = bytes.lastIndex(where: { !isOWS($0) })
        else { return bytes[bytes.endIndex...] }
        return bytes[first...last]
    }
}
