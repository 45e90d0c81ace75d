/// The version that an Anthropic model ID states, such as Opus 4.8 or 3.5 Sonnet.
struct ClaudeVersion: Equatable, Sendable {
    /// `opus`, `sonnet`, `haiku`, `fable`; nil for models older than the families, and `instant` for those.
    let family: String?
    let major: Int
    let minor: Int

    init(family: String?, major: Int, minor: Int) {
        self.family = family
        self.major = major
        self.minor = minor
    }

    /// Reads `anthropic.claude-3-5-sonnet-20240620-v1:0`, `anthropic.claude-opus-4-8`, `anthropic.claude-v2:1` and
    /// `anthropic.claude-instant-v1`; nil for any ID that holds a word more or less.
    init?(modelID: String) {
        let prefix = "anthropic.claude-"
        guard modelID.hasPrefix(prefix) else { return nil }
        var parts = modelID.dropFirst(prefix.count).split(separator: "-", omittingEmptySubsequences: false)[
            ...]
        if parts.count > 1 || parts.first?.first == "v", let last = parts.last,
            let release = Self.release(last)
        {
            parts.removeLast()
            if parts.isEmpty || parts == ["instant"] {
                self.init(family: parts.first.map(String.init), major: release.major, minor: release.minor)
                return
            }
        }
        if let last = parts.last, last.count == 8, last.allSatisfy(Self.isDigit) { parts.removeLast() }
        let numbers = parts.filter { $0.allSatisfy(Self.isDigit) }.compactMap { Int($0) }
        let words = parts.filter { !$0.allSatisfy(Self.isDigit) }
        // The numbers stand together, before the family (3-5-sonnet) or behind it (sonnet-4-5).
        guard words.count == 1, let family = words.first, (1...2).contains(numbers.count),
            family.allSatisfy({ $0.isASCII && $0.isLetter }), parts.first == family || parts.last == family
        else { return nil }
        self.init(family: String(family), major: numbers[0], minor: numbers.count == 2 ? numbers[1] : 0)
    }

    /// `v1:0`, `v2`, `v2:1`.
    private static func release(_ word: Substring) -> (major: Int, minor: Int)? {
        guard word.first == "v" else { return nil }
        let numbers = word.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(numbers.count),
            numbers.allSatisfy({ $0.count <= 4 && $0.allSatisfy(isDigit) }),
            let major = Int(numbers[0])
        else { return nil }
        guard numbers.count == 2 else { return (major, 0) }
        return Int(numbers[1]).map { (major, $0) }
    }

    private static func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }
}
