import Glibc

/// The terminal of standard input and output, taken over as a whole screen until `leave`.
final class WatchTerminal {
    private static let usualSize = (columns: 80, rows: 24)

    private let original: termios
    private let colors: Bool
    private var shown: [String] = []
    private var isEntered = false

    /// Nil unless both ends are a terminal that can do more than print lines.
    init?(variables: [String: String]) {
        var settings = termios()
        guard isatty(STDOUT_FILENO) == 1, tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
        let kind = variables["TERM"] ?? ""
        guard !kind.isEmpty, kind != "dumb" else { return nil }
        original = settings
        // https://no-color.org
        colors = (variables["NO_COLOR"] ?? "").isEmpty
        TerminalRescue.arm(settings)
    }

    /// Columns and rows as of now.
    var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return Self.usualSize
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Takes the screen; keys come one by one and are not shown, Ctrl-C and Ctrl-Z stay signals.
    func enter() {
        guard !isEntered else { return }
        isEntered = true
        TerminalRescue.changed()
        var settings = original
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
        // Alternate screen, cursor hidden, DECAWM off: a line that is too long by mistake spoils no other.
        write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l")
        forget()
    }

    /// Gives the screen back.
    func leave() {
        guard isEntered else { return }
        isEntered = false
        TerminalRescue.restore()
    }

    /// Draws everything at the next `draw`.
    func forget() { shown = [] }

    /// False when the terminal is gone. Writes only the lines that changed, and nothing on a screen that was given back.
    @discardableResult
    func draw(_ lines: [WatchLine]) -> Bool {
        guard isEntered else { return true }
        let encoded = lines.map { $0.encoded(colors: colors) }
        var text = ""
        if shown.count != encoded.count {
            text += "\u{1B}[H\u{1B}[2J"
            shown = []
        }
        for (index, line) in encoded.enumerated() where index >= shown.count || shown[index] != line {
            text += "\u{1B}[\(index + 1);1H\u{1B}[K\(line)"
        }
        shown = encoded
        return text.isEmpty || write(text)
    }

    @discardableResult
    private func write(_ text: String) -> Bool {
        do {
            return try StandardOutput.write(Array(text.utf8))
        } catch {
            return false
        }
    }
}
