/// Text by the cells that it takes in a terminal.
enum Cells {
    /// East Asian wide and fullwidth blocks and emoji, coarsely (Unicode TR 11).
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD,
    ]

    static func width(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first, !scalar.isASCII else { return 1 }
        return wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    static func width(_ text: some StringProtocol) -> Int {
        text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.reduce(0) { $0 + width($1) }
    }

    /// The beginning that fits; what is cut off leaves a mark.
    static func clipped(_ text: String, to limit: Int, mark: Character = "…") -> String {
        guard width(text) > limit else { return text }
        guard limit > 0 else { return "" }
        var kept = ""
        var used = width(mark)
        for character in text {
            used += width(character)
            guard used <= limit else { break }
            kept.append(character)
        }
        kept.append(mark)
        return kept
    }

    /// Beginning and end with a mark between them: names that begin alike often differ at their ends.
    static func middleClipped(_ text: String, to limit: Int, mark: Character = "…") -> String {
        guard width(text) > limit else { return text }
        let room = limit - width(mark)
        guard room > 1 else { return clipped(text, to: limit, mark: mark) }
        var end = ""
        for character in text.reversed() {
            guard width(end) + width(character) <= room / 2 else { break }
            end.insert(character, at: end.startIndex)
        }
        return clipped(String(text.dropLast(end.count)), to: limit - width(end), mark: mark) + end
    }

    /// Lines that are at most so wide, broken at blanks where there are some.
    static func wrapped(_ text: String, to limit: Int) -> [String] {
        guard limit > 0 else { return [] }
        var lines: [String] = []
        var rest = Substring(text)
        while width(rest) > limit {
            var used = 0
            let fitting = rest.prefix { character in
                used += width(character)
                return used <= limit
            }
            // Where one cell is too little for a wide character, it has a line of its own.
            let whole = max(fitting.endIndex, rest.index(after: rest.startIndex))
            let isWord = rest[whole...].first != " "
            let blank = rest[..<whole].lastIndex(of: " ") ?? rest.startIndex
            let end = isWord && blank > rest.startIndex ? blank : whole
            lines.append(String(rest[..<end]))
            rest = rest[end...].drop { $0 == " " }
        }
        return rest.isEmpty ? lines : lines + [String(rest)]
    }

    /// Exactly so wide: clipped, or filled with blanks.
    static func fitted(_ text: String, to width: Int, mark: Character = "…") -> String {
        let text = clipped(text, to: width, mark: mark)
        return text + String(repeating: " ", count: max(0, width - Self.width(text)))
    }

    /// Blanks before the text.
    static func right(_ text: String, to width: Int, mark: Character = "…") -> String {
        let text = clipped(text, to: width, mark: mark)
        return String(repeating: " ", count: max(0, width - Self.width(text))) + text
    }
}
