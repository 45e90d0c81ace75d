/// A question about history that cannot be answered as it was put, in words for whoever asked.
package struct UsageRequestError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }

    /// A typed value as messages show it: quoted, without control characters, shortened.
    static func quoted(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars.prefix(shownCharacters) {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case "\0"..<" ", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                out += "\\u{\(String(scalar.value, radix: 16))}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.count > shownCharacters ? "\"\(out)…\"" : "\"\(out)\""
    }

    /// Choices as a list, the first few of many.
    static func list(_ choices: [String]) -> String {
        let shown = choices.prefix(shownChoices).joined(separator: ", ")
        return choices.count > shownChoices ? "\(shown) and \(choices.count - shownChoices) more" : shown
    }

    private static let shownCharacters = 60
    private static let shownChoices = 20
}
