import System

/// A key of a section, in one place: its name, its form, what it means and where its value goes.
struct Field<Section: Sendable>: Sendable {
    let name: String
    /// What the manual says of it and of the keys below it, after a prefix. Without the defaults' section, as for the
    /// items of lists, there are no defaults.
    let keys: @Sendable (_ prefix: String, _ defaults: Section?) -> [ConfigurationKey]
    let read: @Sendable (SectionReader, inout Section) -> Void
    let write: @Sendable (Section, inout YAMLWriter) -> Void

    typealias Path<Value> = WritableKeyPath<Section, Value> & Sendable
    typealias Read = @Sendable (SectionReader, inout Section) -> Void
    typealias Write = @Sendable (Section, inout YAMLWriter) -> Void

    /// A value with a default: what the section has before it is read. A key without a value is a mistake, unless it
    /// `mayBeEmpty`.
    static func value<Value>(
        _ name: String, _ path: Path<Value>, _ form: Form<Value>, _ meaning: String, mayBeEmpty: Bool = false
    ) -> Field {
        Field(
            name: name,
            keys: {
                [
                    ConfigurationKey(
                        $0 + name, form.type, $1.map { form.text($0[keyPath: path]) }, meaning, form.shape,
                        mayBeEmpty ? .optional : .valued)
                ]
            },
            read: { section, value in
                if !mayBeEmpty { section.requireValue(name, default: form.text(value[keyPath: path])) }
                value[keyPath: path] = section.optional(name, form) ?? value[keyPath: path]
            },
            write: { $1.plain(name, form.written($0[keyPath: path])) })
    }

    /// A value that may be missing; the page then says `null`, or nothing where nothing `isOmitted`.
    static func optional<Value>(
        _ name: String, _ path: Path<Value?>, _ form: Form<Value>, _ meaning: String, isOmitted: Bool = false
    ) -> Field {
        custom(
            name, form.type, meaning, form.shape,
            read: { $1[keyPath: path] = $0.optional(name, form) },
            write: { section, page in
                let written = section[keyPath: path].map(form.written)
                if written != nil || !isOmitted { page.plain(name, written ?? "null") }
            })
    }

    /// A value that must be there. While it is missing or wrong, which is reported, the section keeps what it had.
    static func required<Value>(
        _ name: String, _ path: Path<Value>, _ form: Form<Value>, _ meaning: String
    ) -> Field {
        custom(
            name, form.type, meaning, form.shape, .required,
            read: { $1[keyPath: path] = $0.required(name, form) ?? $1[keyPath: path] },
            write: { $1.plain(name, form.written($0[keyPath: path])) })
    }

    /// A secret that is written down, or that the file under `NAME_file` holds, which is read with the configuration.
    static func secret(
        _ name: String, _ path: Path<Secret?>, file: Path<String?>, _ form: Form<Secret>, _ meaning: String
    ) -> [Field] {
        let fileName = "\(name)_file"
        let written = optional(name, path, form, meaning)
        let named = optional(
            fileName, file, .filePath, "A file that holds it instead, read at start and on reload.",
            isOmitted: true)
        return [
            Field(
                name: name, keys: written.keys, read: written.read,
                write: { if $0[keyPath: file] == nil { written.write($0, &$1) } }),
            Field(
                name: fileName, keys: named.keys,
                read: { section, value in
                    named.read(section, &value)
                    guard let name = value[keyPath: file] else { return }
                    guard value[keyPath: path] == nil else {
                        return section.report(
                            fileName, "\(written.name) is set as well; allowed: one of the two")
                    }
                    value[keyPath: path] = section.content(ofFileAt: fileName, name, form.parse)
                },
                write: named.write),
        ]
    }

    /// A list of single values, none of them twice; `type` is the manual's.
    static func list(
        _ name: String, _ path: Path<[String]>, _ type: String, of form: Form<String>, atMost limit: Int,
        _ meaning: String
    ) -> Field {
        custom(
            name, type, standard: "[]", meaning, .list(form.shape, atMost: limit),
            read: { $1[keyPath: path] = $0.differing(name, form, atMost: limit) },
            write: { $1.texts(name, $0[keyPath: path]) })
    }

    /// A list of sections. `read` gets the section that the list is in and the list's.
    static func list<Item>(
        _ name: String, _ path: KeyPath<Section, [Item]> & Sendable, of fields: [Field<Item>],
        atMost limit: Int, standard: String? = "[]", _ meaning: String,
        _ rules: SectionRules = SectionRules(),
        read: @escaping @Sendable (SectionReader, [SectionReader], inout Section) -> Void
    ) -> Field {
        Field(
            name: name,
            keys: { prefix, _ in
                let list = ConfigurationKey(
                    prefix + name, "list", standard, meaning, .sections(rules, atMost: limit), .optional)
                return [list] + fields.flatMap { $0.keys("\(prefix)\(name)[].", nil) }
            },
            read: { section, value in
                guard let items = section.sections(name, atMost: limit) else { return }
                read(section, items, &value)
            },
            write: { value, page in
                page.list(name, value[keyPath: path]) { item, page in fields.write(item, &page) }
            })
    }

    /// Keys below this one.
    static func group(_ name: String, _ fields: [Field]) -> Field {
        Field(
            name: name,
            keys: { prefix, defaults in fields.flatMap { $0.keys("\(prefix)\(name).", defaults) } },
            read: { section, value in
                if let group = section.section(name) { fields.read(group, &value) }
            },
            write: { value, page in page.open(name) { fields.write(value, &$0) } })
    }

    /// Keys below this one, which have a type of their own.
    static func group<Group>(_ name: String, _ path: Path<Group>, _ fields: [Field<Group>]) -> Field {
        group(name, fields.map { $0.at(path) })
    }

    /// Keys below this one that may be missing all together, which the page shows as `null` unless nothing `isOmitted`;
    /// those that are missing alone have the defaults.
    static func optionalGroup<Group>(
        _ name: String, _ path: Path<Group?>, defaults: Group, _ fields: [Field<Group>],
        isOmitted: Bool = false
    ) -> Field {
        Field(
            name: name,
            keys: { prefix, _ in fields.flatMap { $0.keys("\(prefix)\(name).", nil) } },
            read: { section, value in
                guard let group = section.section(name) else { return }
                var read = defaults
                fields.read(group, &read)
                value[keyPath: path] = read
            },
            write: { value, page in
                if let group = value[keyPath: path] {
                    page.open(name) { fields.write(group, &$0) }
                } else if !isOmitted {
                    page.plain(name, "null")
                }
            })
    }

    /// What the fields before it must hold together; asked when none of them has a problem.
    static func check(_ check: @escaping @Sendable (SectionReader, Section) -> Void) -> Field {
        Field(
            name: "", keys: { _, _ in [] }, read: { if $0.isClean { check($0, $1) } }, write: { _, _ in })
    }

    /// A key whose value is read and written in its own way.
    static func custom(
        _ name: String, _ type: String, standard: String? = nil, _ meaning: String, _ shape: ValueShape,
        _ presence: ConfigurationKey.Presence = .optional, read: @escaping Read = { _, _ in },
        write: @escaping Write = { _, _ in }
    ) -> Field {
        Field(
            name: name,
            keys: { prefix, _ in
                [ConfigurationKey(prefix + name, type, standard, meaning, shape, presence)]
            },
            read: read, write: write)
    }

    /// The same as a part of a larger section.
    private func at<Outer>(_ path: WritableKeyPath<Outer, Section> & Sendable) -> Field<Outer> {
        Field<Outer>(
            name: name, keys: { keys($0, $1?[keyPath: path]) }, read: { read($0, &$1[keyPath: path]) },
            write: { write($0[keyPath: path], &$1) })
    }
}

extension Array {
    func read<Section>(_ reader: SectionReader, _ section: inout Section) where Element == Field<Section> {
        for field in self { field.read(reader, &section) }
    }

    func write<Section>(_ section: Section, _ page: inout YAMLWriter) where Element == Field<Section> {
        for field in self { field.write(section, &page) }
    }
}
