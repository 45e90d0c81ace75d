/// The problems found so far in one configuration.
final class ProblemList {
    let source: String
    private var problems: [ConfigurationProblem] = []
    /// How many were found: a mark to ask later whether there are more.
    private(set) var count = 0

    init(source: String) {
        self.source = source
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
