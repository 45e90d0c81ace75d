import System

/// The keys of one profile or of one `sso-session`.
package struct ProfileSection: Equatable, Sendable, SecretHolder {
    private var values: [String: String]
    private var nestedValues: [String: [String: String]] = [:]

    /// An empty section.
    init() { values = [:] }

    /// A value that begins with a line feed is an indented block of further keys (botocore's `_parse_nested`).
    init(_ section: INIFile.Section, path: String) throws(CredentialsError) {
        values = section.values.filter { !$0.value.hasPrefix("\n") }
        for (key, block) in section.values where block.hasPrefix("\n") {
            nestedValues[key] = try Self.nested(
                block, firstLine: section.lines[key] ?? section.line, path: path)
        }
    }

    /// The key's text; nil where it is missing, empty or a block.
    package subscript(_ key: String) -> String? {
        guard let value = values[key], !value.isEmpty else { return nil }
        return value
    }

    /// The keys of an indented block.
    package func block(_ key: String) -> [String: String] { nestedValues[key] ?? [:] }

    /// `true` in any case is true, all else false, as botocore reads it.
    package func flag(_ key: String) -> Bool? { self[key].map { $0.lowercased() == "true" } }

    /// This section with the other's keys put over it.
    func overlaid(with other: ProfileSection) -> ProfileSection {
        var result = self
        for (key, value) in other.values {
            result.values[key] = value
            result.nestedValues[key] = nil
        }
        for (key, block) in other.nestedValues {
            result.nestedValues[key] = block
            result.values[key] = nil
        }
        return result
    }

    /// Every text value; for comparing with another section key by key.
    var texts: [String: String] { values }

    private static func nested(_ block: String, firstLine: Int, path: String) throws(CredentialsError)
        -> [String: String]
    {
        var result: [String: String] = [:]
        for (offset, line) in block.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let text = trimmed(line)
            if text.isEmpty { continue }
            guard let equals = text.firstIndex(of: "=") else {
                // Comment lines are gone from a block, so the number is that of its first line.
                throw .failed(
                    source: path,
                    reason: "line \(firstLine): line \(offset) of the indented block is not KEY = VALUE")
            }
            result[trimmed(text[..<equals])] = trimmed(text[text.index(after: equals)...])
        }
        return result
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    private static func trimmed(_ text: String) -> String { trimmed(text[...]) }
}

/// The config file and the credentials file of the AWS tools, put together as botocore does.
package struct SharedConfig: Equatable, Sendable, SecretHolder {
    package let configPath: String
    package let credentialsPath: String
    /// Profiles of the config file: `[default]` and `[profile NAME]`.
    let configProfiles: [String: ProfileSection]
    /// Profiles of the credentials file: every section.
    let credentialsProfiles: [String: ProfileSection]
    let ssoSessions: [String: ProfileSection]
    let services: [String: ProfileSection]
    /// Files at their usual places that exist and cannot be read: left out, and named when nothing is found.
    let notes: [String]

    /// Reads both files. A file that does not exist is empty. Throws for a file that cannot be understood, and
    /// for an unreadable one that a variable names.
    package static func load(_ environment: AWSEnvironment) throws(CredentialsError) -> SharedConfig {
        var notes: [String] = []
        let (configPath, config) = try read("AWS_CONFIG_FILE", "~/.aws/config", environment, &notes)
        let (credentialsPath, credentials) = try read(
            "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", environment, &notes)
        var map = ProfileMap()
        for section in config { try map.add(section, path: configPath) }
        var credentialsProfiles: [String: ProfileSection] = [:]
        for section in credentials {
            credentialsProfiles[section.name] = try ProfileSection(section, path: credentialsPath)
        }
        return SharedConfig(
            configPath: configPath, credentialsPath: credentialsPath, configProfiles: map.profiles,
            credentialsProfiles: credentialsProfiles, ssoSessions: map.ssoSessions, services: map.services,
            notes: notes)
    }

    /// The profile of both files, keys of the credentials file first; nil where neither has it.
    package func profile(_ name: String) -> ProfileSection? {
        guard let own = configProfiles[name] else { return credentialsProfiles[name] }
        return credentialsProfiles[name].map(own.overlaid) ?? own
    }

    private static func read(
        _ variable: String, _ usualPath: String, _ environment: AWSEnvironment, _ notes: inout [String]
    ) throws(CredentialsError) -> (path: String, sections: [INIFile.Section]) {
        let path = environment.expandedPath(environment[variable] ?? usualPath)
        let contents: [UInt8]?
        do throws(CredentialsError) {
            contents = try environment.file(path, CredentialsLimits.fileBytes)
        } catch {
            // HOME of another user is common in services; AWS's tools take its files for absent.
            guard environment[variable] == nil else { throw error }
            notes.append("\(error)")
            return (path, [])
        }
        guard let contents else { return (path, []) }
        let sections = try INIFile(contents, path: path).sections
        hold(sections)
        return (path, sections)
    }

    /// From here on any answer may quote a profile's keys, also one to an account that does not use it.
    private static func hold(_ sections: [INIFile.Section]) {
        let names = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"]
        for section in sections {
            Redactor.process.hold(keys: names.compactMap { section.values[$0] })
        }
    }
}

/// botocore's `build_profile_map`: a later section of the same name takes the place of an earlier one.
private struct ProfileMap {
    var profiles: [String: ProfileSection] = [:]
    var ssoSessions: [String: ProfileSection] = [:]
    var services: [String: ProfileSection] = [:]

    mutating func add(_ section: INIFile.Section, path: String) throws(CredentialsError) {
        let keys = try ProfileSection(section, path: path)
        if section.name == "default" {
            profiles["default"] = keys
            return
        }
        // `[profile "my work"]`: the name is the second of two shell words; other sections are not for us.
        guard let words = ShellWords.split(section.name), words.count == 2 else { return }
        if section.name.hasPrefix("profile") {
            profiles[words[1]] = keys
        } else if section.name.hasPrefix("sso-session") {
            ssoSessions[words[1]] = keys
        } else if section.name.hasPrefix("services") {
            services[words[1]] = keys
        }
    }
}
