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

/// Reads the subset of YAML that configurations need: maps and lists in block and flow form, plain and quoted
/// one-line scalars, comments, one document. Whatever else YAML has is refused, never read differently.
package struct YAMLParser {
    var scanner: YAMLScanner
    private var nodes = 0

    /// The tree of a document. Throws the first error, with its line and column.
    package static func parse(bytes: [UInt8], file: String) throws(ConfigurationError) -> YAMLNode {
        let characters = try YAMLText.characters(of: bytes, file: file)
        var parser = YAMLParser(scanner: YAMLScanner(characters: characters, file: file))
        return try parser.document()
    }

    private init(scanner: YAMLScanner) {
        self.scanner = scanner
    }

    private mutating func document() throws(ConfigurationError) -> YAMLNode {
        try scanner.skipToToken()
        let begins = scanner.isAtMarker("-")
        if begins {
            scanner.advance(3)
            try scanner.finishLine("nothing but a comment may follow '---' in its line")
            try scanner.skipToToken()
        }
        let root: YAMLNode
        if scanner.blockColumn < 0 {
            root = YAMLNode(value: .empty, position: scanner.position)
            guard begins || scanner.isAtEnd else {
                throw scanner.failure("'...' ends a document that did not begin")
            }
        } else {
            root = try blockNode(depth: 1)
        }
        try end()
        return root
    }

    /// Nothing may follow the document but `...` and comments.
    private mutating func end() throws(ConfigurationError) {
        try scanner.skipToToken()
        if scanner.isAtMarker(".") {
            scanner.advance(3)
            try scanner.finishLine("nothing but a comment may follow '...' in its line")
            try scanner.skipToToken()
        }
        guard !scanner.isAtEnd else { return }
        guard !scanner.isAtMarker("-"), !scanner.isAtMarker(".") else {
            throw scanner.failure("one file holds one document; a second '---' or '...' is not allowed")
        }
        throw misplaced
    }

    /// Counts the node against the bounds on size and nesting.
    mutating func enter(depth: Int) throws(ConfigurationError) {
        nodes += 1
        guard depth <= ConfigurationLimits.yamlDepth else {
            throw scanner.failure("values are nested deeper than \(ConfigurationLimits.yamlDepth) levels")
        }
        guard nodes <= ConfigurationLimits.yamlNodes else {
            throw scanner.failure("the file holds more than \(ConfigurationLimits.yamlNodes) values")
        }
    }

    /// A node at the cursor, which is first in its line or follows `- `.
    private mutating func blockNode(depth: Int) throws(ConfigurationError) -> YAMLNode {
        if isAtItem { return try blockList(depth: depth) }
        if scanner.peek() == "[" || scanner.peek() == "{" { return try flowInBlock(depth: depth) }
        let column = scanner.column
        let scalar = try scanner.scalar(inFlow: false)
        if try isAtColon(after: scalar) { return try blockMap(first: scalar, column: column, depth: depth) }
        return try finish(scalar, depth: depth)
    }

    private var isAtItem: Bool { scanner.peek() == "-" && scanner.isBlank(1) }

    private mutating func blockList(depth: Int) throws(ConfigurationError) -> YAMLNode {
        try enter(depth: depth)
        let position = scanner.position
        let column = scanner.column
        var items: [YAMLNode] = []
        repeat {
            let dash = scanner.position
            scanner.advance()
            if try scanner.isAtLineEnd() {
                try scanner.skipToToken()
                items.append(
                    scanner.blockColumn > column
                        ? try blockNode(depth: depth + 1) : try empty(at: dash, depth: depth + 1))
            } else {
                items.append(try blockNode(depth: depth + 1))
            }
            try scanner.skipToToken()
            if scanner.blockColumn > column { throw misplaced }
        } while scanner.blockColumn == column && isAtItem
        return YAMLNode(value: .list(items), position: position)
    }

    /// The cursor is behind the first key. All keys of a block map stand in one column.
    private mutating func blockMap(
        first: YAMLScalar, column: Int, depth: Int
    ) throws(ConfigurationError) -> YAMLNode {
        try enter(depth: depth)
        var map = MapBuilder()
        var key = first
        while true {
            try map.check(key, scanner)
            scanner.advance()
            map.add(key, try blockValue(of: key, column: column, depth: depth + 1))
            try scanner.skipToToken()
            if scanner.blockColumn > column { throw misplaced }
            guard scanner.blockColumn == column else { break }
            key = try blockKey()
        }
        return YAMLNode(value: .map(map.entries), position: first.position)
    }

    private mutating func blockKey() throws(ConfigurationError) -> YAMLScalar {
        let key = try scanner.scalar(inFlow: false)
        guard try isAtColon(after: key) else {
            throw scanner.failure("a key was expected here: 'key: value'", at: key.position)
        }
        return key
    }

    /// The value behind `key:`, on the same line or indented below; a list may stand in the key's own column.
    private mutating func blockValue(
        of key: YAMLScalar, column: Int, depth: Int
    ) throws(ConfigurationError) -> YAMLNode {
        guard try scanner.isAtLineEnd() else { return try inlineValue(depth: depth) }
        try scanner.skipToToken()
        if scanner.blockColumn > column { return try blockNode(depth: depth) }
        if scanner.blockColumn == column, isAtItem { return try blockList(depth: depth) }
        return try empty(at: key.position, depth: depth)
    }

    private mutating func inlineValue(depth: Int) throws(ConfigurationError) -> YAMLNode {
        if scanner.peek() == "[" || scanner.peek() == "{" { return try flowInBlock(depth: depth) }
        let scalar = try scanner.scalar(inFlow: false)
        if try isAtColon(after: scalar) {
            throw scanner.failure(
                "a second ': ' in one line; begin a nested map on the next line, or quote the text")
        }
        return try finish(scalar, depth: depth)
    }

    private mutating func flowInBlock(depth: Int) throws(ConfigurationError) -> YAMLNode {
        let node = try flowNode(depth: depth)
        try scanner.finishLine("nothing but a comment may follow the closing bracket in its line")
        return node
    }

    private mutating func finish(_ scalar: YAMLScalar, depth: Int) throws(ConfigurationError) -> YAMLNode {
        try enter(depth: depth)
        try scanner.finishLine("nothing but a comment may follow a value in its line")
        return YAMLNode(value: .scalar(scalar.text, scalar.style), position: scalar.position)
    }

    mutating func empty(at position: YAMLPosition, depth: Int) throws(ConfigurationError) -> YAMLNode {
        try enter(depth: depth)
        return YAMLNode(value: .empty, position: position)
    }

    /// Whether the scalar is a key: `:` and a blank follow on its line. Moves to the colon.
    private mutating func isAtColon(after scalar: YAMLScalar) throws(ConfigurationError) -> Bool {
        scanner.skipSpaces()
        return scanner.peek() == ":" && scanner.isBlank(1)
    }

    private var misplaced: ConfigurationError {
        scanner.failure(
            "this line's indentation fits nothing above it; write a value that spans lines as one line in quotes"
        )
    }
}
