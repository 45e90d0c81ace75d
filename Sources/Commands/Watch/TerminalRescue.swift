import Glibc
import Synchronization

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
