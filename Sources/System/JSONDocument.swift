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
