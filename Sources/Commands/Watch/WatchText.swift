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
        for word in text.split(separator: " ") {
            if let last = lines.last, width(last) + 1 + width(word) <= limit {
                lines[lines.count - 1] = "\(last) \(word)"
                continue
            }
            lines.append("")
            for character in word {
                // Where one cell is too little for a wide character, it has a line of its own.
                let fits =
                    lines[lines.count - 1].isEmpty
                    || width(lines[lines.count - 1]) + width(character) <= limit
                if fits { lines[lines.count - 1].append(character) } else { lines.append(String(character)) }
            }
        }
        return lines
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

/// How figures are written where there is little room.
enum WatchFigures {
    private static let units: [(limit: Double, divisor: Double, suffix: String)] = [
        (999.5, 1, ""), (999_500, 1e3, "k"), (999_500_000, 1e6, "M"), (.infinity, 1e9, "G"),
    ]

    /// Three digits at most, such as `950`, `12.3k`, `3.28M`.
    static func compact(_ value: Double) -> String {
        guard value.isFinite else { return "?" }
        guard let unit = units.first(where: { value < $0.limit }) else { return "?" }
        let scaled = value / unit.divisor
        let decimals = unit.divisor == 1 || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2
        return decimal(scaled, decimals, trimmed: true) + unit.suffix
    }

    /// `82 %`, `7.4 %` below ten, `-` for what is not known.
    static func percent(_ ratio: Double?) -> String {
        guard let ratio, ratio.isFinite else { return "-" }
        let value = ratio * 100
        return decimal(value, value < 9.95 ? 1 : 0, trimmed: false) + " %"
    }

    /// With commas between thousands.
    static func whole(_ value: Double) -> String {
        guard value.isFinite, value.magnitude < 0x1p53 else { return "?" }
        let digits = String(Int(value.rounded().magnitude)).reversed()
        let grouped = digits.enumerated().map { $0 > 0 && $0 % 3 == 0 ? "\($1)," : "\($1)" }
        return (value < 0 ? "-" : "") + grouped.reversed().joined()
    }

    /// `14:02:37` in UTC.
    static func clock(_ epochSeconds: Double, seconds: Bool = true) -> String {
        let second = Int(epochSeconds.rounded(.down)) % 86_400
        let parts = [second / 3600, second / 60 % 60] + (seconds ? [second % 60] : [])
        return parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }

    /// `42 s`, `3 min`, `5 h`, `2 d`.
    static func age(_ seconds: Double) -> String {
        let whole = max(0, Int(seconds.rounded(.down)))
        switch whole {
        case ..<120: return "\(whole) s"
        case ..<7200: return "\(whole / 60) min"
        case ..<172_800: return "\(whole / 3600) h"
        case _: return "\(whole / 86_400) d"
        }
    }

    /// `prefix` and `word`, which gets an s for all but one.
    static func count(_ number: Int, _ word: String) -> String {
        "\(number) \(word)\(number == 1 ? "" : "s")"
    }

    private static func decimal(_ value: Double, _ decimals: Int, trimmed: Bool) -> String {
        let scale = decimals == 0 ? 1.0 : decimals == 1 ? 10 : 100
        let hundredths = Int((value * scale).rounded())
        guard decimals > 0 else { return "\(hundredths)" }
        let fraction = String(hundredths % Int(scale))
        let padded = String(repeating: "0", count: decimals - fraction.count) + fraction
        let kept = trimmed && padded.allSatisfy { $0 == "0" } ? "" : padded
        return "\(hundredths / Int(scale))" + (kept.isEmpty ? "" : ".\(kept)")
    }
}

/// Names of models that are short and still tell the rows apart.
struct WatchNames: Sendable {
    private var names: [String: String] = [:]

    /// - Parameter models: All models that are shown together.
    init(_ models: some Sequence<String>) {
        var groups: [String: Set<String>] = [:]
        for model in models { groups[Self.short(model), default: []].insert(model) }
        for (short, models) in groups {
            for model in models { names[model] = models.count == 1 ? short : model }
        }
    }

    subscript(model: String) -> String { names[model] ?? model }

    /// `claude-haiku-4-5` for `anthropic.claude-haiku-4-5-20251001-v1:0`: without vendor, date and first version.
    static func short(_ model: String) -> String {
        var name = Substring(model)
        if let dot = name.firstIndex(of: "."), name[..<dot].allSatisfy({ $0.isLetter || $0.isNumber }) {
            name = name[name.index(after: dot)...]
        }
        let version = version(at: name)
        if let version { name = name.dropLast(version.count) }
        if let dash = name.lastIndex(of: "-") {
            let date = name[name.index(after: dash)...]
            if date.count == dateDigits, date.allSatisfy(\.isNumber) { name = name[..<dash] }
        }
        let kept = version.map { String($0.prefix { $0 != ":" }) } ?? ""
        return name.isEmpty ? model : String(name) + (kept == firstVersion ? "" : kept)
    }

    /// `20251001`.
    private static let dateDigits = 8
    /// Tells nothing.
    private static let firstVersion = "-v1"

    /// The end of a name such as `-v1` or `-v2:0`.
    private static func version(at name: Substring) -> Substring? {
        guard let dash = name.lastIndex(of: "-") else { return nil }
        let version = name[name.index(after: dash)...]
        let numbers = version.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        let isVersion =
            version.first == "v" && numbers.count <= 2
            && numbers.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isNumber) }
        return isVersion ? name[dash...] : nil
    }
}
