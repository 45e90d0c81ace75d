import System

/// How a piece of text looks; what it says never depends on that.
enum WatchStyle: Sendable {
    case plain, dim, bold, good, warning, critical

    /// SGR parameters (ECMA-48, 8.3.117). Without color what remains is weight.
    func parameters(colors: Bool) -> String {
        switch self {
        case .plain: ""
        case .dim: "2"
        case .bold: "1"
        case .good: colors ? "32" : ""
        case .warning: colors ? "33" : "1"
        case .critical: colors ? "1;31" : "1"
        }
    }
}

/// One line of the screen in pieces of one style each.
struct WatchLine: Sendable {
    private(set) var pieces: [(text: String, style: WatchStyle)] = []

    init(_ text: String = "", _ style: WatchStyle = .plain) {
        append(text, style)
    }

    init(_ pieces: [(text: String, style: WatchStyle)]) {
        for piece in pieces { append(piece.text, piece.style) }
    }

    var text: String { pieces.map(\.text).joined() }

    var width: Int { pieces.reduce(0) { $0 + Cells.width($1.text) } }

    /// What a server sent cannot steer the terminal: control characters come out as `\u{1b}`.
    mutating func append(_ text: String, _ style: WatchStyle = .plain) {
        if !text.isEmpty { pieces.append((VisibleText.escaped(text), style)) }
    }

    mutating func append(_ line: WatchLine) {
        pieces += line.pieces
    }

    /// The part that fits, filled up to the whole width.
    func fitted(to width: Int, mark: Character) -> WatchLine {
        var line = WatchLine()
        var rest = width
        for piece in pieces where rest > 0 {
            let text = Cells.clipped(piece.text, to: rest, mark: mark)
            line.append(text, piece.style)
            rest -= Cells.width(text)
        }
        line.append(String(repeating: " ", count: max(0, rest)))
        return line
    }

    /// As a terminal takes it, ending in no style.
    func encoded(colors: Bool) -> String {
        pieces.map { piece in
            let parameters = piece.style.parameters(colors: colors)
            return parameters.isEmpty ? piece.text : "\u{1B}[\(parameters)m\(piece.text)\u{1B}[0m"
        }.joined()
    }
}

/// What bars and marks are drawn with.
struct WatchGlyphs: Equatable, Sendable {
    let ellipsis: Character
    let dot: String
    let arrows: String
    /// The first cells of a bar by eighths, the last one full.
    private let parts: [Character]
    private let empty: Character
    /// From the least to the most.
    private let levels: [Character]
    private let unknown: Character

    static let unicode = WatchGlyphs(
        ellipsis: "…", dot: " · ", arrows: "↑↓", parts: Array("▏▎▍▌▋▊▉█"), empty: "░",
        levels: Array("▁▂▃▄▅▆▇█"),
        unknown: " ")
    static let ascii = WatchGlyphs(
        ellipsis: "~", dot: " | ", arrows: "up/down", parts: ["#"], empty: ".", levels: Array(".-=+*#%@"),
        unknown: " ")

    /// By the variables that decide a program's character set (POSIX, XBD 8.2).
    static func forLocale(_ variables: [String: String]) -> WatchGlyphs {
        let set = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { variables[$0] }.first { !$0.isEmpty }
        let name = (set ?? "").lowercased()
        return name.contains("utf-8") || name.contains("utf8") ? .unicode : .ascii
    }

    /// A bar of a ratio between 0 and 1; more is a full bar. What is not known is blank.
    func bar(_ ratio: Double?, width: Int) -> (full: String, rest: String) {
        guard let ratio, ratio.isFinite else { return ("", String(repeating: " ", count: width)) }
        let share = max(0, min(1, ratio)) * Double(width)
        var whole = Int(share)
        var part = Int((share - Double(whole)) * Double(parts.count))
        // The least use shows, and only a full quota fills the bar.
        if whole == 0, part == 0, ratio > 0 { part = 1 }
        if parts.count == 1, part == 1 {
            whole = max(1, whole)
            part = 0
        }
        let full =
            String(repeating: parts[parts.count - 1], count: whole)
            + (part > 0 && whole < width ? String(parts[part - 1]) : "")
        return (full, String(repeating: empty, count: width - full.count))
    }

    /// One character a minute; a full quota is the highest.
    func sparkline(_ ratios: [Double?]) -> String {
        String(
            ratios.map { ratio in
                guard let ratio, ratio.isFinite else { return unknown }
                let place = Int(max(0, min(1, ratio)) * Double(levels.count))
                return levels[min(levels.count - 1, place)]
            })
    }
}
