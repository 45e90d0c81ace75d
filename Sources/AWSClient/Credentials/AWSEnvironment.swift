import FoundationEssentials
import System

/// What credential sources see of the machine: variables, home directory and files. A value, so that tests can
/// play any machine.
package struct AWSEnvironment: Sendable, SecretHolder {
    package let variables: [String: String]
    /// Without a trailing slash; empty where there is none.
    package let homeDirectory: String
    package let readFile: BoundedFile.Reader

    package init(variables: [String: String], homeDirectory: String, readFile: @escaping BoundedFile.Reader) {
        self.variables = variables
        self.homeDirectory = homeDirectory
        self.readFile = readFile
    }

    /// The environment of this process, as it is at the time of the call.
    package static func ofThisProcess() -> AWSEnvironment {
        let variables = ProcessInfo.processInfo.environment
        // A system service may have no HOME; the user database then knows.
        let home = variables["HOME"] ?? FileManager.default.homeDirectoryForCurrentUser.path
        return AWSEnvironment(
            variables: variables, homeDirectory: home.hasSuffix("/") ? String(home.dropLast()) : home,
            readFile: BoundedFile.read)
    }

    /// The file, or why it cannot be read in terms of credentials.
    func file(_ path: String, _ maximumBytes: Int) throws(CredentialsError) -> [UInt8]? {
        do {
            return try readFile(path, maximumBytes)
        } catch {
            throw .failed(source: error.path, reason: error.reason)
        }
    }

    /// The variable's value; an empty one counts as not set.
    package subscript(_ name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    /// The variable as botocore's `ensure_boolean` reads it: `true` in any case is true, all else false.
    package func flag(_ name: String) -> Bool? {
        self[name].map { $0.lowercased() == "true" }
    }

    /// The path with variables and a leading `~` replaced, in the order in which botocore does it.
    package func expandedPath(_ path: String) -> String {
        let path = expandedVariables(path)
        guard path == "~" || path.hasPrefix("~/"), !homeDirectory.isEmpty else { return path }
        return homeDirectory + path.dropFirst()
    }

    /// `$NAME` and `${NAME}` as Python's `os.path.expandvars` replaces them: an unknown variable stays as it is.
    private func expandedVariables(_ path: String) -> String {
        var result = ""
        var rest = path[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            let after = rest[rest.index(after: dollar)...]
            let braced = after.first == "{"
            let name = braced ? after.dropFirst().prefix { $0 != "}" } : after.prefix { Self.isNamePart($0) }
            let end = braced ? after[name.endIndex...].dropFirst().startIndex : name.endIndex
            let isComplete = !braced || name.endIndex < after.endIndex
            if isComplete, let value = variables[String(name)] {
                result += value
            } else {
                result += rest[dollar..<end]
            }
            rest = rest[end...]
        }
        return result + rest
    }

    private static func isNamePart(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_")
    }
}

extension AWSEnvironment {
    /// Users and passwords of proxies.
    package var proxySecrets: [String] {
        variables.filter { $0.key.lowercased().hasSuffix("_proxy") }.values
            .compactMap { ServiceURL(text: $0) }.flatMap(\.tellingSecrets)
    }
}
