// Prints what the configuration's YAML reader makes of documents, for comparison with another reader:
// documents on standard input, each ended by a NUL; one JSON line for each, {"tree": …} or {"error": "…"}.
// With the argument `page` every document is a configuration, and the line holds its page: {"page": "…"}.
import Configuration
import Glibc

func quoted(_ text: String) -> String {
    var out = "\""
    for character in text.unicodeScalars {
        switch character {
        case "\"": out += "\\\""
        case "\\": out += "\\\\"
        case "\0"..<" ", "\u{7F}":
            let digits = String(character.value, radix: 16)
            out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: out.unicodeScalars.append(character)
        }
    }
    return out + "\""
}

/// Like PyYAML's BaseLoader: every scalar is text, nothing is the empty text.
func json(_ node: YAMLNode) -> String {
    switch node.value {
    case .empty: "\"\""
    case .scalar(let text, _): quoted(text)
    case .list(let items): "[" + items.map(json).joined(separator: ",") + "]"
    case .map(let entries):
        "{" + entries.map { quoted($0.key) + ":" + json($0.node) }.joined(separator: ",") + "}"
    }
}

func answer(_ bytes: [UInt8], page: Bool) -> String {
    do throws(ConfigurationError) {
        guard page else { return "{\"tree\":\(json(try YAMLParser.parse(bytes: bytes, file: "in")))}" }
        let configuration = try Configuration.load(bytes: bytes, file: "in")
        return "{\"page\":\(quoted(configuration.page))}"
    } catch {
        return "{\"error\":\(quoted(error.description))}"
    }
}

var document: [UInt8] = []
let page = CommandLine.arguments.dropFirst().contains("page")
while case let byte = getchar(), byte != EOF {
    if byte == 0 {
        print(answer(document, page: page))
        document.removeAll()
    } else {
        document.append(UInt8(truncatingIfNeeded: byte))
    }
}
