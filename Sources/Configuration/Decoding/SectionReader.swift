import System

/// One map of the configuration. Reads values by key and reports whatever does not fit.
struct SectionReader {
    /// The keys that lead here, as people read them: `accounts[0]`. Empty for the whole file.
    let path: String
    /// The same as in `ConfigurationKeys`: `accounts[]`.
    let schema: String
    let position: YAMLPosition
    let entries: [YAMLEntry]
    let problems: ProblemList
    /// How many problems there were before the values of this map were read.
    private let mark: Int

    /// Nil, with a problem reported, unless the node is a map or empty. `schema` is the path in `ConfigurationKeys`.
    init?(_ node: YAMLNode, path: String, schema: String, problems: ProblemList) {
        self.path = path
        self.schema = schema
        self.problems = problems
        position = node.position
        switch node.value {
        case .map(let found): entries = found
        case _ where node.isNothing: entries = []
        case .empty, .scalar, .list:
            problems.add(
                node.position, path.isEmpty ? nil : path,
                "\(node.value.kind) was found; allowed: a map of keys")
            return nil
        }
        Self.reportUnknownKeys(entries, path: path, schema: schema, problems)
        mark = problems.count
    }

    /// Whether all values that were read so far are good.
    var isClean: Bool { problems.count == mark }

    /// Whether the key is there with a value.
    func has(_ key: String) -> Bool { node(key) != nil }

    /// The value of a key, nil when the key is missing, empty or null.
    func node(_ key: String) -> YAMLNode? {
        guard let node = entries.first(where: { $0.key == key })?.node, !node.isNothing else { return nil }
        return node
    }

    /// Reports a problem with the value of a key, or with the section where the key is missing.
    func report(_ key: String, _ message: @autoclosure () -> String) {
        problems.add(entries.first { $0.key == key }?.node.position ?? position, path(to: key), message())
    }

    /// Reports a problem with the section as a whole.
    func report(_ message: @autoclosure () -> String) { problems.add(position, path, message()) }

    func path(to key: String) -> String { Self.path(path, to: key) }

    private static func path(_ path: String, to key: String) -> String {
        path.isEmpty ? Shown.key(key) : "\(path).\(Shown.key(key))"
    }

    private func schema(of key: String) -> String { schema.isEmpty ? key : "\(schema).\(key)" }

    /// A typed value that may be missing.
    func optional<T>(_ key: String, _ parse: (ConfiguredScalar) throws(InvalidValue) -> T) -> T? {
        guard let node = node(key) else { return nil }
        return scalar(node, path: path(to: key), parse)
    }

    func optional<T>(_ key: String, _ form: Form<T>) -> T? { optional(key, form.parse) }

    /// Reports a key that is there without a value.
    func requireValue(_ key: String, default standard: @autoclosure () -> String) {
        guard let entry = entries.first(where: { $0.key == key }), node(key) == nil else { return }
        problems.add(
            entry.position, path(to: key),
            "the key has no value; leave it out for the default, \(standard())")
    }

    /// A typed value that must be there. Nil, with a problem reported, otherwise.
    func required<T>(_ key: String, _ parse: (ConfiguredScalar) throws(InvalidValue) -> T) -> T? {
        guard has(key) else {
            report(key, "this key is required")
            return nil
        }
        return optional(key, parse)
    }

    func required<T>(_ key: String, _ form: Form<T>) -> T? { required(key, form.parse) }

    /// A value out of the file that a key names; nil where it is no such value, which is reported, or where no files are
    /// read.
    func content<T>(
        ofFileAt key: String, _ path: String, _ parse: (ConfiguredScalar) throws(InvalidValue) -> T
    ) -> T? {
        guard let readFile = problems.readFile else { return nil }
        do {
            return try parse(ConfiguredScalar(try SecretFile.text(path, readFile)))
        } catch let error as InvalidValue {
            report(key, "\(Shown.value(path)): \(error.reason)")
        } catch {
            report(key, "\(error)")
        }
        return nil
    }

    /// The lines of the file that a key names, with their numbers and without blanks around them, but for empty ones and those
    /// that begin with `#`. None where the file cannot be read or has none, which is reported, or where no files are read.
    func lines(ofFileAt key: String, _ path: String) -> [(number: Int, text: String)] {
        guard let readFile = problems.readFile else { return [] }
        let text: String
        do throws(FileError) {
            guard let bytes = try readFile(path, ConfigurationLimits.linesBytes) else {
                throw FileError(path: path, reason: "no such file")
            }
            text = String(decoding: bytes, as: UTF8.self)
        } catch {
            report(key, "\(error)")
            return []
        }
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
            .map {
                (
                    number: $0 + 1,
                    text: String($1.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
                )
            }
            .filter { !$0.text.isEmpty && !$0.text.hasPrefix("#") }
        if lines.isEmpty { report(key, "\(path): the file must hold a line of text") }
        return lines
    }

    /// A map below this one; nil when missing or of another kind.
    func section(_ key: String) -> SectionReader? {
        guard let node = node(key) else { return nil }
        return SectionReader(node, path: path(to: key), schema: schema(of: key), problems: problems)
    }

    /// The items of a list with the path of each; nil when missing. Reports another kind of value and too many items.
    func items(_ key: String, atMost limit: Int) -> [(path: String, node: YAMLNode)]? {
        guard let node = node(key) else { return nil }
        guard case .list(let nodes) = node.value else {
            report(key, "\(node.value.kind) was found; allowed: a list")
            return nil
        }
        if nodes.count > limit { report(key, "\(nodes.count) items; at most \(limit) are allowed") }
        return nodes.prefix(limit).enumerated().map { ("\(path(to: key))[\($0.offset)]", $0.element) }
    }

    /// The sections of a list of maps; maps that are none are reported and left out.
    func sections(_ key: String, atMost limit: Int) -> [SectionReader]? {
        items(key, atMost: limit)?.compactMap { item in
            SectionReader(item.node, path: item.path, schema: "\(schema(of: key))[]", problems: problems)
        }
    }

    /// Single values in a list, each once.
    func differing(_ key: String, _ form: Form<String>, atMost limit: Int) -> [String] {
        var values: [String] = []
        for item in items(key, atMost: limit) ?? [] {
            guard let value = scalar(item.node, path: item.path, form.parse) else { continue }
            guard !values.contains(value) else {
                problems.add(item.node.position, item.path, "\(value) is in the list twice; allowed: once")
                continue
            }
            values.append(value)
        }
        return values
    }

    /// A typed value out of a node that must be a scalar.
    func scalar<T>(
        _ node: YAMLNode, path: String, _ parse: (ConfiguredScalar) throws(InvalidValue) -> T
    ) -> T? {
        guard case .scalar(let text, let style) = node.value else {
            problems.add(node.position, path, "\(node.value.kind) was found; allowed: a single value")
            return nil
        }
        do throws(InvalidValue) {
            return try parse(ConfiguredScalar(text, isQuoted: style == .quoted))
        } catch {
            problems.add(node.position, path, error.reason)
            return nil
        }
    }

    private static func reportUnknownKeys(
        _ entries: [YAMLEntry], path: String, schema: String, _ problems: ProblemList
    ) {
        guard !ConfigurationKeys.hasFreeKeys(schema) else { return }
        let known = ConfigurationKeys.names(under: schema)
        for entry in entries where !known.contains(entry.key) {
            problems.add(
                entry.position, self.path(path, to: entry.key), unknownKey(entry.key, known: known))
        }
    }

    private static func unknownKey(_ key: String, known: [String]) -> String {
        if key == "tls_server_config" {
            return
                "TLS is not offered: remove this key, listen on a loopback address and put nginx or stunnel in front"
        }
        if let near = Suggestion.nearest(to: key, in: known) { return "unknown key; did you mean \(near)?" }
        if let path = ConfigurationKeys.path(ofKey: key) { return "unknown key here; did you mean \(path)?" }
        return "unknown key; allowed: \(known.joined(separator: ", "))"
    }
}

extension YAMLNode {
    /// Whether there is no value: none was written, or the word for none (YAML 1.2, 10.3.2).
    var isNothing: Bool {
        switch value {
        case .empty: true
        case .scalar(let text, .plain): ["~", "null", "Null", "NULL"].contains(text)
        case .scalar, .list, .map: false
        }
    }
}
