import System

/// The shared AWS files as Python's `configparser.RawConfigParser` reads them, because botocore does: one key a
/// line, `=` or `:`, keys in lower case, comments only on lines of their own, indented lines continue a value.
struct INIFile: SecretHolder, Equatable, Sendable {
    /// One `[name]` with its keys. A value over several lines holds line feeds.
    struct Section: Equatable, Sendable, SecretHolder {
        let name: String
        var values: [String: String] = [:]
        /// Where the section and each key stand, from 1.
        let line: Int
        var lines: [String: Int] = [:]
    }

    /// In the order of the file.
    private(set) var sections: [Section] = []

    /// Throws with the number of the first line that cannot be read; messages hold no text of the file but
    /// section names.
    init(_ bytes: [UInt8], path: String) throws(CredentialsError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .failed(source: path, reason: "the file is not UTF-8 text")
        }
        var parser = Parser(path: path)
        for line in Self.lines(of: text) { try parser.read(line) }
        sections = parser.finished()
    }

    /// Universal newlines: LF, CR LF, and CR alone. By scalars, because Swift takes CR LF for one character.
    private static func lines(of text: String) -> [Substring.UnicodeScalarView] {
        var lines: [Substring.UnicodeScalarView] = []
        var rest = text.unicodeScalars[...]
        while let end = rest.firstIndex(where: { $0 == "\n" || $0 == "\r" }) {
            lines.append(rest[..<end])
            let next = rest.index(after: end)
            let isPair = rest[end] == "\r" && next < rest.endIndex && rest[next] == "\n"
            rest = rest[(isPair ? rest.index(after: next) : next)...]
        }
        lines.append(rest)
        return lines
    }
}

/// `RawConfigParser._read`, line by line.
private struct Parser {
    /// Name of the section whose values count for every other (configparser's `default_section`).
    static let commonSection = "DEFAULT"

    let path: String
    var sections: [INIFile.Section] = []
    var common = INIFile.Section(name: Parser.commonSection, line: 0)
    var isInCommon = false
    var lineNumber = 0
    var key: String?
    var indent = 0

    init(path: String) { self.path = path }

    mutating func read(_ line: Substring.UnicodeScalarView) throws(CredentialsError) {
        lineNumber += 1
        let text = trimmed(line)
        if text.hasPrefix("#") || text.hasPrefix(";") { return }
        guard !text.isEmpty else {
            continueValue(with: "")
            return
        }
        let lineIndent = line.prefix(while: isSpace).count
        if key != nil, lineIndent > indent {
            continueValue(with: text)
            return
        }
        indent = lineIndent
        if text.hasPrefix("["), let end = text.lastIndex(of: "]"), end > text.index(after: text.startIndex) {
            try begin(section: String(text[text.index(after: text.startIndex)..<end]))
        } else {
            try readOption(text)
        }
    }

    /// The sections, with the common values filled in and trailing space cut from each value.
    func finished() -> [INIFile.Section] {
        sections.map { section in
            var section = section
            section.values = common.values.merging(section.values) { _, own in own }.mapValues(trimmedEnd)
            return section
        }
    }

    private mutating func begin(section name: String) throws(CredentialsError) {
        key = nil
        isInCommon = name == Parser.commonSection
        if isInCommon { return }
        if let first = sections.first(where: { $0.name == name }) {
            throw failure("section [\(name)] stands here again, first at line \(first.line)")
        }
        sections.append(INIFile.Section(name: name, line: lineNumber))
    }

    private mutating func readOption(_ text: String) throws(CredentialsError) {
        guard isInCommon || !sections.isEmpty else {
            throw failure("a key stands before the first [section]")
        }
        guard let delimiter = text.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
            throw failure("neither a [section] nor KEY = VALUE")
        }
        let name = trimmedEnd(String(text[..<delimiter])).lowercased()
        guard !name.isEmpty else { throw failure("no key before the \(text[delimiter])") }
        if let first = current.lines[name] {
            throw failure("this key of section [\(current.name)] stands here again, first at line \(first)")
        }
        let value = trimmed(Substring(text[text.index(after: delimiter)...]).unicodeScalars)
        change { section in
            section.values[name] = value
        }
        change { [lineNumber] section in section.lines[name] = lineNumber }
        key = name
    }

    private mutating func continueValue(with text: String) {
        guard let key else { return }
        change { $0.values[key, default: ""] += "\n" + text }
    }

    private var current: INIFile.Section { isInCommon ? common : sections[sections.count - 1] }

    private mutating func change(_ edit: (inout INIFile.Section) -> Void) {
        if isInCommon { edit(&common) } else { edit(&sections[sections.count - 1]) }
    }

    private func failure(_ reason: String) -> CredentialsError {
        .failed(source: path, reason: "line \(lineNumber): \(reason)")
    }

    private func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

    private func trimmed(_ line: Substring.UnicodeScalarView) -> String {
        trimmedEnd(String(line.drop(while: isSpace)))
    }

    private func trimmedEnd(_ text: String) -> String {
        var scalars = text.unicodeScalars[...]
        while let last = scalars.last, isSpace(last) { scalars.removeLast() }
        return String(scalars)
    }
}
