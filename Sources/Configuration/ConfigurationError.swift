/// One thing that is wrong with a configuration, at its place in the file.
package struct ConfigurationProblem: Equatable, Sendable, CustomStringConvertible {
    /// The file as it was named by the caller, or the flag that holds the value.
    package let source: String
    /// 1-based; nil when the whole file is meant or the value is a flag's.
    package let position: YAMLPosition?
    /// The key with its parents, such as `accounts[0].regions`; nil for an error of YAML itself.
    package let path: String?
    /// What is wrong and what is allowed. Never a secret.
    package let message: String

    /// `file:line:column: field.path: message`.
    package var description: String {
        var text = source
        if let position { text += ":\(position.line):\(position.column)" }
        if let path { text += ": \(path)" }
        return "\(text): \(message)"
    }
}

/// Why a configuration was refused: at least one problem, in the order of the file.
package struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// At most `ConfigurationLimits.shownProblems`.
    package let problems: [ConfigurationProblem]
    /// How many more were found.
    package let omitted: Int

    init(_ all: [ConfigurationProblem]) {
        let sorted = all.enumerated().sorted { ($0.element.order, $0.offset) < ($1.element.order, $1.offset) }
        problems = sorted.prefix(ConfigurationLimits.shownProblems).map(\.element)
        omitted = all.count - problems.count
    }

    init(source: String, position: YAMLPosition? = nil, _ message: String) {
        self.init([ConfigurationProblem(source: source, position: position, path: nil, message: message)])
    }

    /// One line for each problem.
    package var description: String {
        let lines = problems.map(\.description)
        guard omitted > 0 else { return lines.joined(separator: "\n") }
        return (lines + ["and \(omitted) more"]).joined(separator: "\n")
    }
}

extension ConfigurationProblem {
    fileprivate var order: (Int, Int) { (position?.line ?? 0, position?.column ?? 0) }
}

private func < (a: ((Int, Int), Int), b: ((Int, Int), Int)) -> Bool {
    (a.0.0, a.0.1, a.1) < (b.0.0, b.0.1, b.1)
}
