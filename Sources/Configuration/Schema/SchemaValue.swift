import System

/// A JSON value whose keys keep their order, for documents that people read.
indirect enum SchemaValue: ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
    case text(String)
    case number(Double)
    case flag(Bool)
    case list([SchemaValue])
    case map([(key: String, value: SchemaValue)])

    init(stringLiteral text: String) { self = .text(text) }
    init(arrayLiteral items: SchemaValue...) { self = .list(items) }

    static func texts(_ texts: [String]) -> SchemaValue { .list(texts.map { .text($0) }) }

    /// With a key a line; lists and small maps of plain values on one.
    func written(depth: Int = 0) -> String {
        switch self {
        case .text(let text): return VisibleText.json(text)
        case .number(let number): return YAMLWriter.digits(number)
        case .flag(let flag): return flag ? "true" : "false"
        case .list(let items):
            if items.allSatisfy(\.isPlain) {
                return "[" + items.map { $0.written() }.joined(separator: ", ") + "]"
            }
            return Self.block("[", items.map { $0.written(depth: depth + 1) }, "]", depth)
        case .map(let entries):
            let lines = entries.map { "\(VisibleText.json($0.key)): \($0.value.written(depth: depth + 1))" }
            return entries.isEmpty ? "{}" : Self.block("{", lines, "}", depth)
        }
    }

    private var isPlain: Bool {
        switch self {
        case .text, .number, .flag: true
        case .list, .map: false
        }
    }

    private static func block(_ open: String, _ lines: [String], _ close: String, _ depth: Int) -> String {
        let margin = String(repeating: "  ", count: depth)
        return open + "\n" + lines.map { "\(margin)  \($0)" }.joined(separator: ",\n") + "\n\(margin)\(close)"
    }
}
