import System

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

    /// `uncollected` is how many problems there are beyond the list.
    init(_ all: [ConfigurationProblem], uncollected: Int = 0) {
        let places = all.enumerated().map { offset, problem in
            (line: problem.position?.line ?? 0, column: problem.position?.column ?? 0, offset: offset)
        }
        let shown = places.sorted { $0 < $1 }.prefix(ConfigurationLimits.shownProblems)
        problems = shown.map { all[$0.offset] }
        omitted = all.count - problems.count + uncollected
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

/// The problems found so far in one configuration.
final class ProblemList {
    let source: String
    /// Reads the files that keys name; nil where the text alone is judged.
    let readFile: BoundedFile.Reader?
    private var problems: [ConfigurationProblem] = []
    /// How many were found: a mark to ask later whether there are more.
    private(set) var count = 0

    init(source: String, readFile: BoundedFile.Reader? = nil) {
        self.source = source
        self.readFile = readFile
    }

    /// Keeps the problem while there is room. The message is not made in vain.
    func add(_ position: YAMLPosition?, _ path: String?, _ message: @autoclosure () -> String) {
        count += 1
        guard problems.count < ConfigurationLimits.collectedProblems else { return }
        problems.append(
            ConfigurationProblem(source: source, position: position, path: path, message: message()))
    }

    /// Throws when there are problems.
    func check() throws(ConfigurationError) {
        guard count == 0 else { throw ConfigurationError(problems, uncollected: count - problems.count) }
    }
}
