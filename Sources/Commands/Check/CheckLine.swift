/// One line of `check`.
package struct CheckLine: Equatable, Sendable, CustomStringConvertible {
    package enum Verdict: String, Sendable {
        case ok
        /// Worth knowing; the exporter runs all the same.
        case warn
        /// Missing; `check` exits with 1.
        case fail
    }

    package let verdict: Verdict
    package let subject: String
    package let detail: String

    package init(_ verdict: Verdict, _ subject: String, _ detail: String) {
        self.verdict = verdict
        self.subject = subject
        self.detail = detail
    }

    package var description: String {
        let label = verdict.rawValue + String(repeating: " ", count: 4 - verdict.rawValue.count)
        return "\(label)  \(subject): \(detail)"
    }
}
