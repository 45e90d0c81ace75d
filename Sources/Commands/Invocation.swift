/// What the user typed, sorted into a command and its flags.
struct Invocation: Equatable {
    var command: Command
    /// What of the command is meant, for one that has several topics.
    var topic: String?
    /// Values by flag name; a switch has an empty value.
    var values: [String: String] = [:]

    subscript(flag: Flag) -> String? { values[flag.name] }

    /// What is wrong with the command line; exit code 2.
    struct UsageError: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// `[command] [--flag=value | --flag value | --switch]…`, the command first or left out.
    static func parse(_ arguments: [String]) throws(UsageError) -> Invocation {
        var rest = arguments[...]
        var command = Command.serve
        if let first = rest.first, !first.hasPrefix("-") {
            guard let named = Command(rawValue: first) else {
                let known = Command.allCases.map(\.rawValue).joined(separator: ", ")
                throw UsageError(description: "unknown command \"\(first)\"; the commands are \(known)")
            }
            command = named
            rest = rest.dropFirst()
        }
        var invocation = Invocation(command: command)
        if !command.topics.isEmpty, let word = rest.first, !word.hasPrefix("-") {
            invocation.topic = word
            rest = rest.dropFirst()
        }
        while let argument = rest.popFirst() {
            try invocation.take(argument, rest: &rest)
        }
        try invocation.checkTopic()
        return invocation
    }

    private func checkTopic() throws(UsageError) {
        let topics = command.topics
        guard !topics.isEmpty, self[.help] == nil else { return }
        let known = topics.map { "\(command.rawValue) \($0)" }.joined(separator: ", ")
        guard let topic else {
            throw UsageError(description: "\(command.rawValue) of what? There is \(known)")
        }
        guard topics.contains(topic) else {
            throw UsageError(description: "unknown \(command.rawValue) \"\(topic)\"; there is \(known)")
        }
    }

    private mutating func take(_ argument: String, rest: inout ArraySlice<String>) throws(UsageError) {
        let text = argument == "-h" ? "--help" : argument
        guard text.hasPrefix("--"), text.count > 2 else {
            throw UsageError(description: "unexpected argument \"\(argument)\"; flags begin with --")
        }
        let parts = text.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let flag = command.flags.first(where: { $0.name == name }) else {
            let known = command.flags.map { "--\($0.name)" }.joined(separator: ", ")
            throw UsageError(
                description: "unknown flag --\(name) for \(command.rawValue); the flags are \(known)")
        }
        guard values[name] == nil else { throw UsageError(description: "flag --\(name) is given twice") }
        values[name] = try value(of: flag, inline: parts.count > 1 ? String(parts[1]) : nil, rest: &rest)
    }

    private func value(
        of flag: Flag, inline: String?, rest: inout ArraySlice<String>
    ) throws(UsageError) -> String {
        guard let valueName = flag.valueName else {
            guard inline == nil else { throw UsageError(description: "flag --\(flag.name) takes no value") }
            return ""
        }
        let value: String? = inline ?? (rest.first?.hasPrefix("--") == false ? rest.popFirst() : nil)
        guard let value, !value.isEmpty else {
            throw UsageError(description: "flag --\(flag.name) needs a value (\(valueName))")
        }
        return value
    }
}
