/// A place in a YAML text: both numbers start at 1, the column counts Unicode code points.
package struct YAMLPosition: Equatable, Sendable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// How a scalar was written, which tells the text `"1"` from the number `1`.
package enum YAMLStyle: Equatable, Sendable {
    case plain
    case quoted
}

/// One value of a YAML document and where it stands.
package struct YAMLNode: Equatable, Sendable {
    package let value: YAMLValue
    /// Where the value begins; where its key or dash stands when the value is empty.
    package let position: YAMLPosition

    package init(value: YAMLValue, position: YAMLPosition) {
        self.value = value
        self.position = position
    }
}

/// What a YAML node holds. Scalars stay text: what they mean is the business of the schema.
package indirect enum YAMLValue: Equatable, Sendable {
    /// Nothing was written, as after `key:`.
    case empty
    case scalar(String, YAMLStyle)
    case list([YAMLNode])
    /// In the order of the file; no key occurs twice.
    case map([YAMLEntry])

    /// The kind of value in words, for messages.
    package var kind: String {
        switch self {
        case .empty: "nothing"
        case .scalar: "a single value"
        case .list: "a list"
        case .map: "a map of keys"
        }
    }
}

/// A key of a map with its value.
package struct YAMLEntry: Equatable, Sendable {
    package let key: String
    /// Where the key begins.
    package let position: YAMLPosition
    package let node: YAMLNode

    package init(key: String, position: YAMLPosition, node: YAMLNode) {
        self.key = key
        self.position = position
        self.node = node
    }
}
