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

    mutating func paragraph(_ text: String) { lines += [".PP", Self.line(text)] }

    /// The text without a new paragraph: the first of a section.
    mutating func text(_ text: String) { lines.append(Self.line(text)) }

    /// A word or two in bold, perhaps with an italic value behind it, and what is said of them.
    mutating func item(_ bold: String, value: String? = nil, _ paragraphs: [String]) {
        lines += [
            ".TP", "\\fB\(Self.escaped(bold))\\fR" + (value.map { "\\fI\(Self.escaped($0))\\fR" } ?? ""),
        ]
        for (index, paragraph) in paragraphs.enumerated() {
            if index > 0 { lines.append(".br") }
            lines.append(Self.line(paragraph))
        }
    }

    /// Lines as they are.
    mutating func example(_ text: String) {
        lines += [".PP", ".nf", ".RS 4"]
        lines += text.split(separator: "\n").map { Self.line(String($0)) }
        lines += [".RE", ".fi"]
    }

    /// A line that does not begin like a request.
    private static func line(_ text: String) -> String {
        let text = escaped(text)
        return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
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
