/// How a piece of text looks; what it says never depends on that.
enum WatchStyle: Sendable {
    case plain
    case dim
    case bold
    case good
    case warning
    case critical

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
struct WatchLine: Equatable, Sendable {
    private(set) var pieces: [(text: String, style: WatchStyle)] = []

    init(_ text: String = "", _ style: WatchStyle = .plain) {
        append(text, style)
    }

    static func == (a: WatchLine, b: WatchLine) -> Bool {
        a.pieces.elementsEqual(b.pieces) { $0.text == $1.text && $0.style == $1.style }
    }

    var text: String { pieces.map(\.text).joined() }

    var width: Int { pieces.reduce(0) { $0 + Cells.width($1.text) } }

    mutating func append(_ text: String, _ style: WatchStyle = .plain) {
        if !text.isEmpty { pieces.append((text, style)) }
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
