/// Why the store could not do what it was asked: what was attempted, on which file, and the reason.
///
/// Values bound to SQL never appear in it.
package struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Cause: Equatable, Sendable {
        /// SQLite's extended result code (https://www.sqlite.org/rescode.html).
        case sqlite(code: Int32)
        case system(errno: Int32)
        /// The path cannot name a store: empty, a folder, or in a folder that does not exist.
        case badPath
        /// Another process, or another store of this one, holds the file.
        case inUse
        /// A SQLite database of another program.
        case foreignFile
        /// Written by a version of this program with a newer schema.
        case newerVersion
        /// Written by a version of this program from before the first release, with another schema.
        case developmentVersion
        case readOnly
        /// The integrity check at the opening found damage.
        case damaged
        /// The linked SQLite is too old, or did not accept a setting that the store relies on.
        case unsuitableSQLite
        /// A table holds text that this version cannot interpret, or a value too large to store.
        case unusableValue
        case closed
        /// The open file was deleted or replaced, or its counters have fallen: somebody else is at it.
        case lost
    }

    package let cause: Cause
    /// Continues "cannot …".
    package var attempt: String
    package let path: String
    package let reason: String

    package init(cause: Cause, attempt: String, path: String, reason: String) {
        self.cause = cause
        self.attempt = attempt
        self.path = path
        self.reason = reason
    }

    package var description: String {
        let text = "cannot \(attempt) (\(path)): \(reason)"
        return isDamaged && attempt != Self.recoveryAttempt ? "\(text); \(Self.wayOut)" : text
    }

    /// What `recover` attempts: it needs no hint at itself.
    package static let recoveryAttempt = "recover the store"

    private static let wayOut =
        "the command recover tells what can be had in its place"

    /// The disk or its quota is full; the next call may work again.
    package var isDiskFull: Bool { primaryCode == 13 }

    /// Another connection held the file locked for longer than the store waits.
    package var isBusy: Bool { primaryCode == 5 || primaryCode == 6 }

    /// The file is damaged or no database at all; calling again cannot help.
    package var isDamaged: Bool { cause == .damaged || primaryCode == 11 || primaryCode == 26 }

    /// SQLite could not have the memory that it asked for: of a damaged file also the sign of an absurd length in it.
    package var isOutOfMemory: Bool { primaryCode == 7 }

    /// A file, or one that belongs beside it, cannot be opened or made.
    package var isCannotOpen: Bool { primaryCode == 14 || primaryCode == 8 }

    /// The low byte of an extended code is its primary code.
    private var primaryCode: Int32? {
        guard case .sqlite(let code) = cause else { return nil }
        return code & 0xff
    }

    /// The same error, seen from the operation that ran into it.
    package func during(_ attempt: String) -> StoreError {
        var error = self
        error.attempt = attempt
        return error
    }
}
