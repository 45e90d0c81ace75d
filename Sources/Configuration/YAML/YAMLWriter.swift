/// Writes block YAML. Text is always double-quoted, so that no reader takes it for something else.
struct YAMLWriter {
    private(set) var output = ""
    private var depth = 0
    /// Whether the next line begins a list's item.
    private var isItemStart = false
    /// The keys that lead here, as `ConfigurationProblem` names them.
    private var path: [String] = []
    private let comment: (_ path: String) -> String?

    init(_ comment: @escaping (_ path: String) -> String? = { _ in nil }) {
        self.comment = comment
    }

    /// A map below a key.
    mutating func open(_ key: String, _ write: (inout YAMLWriter) -> Void) {
        line("\(key):")
        depth += 1
        path.append(key)
        write(&self)
        path.removeLast()
        depth -= 1
    }

    /// A value that needs no quotes.
    mutating func plain(_ key: String, _ value: some CustomStringConvertible) {
        let behind = comment((path + [key]).joined(separator: ".")).map { "  # \($0)" } ?? ""
        line("\(key): \(value.description)\(behind)")
    }

    mutating func text(_ key: String, _ value: String) { plain(key, Self.quoted(value)) }

    mutating func texts(_ key: String, _ values: [String]) {
        plain(key, "[\(values.map(Self.quoted).joined(separator: ", "))]")
    }

    /// A list of maps; each must write at least one key.
    mutating func list<Item>(_ key: String, _ items: [Item], _ write: (Item, inout YAMLWriter) -> Void) {
        guard !items.isEmpty else { return plain(key, "[]") }
        line("\(key):")
        depth += 2
        for (index, item) in items.enumerated() {
            isItemStart = true
            path.append("\(key)[\(index)]")
            write(item, &self)
            path.removeLast()
        }
        depth -= 2
    }

    private mutating func line(_ text: String) {
        output += String(repeating: "  ", count: isItemStart ? depth - 1 : depth)
        output += isItemStart ? "- \(text)\n" : "\(text)\n"
        isItemStart = false
    }

    /// Digits with a decimal point where needed, never an exponent.
    static func digits(_ value: Double) -> String {
        if let whole = Int(exactly: value) { return String(whole) }
        let shortest = "\(value)"
        guard let exponent = shortest.firstIndex(of: "e"),
            let power = Int(shortest[shortest.index(after: exponent)...]), power < 0
        else { return shortest }
        let mantissa = shortest[..<exponent].filter { $0 != "." && $0 != "-" }
        return (value < 0 ? "-0." : "0.") + String(repeating: "0", count: -power - 1) + mantissa
    }

    /// A double-quoted scalar, all but printable characters escaped (YAML 1.2, 5.7).
    static func quoted(_ text: String) -> String {
        var out = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"", "\\": out += "\\\(character)"
            case " "..."~", "\u{A1}"..."\u{D7FF}", "\u{10000}"..."\u{10FFFF}":
                let isBreak = character.value == 0x2028 || character.value == 0x2029
                out += isBreak ? escape(character) : String(character)
            default: out += escape(character)
            }
        }
        return out + "\""
    }

    private static func escape(_ character: Unicode.Scalar) -> String {
        let digits = String(character.value, radix: 16, uppercase: true)
        return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
