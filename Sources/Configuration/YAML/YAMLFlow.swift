import System

extension YAMLParser {
    /// A flow list, flow map or scalar at the cursor (YAML 1.2, 7.4); may span lines.
    mutating func flowNode(depth: Int) throws(ConfigurationError) -> YAMLNode {
        try enter(depth: depth)
        switch scanner.peek() {
        case "[": return try flowList(depth: depth)
        case "{": return try flowMap(depth: depth)
        default:
            let scalar = try scanner.scalar(inFlow: true)
            return YAMLNode(value: .scalar(scalar.text, scalar.style), position: scalar.position)
        }
    }

    private mutating func flowList(depth: Int) throws(ConfigurationError) -> YAMLNode {
        let opening = scanner.position
        scanner.advance()
        var items: [YAMLNode] = []
        while try !closes(with: "]", opening) {
            items.append(try flowNode(depth: depth + 1))
            try separator(closing: "]", opening)
        }
        return YAMLNode(value: .list(items), position: opening)
    }

    private mutating func flowMap(depth: Int) throws(ConfigurationError) -> YAMLNode {
        let opening = scanner.position
        scanner.advance()
        var map = MapBuilder()
        while try !closes(with: "}", opening) {
            let key = try flowKey()
            try map.check(key, scanner)
            scanner.advance()
            map.add(key, try flowValue(of: key, opening, depth: depth + 1))
            try separator(closing: "}", opening)
        }
        return YAMLNode(value: .map(map.entries), position: opening)
    }

    /// A key with the colon that must follow it on the same line. Stops at the colon.
    private mutating func flowKey() throws(ConfigurationError) -> YAMLScalar {
        let key = try scanner.scalar(inFlow: true)
        scanner.skipSpaces()
        guard scanner.peek() == ":" else {
            throw scanner.failure(
                "inside { } write 'key: value' with a colon on the key's line", at: key.position)
        }
        return key
    }

    private mutating func flowValue(
        of key: YAMLScalar, _ opening: YAMLPosition, depth: Int
    ) throws(ConfigurationError) -> YAMLNode {
        try skipInFlow(opening)
        if scanner.peek() == "," || scanner.peek() == "}" { return try empty(at: key.position, depth: depth) }
        return try flowNode(depth: depth)
    }

    /// Whether the collection ends here. Moves over the closing bracket.
    private mutating func closes(
        with bracket: Unicode.Scalar, _ opening: YAMLPosition
    ) throws(ConfigurationError) -> Bool {
        try skipInFlow(opening)
        guard scanner.peek() == bracket else { return false }
        scanner.advance()
        return true
    }

    /// Moves over the comma, or stops before the closing bracket.
    private mutating func separator(
        closing: Unicode.Scalar, _ opening: YAMLPosition
    ) throws(ConfigurationError) {
        try skipInFlow(opening)
        switch scanner.peek() {
        case ",": scanner.advance()
        case closing: return
        case ":" where closing == "]":
            throw scanner.failure("a pair inside [ ] needs braces: [{ key: value }]")
        default:
            throw scanner.failure(
                "',' or '\(closing)' was expected; put a value that spans lines or holds ': ' in quotes")
        }
    }

    private mutating func skipInFlow(_ opening: YAMLPosition) throws(ConfigurationError) {
        try scanner.skipToToken()
        guard scanner.blockColumn >= 0 else {
            throw scanner.failure("this bracket is not closed", at: opening)
        }
    }
}

/// The entries of a map while they are read.
struct MapBuilder {
    private(set) var entries: [YAMLEntry] = []
    private var lines: [String: Int] = [:]

    /// Refuses a key that was seen, a merge key, and a key longer than YAML allows (1.2, 7.4.2).
    /// The scanner stands at the colon.
    func check(_ key: YAMLScalar, _ scanner: YAMLScanner) throws(ConfigurationError) {
        guard scanner.index - key.start <= ConfigurationLimits.yamlKeyCharacters else {
            throw scanner.failure(
                "this key is longer than \(ConfigurationLimits.yamlKeyCharacters) characters",
                at: key.position)
        }
        guard key.text != "<<" || key.style == .quoted else {
            throw scanner.failure("merge keys (<<) are not supported; write the keys out", at: key.position)
        }
        guard let line = lines[key.text] else { return }
        throw scanner.failure(
            "the key \(Shown.key(key.text)) is in this map already, in line \(line)", at: key.position)
    }

    mutating func add(_ key: YAMLScalar, _ node: YAMLNode) {
        lines[key.text] = key.position.line
        entries.append(YAMLEntry(key: key.text, position: key.position, node: node))
    }
}
