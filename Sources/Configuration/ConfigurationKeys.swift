/// A key that configurations may have, for the manual.
package struct ConfigurationKey: Equatable, Sendable {
    /// Such as `web.listen_address`, or `accounts[].name` for a key of a list's items.
    package let path: String
    /// What its value is, in a word or two.
    package let type: String
    /// The default as it would be written; nil for none.
    package let standard: String?
    /// One sentence.
    package let description: String
    let shape: ValueShape
    let presence: Presence

    /// Whether the key must be there, with a value.
    enum Presence: Equatable, Sendable {
        case required
        /// It may be left out; with nothing behind it, it is a mistake.
        case valued
        /// It may be left out, also by having nothing behind it.
        case optional
    }

    init(
        _ path: String, _ type: String, _ standard: String?, _ description: String, _ shape: ValueShape,
        _ presence: Presence
    ) {
        self.path = path
        self.type = type
        self.standard = standard
        self.description = description
        self.shape = shape
        self.presence = presence
    }
}

/// All keys of the configuration: which are known, and the manual's table of them.
package enum ConfigurationKeys {
    /// In the order of the page. Sections themselves are not listed.
    package static let all = Configuration.fields.flatMap { $0.keys("", Configuration.defaults) }

    /// A table for the manual.
    package static var markdownTable: String {
        let rows = all.map { key in
            "| `\(key.path)` | \(key.type) | \(key.standard.map { "`\($0)`" } ?? "") | \(key.description) |"
        }
        return (["| Key | Type | Default | Meaning |", "|---|---|---|---|"] + rows).joined(separator: "\n")
            + "\n"
    }

    /// The names of the keys directly under a section, each once, in order.
    static func names(under section: String) -> [String] {
        var names: [String] = []
        let prefix = section.isEmpty ? "" : section + "."
        for key in all where key.path.hasPrefix(prefix) {
            let name = String(key.path.dropFirst(prefix.count).prefix { $0 != "." && $0 != "[" })
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// Whether people choose the keys of this map.
    static func hasFreeKeys(_ section: String) -> Bool {
        section == "web.basic_auth_users" || section == "remote_write[].external_labels"
    }

    /// Where a key of this name belongs, nil when there are several places or none.
    static func path(ofKey name: String) -> String? {
        let paths = all.map(\.path).filter { $0.hasSuffix(".\(name)") }
        return paths.count == 1 ? paths.first : nil
    }
}
