import System

/// Writes a manual page in the macros of man(7), which groff and mandoc read.
struct ManualPage {
    private var lines: [String] = []

    /// - Parameter section: 1 for commands, 5 for files.
    init(_ name: String, section: Int, title: String) {
        lines = [
            ".\\\" Written by \(BuildInfo.name) help man; made from its tables.",
            ".TH \(Self.escaped(name.uppercased())) \(section) \"\" \(Self.argument("\(BuildInfo.name) \(BuildInfo.version)")) \(Self.argument(title))",
            // Neither hyphens in names nor stretched blanks.
            ".nh", ".ad l",
        ]
    }

    var text: String { lines.map { $0 + "\n" }.joined() }

    mutating func section(_ title: String) { lines.append(".SH \(Self.argument(title))") }
    mutating func subsection(_ title: String) { lines.append(".SS \(Self.argument(title))") }

    /// The first of a section stands without space before it.
    mutating func paragraph(_ text: String) {
        space()
        lines += Self.filled(text)
    }

    private mutating func space() {
        if lines.last.map({ $0.hasPrefix(".SH") || $0.hasPrefix(".SS") }) != true { lines.append(".PP") }
    }

    /// A word or two in bold, perhaps with an italic value behind it, and what is said of them.
    mutating func item(_ bold: String, value: String? = nil, _ paragraphs: [String]) {
        lines += [
            ".TP", "\\fB\(Self.escaped(bold))\\fR" + (value.map { "\\fI\(Self.escaped($0))\\fR" } ?? ""),
        ]
        for (index, paragraph) in paragraphs.enumerated() {
            if index > 0 { lines.append(".br") }
            lines += Self.filled(paragraph)
        }
    }

    /// Lines as they are.
    mutating func example(_ text: String) {
        space()
        lines += [".nf", ".RS 4"]
        lines += text.split(separator: "\n").map { Self.line(Self.escaped(String($0))) }
        lines += [".RE", ".fi"]
    }

    /// Text whose lines the reader breaks anew, in lines that mandoc does not find long.
    private static func filled(_ text: String) -> [String] {
        let words = text.split(separator: " ").map { word in
            // A long list in one word may be broken behind its commas.
            let word = escaped(String(word))
            return word.count > longWord ? word.replacing(",", with: ",\\:") : word
        }
        return PlainText.wrapped(words.joined(separator: " "), to: columns).map(line)
    }

    private static let columns = 78
    private static let longWord = 40

    /// A line that does not begin like a request.
    private static func line(_ text: String) -> String {
        text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
    }

    private static func argument(_ text: String) -> String {
        "\"\(escaped(text).replacing("\"", with: "\\(dq"))\""
    }

    /// groff_char(7): a hyphen, an apostrophe and so on become other characters unless they are named.
    private static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += "\\e"
            case "-": out += "\\-"
            case "'": out += "\\(aq"
            case "`": out += "\\(ga"
            case "^": out += "\\(ha"
            case "~": out += "\\(ti"
            case _ where scalar.isASCII: out.unicodeScalars.append(scalar)
            default:
                let hex = String(scalar.value, radix: 16, uppercase: true)
                out += "\\[u" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex + "]"
            }
        }
        return out
    }
}
