import System

/// The configuration as JSON Schema, out of the table of keys, for editors that complete and check while one types.
///
/// It says less than the program checks: no bounds of durations, nothing of what several keys must hold together but what
/// `SectionRules` can say.
package enum ConfigurationSchema {
    private static let dialect = "https://json-schema.org/draft/2020-12/schema"

    /// The schema, ending in a line end.
    package static var text: String {
        let root = Node(ConfigurationKeys.all)
        let head: [(String, SchemaValue)] = [
            ("$schema", .text(dialect)), ("title", .text("Configuration of \(BuildInfo.name)")),
        ]
        return SchemaValue.map(head + root.section()).written() + "\n"
    }

    /// A key with those below it.
    private struct Node {
        var key: ConfigurationKey?
        var below: [(name: String, node: Node)] = []

        init() {}

        init(_ keys: [ConfigurationKey]) {
            for key in keys {
                insert(
                    key, at: key.path.replacing("[]", with: "").split(separator: ".").map(String.init)[...])
            }
        }

        private mutating func insert(_ key: ConfigurationKey, at path: ArraySlice<String>) {
            guard let name = path.first else {
                self.key = key
                return
            }
            if !below.contains(where: { $0.name == name }) { below.append((name, Node())) }
            guard let index = below.firstIndex(where: { $0.name == name }) else { return }
            below[index].node.insert(key, at: path.dropFirst())
        }

        /// A map with the keys below this one. A list's item that must have some cannot be empty.
        func section(_ rules: SectionRules? = nil) -> [(String, SchemaValue)] {
            let required = below.filter { $0.node.key?.presence == .required }.map(\.name)
            let mayBeEmpty = rules.map { required.isEmpty && $0.anyOf.isEmpty && $0.kinds.isEmpty } ?? true
            return [
                ("type", mayBeEmpty ? ["object", "null"] : "object"),
                ("additionalProperties", .flag(false)),
            ] + (required.isEmpty ? [] : [("required", .texts(required))]) + (rules?.schema ?? []) + [
                ("properties", .map(below.map { ($0.name, $0.node.schema) }))
            ]
        }

        private var schema: SchemaValue {
            guard let key else { return .map(section()) }
            let about: [(String, SchemaValue)] = [
                ("description", .text(key.description.replacing("`", with: "")))
            ]
            let standard = key.standard.flatMap(key.shape.value).map { [("default", $0)] } ?? []
            guard case .sections(let rules, let limit) = key.shape else {
                return .map(about + key.shape.schema(isNullable: key.presence == .optional) + standard)
            }
            return .map(
                about + [
                    ("type", ["array", "null"]), ("maxItems", .number(Double(limit))),
                    ("items", .map(section(rules))),
                ] + standard)
        }
    }
}

extension ValueShape {
    /// A default as the manual writes it.
    fileprivate func value(_ text: String) -> SchemaValue? {
        switch self {
        case .text, .words: .text(text)
        case .number, .wholeNumber: Double(text).map { .number($0) }
        case .flag: .flag(text == "true")
        case .list, .sequence, .sections: []
        case .map: .map([])
        }
    }

    fileprivate func schema(isNullable: Bool) -> [(String, SchemaValue)] {
        func type(_ name: String) -> (String, SchemaValue) {
            ("type", isNullable ? .texts([name, "null"]) : .text(name))
        }
        switch self {
        case .text(let pattern, let limit):
            return [type("string")] + (pattern.map { [("pattern", .text($0))] } ?? [])
                + (limit.map { [("maxLength", .number(Double($0)))] } ?? [])
        case .words(let words):
            return isNullable
                ? [("anyOf", [.map([("enum", .texts(words))]), .map([("type", "null")])])]
                : [("enum", .texts(words))]
        case .number(let bounds):
            return [
                type("number"),
                (bounds.excludesLeast ? "exclusiveMinimum" : "minimum", .number(bounds.least)),
                (bounds.excludesMost ? "exclusiveMaximum" : "maximum", .number(bounds.most)),
            ]
        case .wholeNumber(let bounds):
            return [
                type("integer"), ("minimum", .number(Double(bounds.lowerBound))),
                ("maximum", .number(Double(bounds.upperBound))),
            ]
        case .flag: return [type("boolean")]
        case .list(let item, let limit):
            return [
                type("array"), ("maxItems", .number(Double(limit))), ("uniqueItems", .flag(true)),
                ("items", .map(item.schema(isNullable: false))),
            ]
        case .sequence(let first, let item, let counts):
            return [
                type("array"), ("minItems", .number(Double(counts.lowerBound))),
                ("maxItems", .number(Double(counts.upperBound))),
                ("prefixItems", [.map(first.schema(isNullable: false))]),
                ("items", .map(item.schema(isNullable: false))),
            ]
        case .map(let item, let keys, let limit):
            return [
                type("object"), ("maxProperties", .number(Double(limit))),
                ("propertyNames", .map([("pattern", .text(keys))])),
                ("additionalProperties", .map(item.schema(isNullable: false))),
            ]
        case .sections: return []
        }
    }
}

extension SectionRules {
    fileprivate var schema: [(String, SchemaValue)] {
        var all = anyOf.map { Self.one($0, of: "anyOf") } + kinds.map(\.schema)
        for (index, key) in atMostOneOf.enumerated() {
            all += atMostOneOf[(index + 1)...].map { other in
                .map([("not", .map([("required", .texts([key, other]))]))])
            }
        }
        let dependent = needs.map { ($0.key, SchemaValue.texts([$0.other])) }
        return (all.isEmpty ? [] : [("allOf", .list(all))])
            + (dependent.isEmpty ? [] : [("dependentRequired", .map(dependent))])
    }

    fileprivate static func one(_ keys: [String], of word: String) -> SchemaValue {
        .map([(word, .list(keys.map { .map([("required", [.text($0)])]) }))])
    }
}

extension SectionRules.Kind {
    fileprivate var schema: SchemaValue {
        let isMeant: SchemaValue = .map([
            ("required", [.text(key)]), ("properties", .map([(key, .map([("const", .text(value))]))])),
        ])
        return .map([
            ("if", isMeant),
            (
                "then",
                .map([
                    ("propertyNames", .map([("enum", .texts(allowed))])),
                    ("allOf", [SectionRules.one(oneOf, of: "oneOf")]),
                ])
            ),
        ])
    }
}
