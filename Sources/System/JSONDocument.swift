import FoundationEssentials

/// A figure that is written as `null` when it is not known; `Optional` alone would leave its key out.
package struct Nullable<Value: Encodable & Sendable>: Encodable, Sendable {
    package let value: Value?

    package init(_ value: Value?) {
        self.value = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let value { try container.encode(value) } else { try container.encodeNil() }
    }
}

/// How the JSON interface writes documents: keys in snake case and sorted, so that answers can be compared.
package enum JSONDocument {
    package static func bytes(_ document: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(document), as: UTF8.self)
        return Array((VisibleText.escapedJSON(text) + "\n").utf8)
    }

    /// Unix seconds as RFC 3339 in UTC, to the second.
    package static func time(_ epochSeconds: Double) -> String {
        Date(timeIntervalSince1970: epochSeconds).formatted(.iso8601)
    }
}

/// Why a text that people typed was not accepted, with what is allowed.
package struct InvalidValue: Error {
    package let reason: String

    package init(_ reason: String) {
        self.reason = reason
    }
}

extension Character {
    // A letter with a combining mark lies between two others by the order of characters.
    package var isASCIIDigit: Bool { isASCII && ("0"..."9").contains(self) }
    package var isASCIILowercase: Bool { isASCII && ("a"..."z").contains(self) }
    package var isASCIILetterOrDigit: Bool {
        isASCIIDigit || isASCIILowercase || isASCII && ("A"..."Z").contains(self)
    }
}
