/// Where each value of a configuration comes from.
package struct ConfigurationOrigins: Equatable, Sendable {
    /// The lines of the file that have a value, by path.
    private let lines: [String: Int]
    /// The flags and variables above it, by path.
    private let given: [String: String]

    package init(lines: [String: Int], flags: FlagOverrides) {
        self.lines = lines
        given = flags.given
    }

    /// In a word or two, for the value under a path such as `accounts[0].regions`.
    package func phrase(_ path: String) -> String {
        if let name = given[path] { return name.hasPrefix("--") ? "flag \(name)" : "environment \(name)" }
        return lines[path].map { "line \($0)" } ?? "default"
    }

    /// The line of each key that has a value, those of lists' items among them.
    static func lines(of root: YAMLNode) -> [String: Int] {
        var lines: [String: Int] = [:]
        collect(root, "", &lines)
        return lines
    }

    private static func collect(_ node: YAMLNode, _ path: String, _ lines: inout [String: Int]) {
        switch node.value {
        case .empty, .scalar: return
        case .list(let items):
            for (index, item) in items.enumerated() { collect(item, "\(path)[\(index)]", &lines) }
        case .map(let entries):
            for entry in entries where !entry.node.isNothing {
                // Keys that people choose are written in quotes where they need to be.
                for key in [entry.key, YAMLWriter.quoted(entry.key)] {
                    let path = path.isEmpty ? key : "\(path).\(key)"
                    lines[path] = entry.position.line
                }
                collect(entry.node, path.isEmpty ? entry.key : "\(path).\(entry.key)", &lines)
            }
        }
    }
}
