import System

/// The parameters of a request's address, each of a name that the endpoint knows.
struct QueryParameters {
    private var all: [String: [String]] = [:]

    /// - Parameter repeated: Names that may be given several times; those of `once` may not.
    /// - Throws: The parameter that is unknown or given twice, with what is allowed.
    init(
        _ query: [(name: String, value: String)], once: [String], repeated: [String] = []
    ) throws(InvalidValue) {
        for (name, value) in query {
            guard once.contains(name) || repeated.contains(name) else {
                let allowed = (repeated + once).joined(separator: ", ")
                throw InvalidValue("\(Shown.value(name)) is no parameter; allowed: \(allowed)")
            }
            guard repeated.contains(name) || all[name] == nil else {
                throw InvalidValue("\(name) is given twice; allowed: once")
            }
            all[name, default: []].append(value)
        }
    }

    subscript(name: String) -> String? { all[name]?.first }

    func values(_ name: String) -> Set<String> { Set(all[name] ?? []) }

    /// A whole number within bounds; nil when it is not given.
    func integer(_ name: String, in bounds: ClosedRange<Int>) throws(InvalidValue) -> Int? {
        guard let text = self[name] else { return nil }
        guard text.allSatisfy(\.isASCIIDigit), let number = Int(text), bounds.contains(number) else {
            throw InvalidValue(
                "\(name): \(Shown.value(text)) is not allowed; allowed: a whole number from "
                    + "\(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return number
    }

    /// One of an enumeration's words; nil when it is not given.
    func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ name: String, of choices: [Choice]
    ) throws(InvalidValue) -> Choice? {
        guard let text = self[name] else { return nil }
        guard let choice = choices.first(where: { $0.rawValue == text }) else {
            throw Self.unknown(name, text, choices)
        }
        return choice
    }

    /// Words of an enumeration, any of which fits.
    func choices<Choice: CaseIterable & RawRepresentable<String> & Hashable>(
        _ name: String, of choices: [Choice]
    ) throws(InvalidValue) -> Set<Choice> {
        var found: Set<Choice> = []
        for text in values(name).sorted() {
            guard let choice = choices.first(where: { $0.rawValue == text }) else {
                throw Self.unknown(name, text, choices)
            }
            found.insert(choice)
        }
        return found
    }

    private static func unknown<Choice: RawRepresentable<String>>(
        _ name: String, _ text: String, _ choices: [Choice]
    ) -> InvalidValue {
        InvalidValue(
            "\(name): \(Shown.value(text)) is not allowed; allowed: "
                + choices.map(\.rawValue).joined(separator: ", "))
    }
}

/// What people type to find something: words, each of which must occur, without regard to case.
package struct SearchWords: Equatable, Sendable {
    /// Lowercase, in UTF-8.
    private let words: [[UInt8]]

    /// Longer texts are no search.
    static let maximumBytes = 400

    package init(_ text: String) throws(InvalidValue) {
        guard text.utf8.count <= Self.maximumBytes else {
            throw InvalidValue("search has \(text.utf8.count) bytes; allowed: \(Self.maximumBytes) at most")
        }
        words = text.lowercased().split(whereSeparator: \.isWhitespace).map { Array($0.utf8) }
    }

    package var isEmpty: Bool { words.isEmpty }

    /// Whether each word occurs in the texts, which are compared as one, joined by blanks.
    package func fit(_ texts: [String]) -> Bool {
        guard !words.isEmpty else { return true }
        let text = Array(texts.joined(separator: " ").lowercased().utf8)
        return words.allSatisfy { Self.occurs($0, in: text) }
    }

    private static func occurs(_ word: [UInt8], in text: [UInt8]) -> Bool {
        guard let first = word.first, word.count <= text.count else { return word.isEmpty }
        return text.withUnsafeBufferPointer { text in
            word.withUnsafeBufferPointer { word in
                (0...text.count - word.count).contains { start in
                    guard text[start] == first else { return false }
                    for index in 1..<max(1, word.count) where text[start + index] != word[index] {
                        return false
                    }
                    return true
                }
            }
        }
    }
}
