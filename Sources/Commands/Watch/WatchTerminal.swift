import Glibc
import Synchronization

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
        // Why it is gone does not matter: there is nowhere to tell.
        (try? StandardOutput.write(Array(text.utf8))) ?? false
    }
}

/// Puts the terminal back as it was found, from wherever the program ends: a return, `exit`, a signal, a crash.
enum TerminalRescue {
    /// DECAWM on, no style, cursor visible, normal screen (xterm control sequences).
    private static let farewell: StaticString = "\u{1B}[?7h\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l"
    /// Signals that end a program which has gone wrong.
    private static let deadly = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGQUIT]

    // Written once, before `isArmed` says that it may be read.
    nonisolated(unsafe) private static let found = UnsafeMutablePointer<termios>.allocate(capacity: 1)
    private static let isArmed = Atomic(false)
    private static let isChanged = Atomic(false)

    /// Remembers the terminal's settings and takes care of crashes; called once, before anything is changed.
    static func arm(_ settings: termios) {
        guard !isArmed.load(ordering: .acquiring) else { return }
        found.initialize(to: settings)
        isArmed.store(true, ordering: .releasing)
        atexit { TerminalRescue.restore() }
        for number in deadly {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                TerminalRescue.restore()
                // SA_RESETHAND has put the default action back.
                raise(number)
            }
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_NODEFER
            sigaction(number, &action, nil)
        }
    }

    /// The screen is about to be taken over.
    static func changed() { isChanged.store(true, ordering: .releasing) }

    /// Once for each take-over. Only calls that signal-safety(7) allows.
    static func restore() {
        guard isArmed.load(ordering: .acquiring), isChanged.exchange(false, ordering: .acquiringAndReleasing)
        else { return }
        _ = Glibc.write(STDOUT_FILENO, farewell.utf8Start, farewell.utf8CodeUnitCount)
        tcsetattr(STDIN_FILENO, TCSANOW, found)
    }
}
