import AWSClient
import QuotaModel
import System

/// How one value is spelled in a configuration: what the manual calls it, how it is read, how it is shown.
struct Form<Value: Sendable>: Sendable {
    /// In a word or two.
    let type: String
    /// As people write it, without quotes. A mask in place of secrets.
    let text: @Sendable (Value) -> String
    /// Whether the page puts it in quotes.
    var isQuoted = true
    /// What the schema says of it.
    var shape = ValueShape.text()
    let parse: @Sendable (ConfiguredScalar) throws(InvalidValue) -> Value

    /// As the page writes it.
    func written(_ value: Value) -> String { isQuoted ? YAMLWriter.quoted(text(value)) : text(value) }
}

extension Form where Value == String {
    init(
        _ type: String, shape: ValueShape = .text(),
        parse: @escaping @Sendable (ConfiguredScalar) throws(InvalidValue) -> String
    ) {
        self.init(type: type, text: { $0 }, shape: shape, parse: parse)
    }

    /// A value for the label `account`, or a receiver's name.
    static var name: Self {
        Form("name", shape: .text(#"^[A-Za-z0-9._-]+$"#, atMost: ConfigurationLimits.nameCharacters)) {
            scalar throws(InvalidValue) in try scalar.name()
        }
    }

    /// A label `account`, also one that an organization gave.
    static var account: Self { printable("name", atMost: ConfigurationLimits.accountCharacters) }

    /// One to that many printable characters.
    static func printable(_ type: String, atMost limit: Int) -> Self {
        Form(type, shape: .text(".", atMost: limit)) { scalar throws(InvalidValue) in
            try scalar.printable(atMost: limit)
        }
    }

    /// The name of a profile of the AWS configuration files.
    static var profile: Self { printable("name", atMost: ConfigurationLimits.profileCharacters) }
    static var region: Self {
        Form("Region", shape: .text(RegionName.pattern)) { scalar throws(InvalidValue) in
            if let problem = RegionName.problem(scalar.text) { throw InvalidValue(problem) }
            return scalar.text
        }
    }
    static var role: Self {
        Form(
            "ARN",
            shape: .text(
                #"^arn:aws[a-z-]*:iam::[0-9]{12}:role/."#, atMost: ConfigurationLimits.arnCharacters),
            parse: ARN.role)
    }
    static var topic: Self {
        Form(
            "ARN",
            shape: .text(
                #"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+(\.fifo)?$"#,
                atMost: ConfigurationLimits.arnCharacters),
            parse: ARN.topic)
    }

    /// The path of a file, not of a folder.
    static var filePath: Self {
        Form("file path", shape: .text("[^/]$", atMost: ConfigurationLimits.pathCharacters)) {
            scalar throws(InvalidValue) in
            let path = try scalar.printable(atMost: ConfigurationLimits.pathCharacters)
            guard !path.hasSuffix("/") else {
                throw InvalidValue(
                    "\(scalar.shown) is a folder; allowed: the path of a file, such as ./data/usage.db")
            }
            return path
        }
    }
}

extension Form where Value == ModelPattern {
    /// A base model ID, or its beginning followed by `*`.
    static var modelPattern: Self {
        Form(
            type: "model", text: \.text,
            shape: .text(
                #"^[A-Za-z0-9_:-]+\.[A-Za-z0-9._:-]*\*?$"#, atMost: ConfigurationLimits.modelCharacters + 1)
        ) { scalar throws(InvalidValue) in
            ModelPattern(try ModelName.pattern(scalar))
        }
    }
}

extension Form where Value == InferenceScope {
    static var scope: Self {
        Form(type: "word", text: \.rawValue, shape: .words(InferenceScope.allCases.map(\.rawValue))) {
            scalar throws(InvalidValue) in
            try scalar.word(InferenceScope.self)
        }
    }
}

extension Form where Value == InferenceScope {
    /// A scope whose traffic can be reserved.
    static var route: Self {
        Form(type: "word", text: \.rawValue, shape: .words(Reservation.routes.map(\.rawValue))) {
            scalar throws(InvalidValue) in
            let scope = try scalar.word(InferenceScope.self)
            guard Reservation.routes.contains(scope) else {
                let allowed = Reservation.routes.map(\.rawValue).joined(separator: ", ")
                throw InvalidValue("\(scalar.shown) cannot be reserved; allowed: \(allowed)")
            }
            return scope
        }
    }
}

extension Form where Value == TimeSpan {
    static func duration(_ least: TimeSpan, to most: TimeSpan) -> Self {
        Form(type: "duration", text: \.description, isQuoted: false, shape: .duration) {
            scalar throws(InvalidValue) in try scalar.duration(in: least...most)
        }
    }
}

extension Form where Value == Double {
    /// A duration that the program counts in seconds.
    static func seconds(_ least: TimeSpan, to most: TimeSpan) -> Self {
        Form(
            type: "duration", text: { TimeSpan.seconds(Int($0)).description }, isQuoted: false,
            shape: .duration
        ) {
            scalar throws(InvalidValue) in Double(try scalar.duration(in: least...most).seconds)
        }
    }

    /// `unit` precedes the bounds in messages.
    static func number(_ bounds: ClosedRange<Double>, unit: String = "a number") -> Self {
        let lowest = YAMLWriter.digits(bounds.lowerBound)
        let allowed = "\(unit) from \(lowest) to \(Int(bounds.upperBound))"
        return number("number", allowed, NumberBounds(bounds.lowerBound, bounds.upperBound))
    }

    /// Above 0 and up to 1.
    static func ratio(suchAs example: String) -> Self {
        number(
            "ratio", "a ratio above 0 and up to 1, such as \(example)",
            NumberBounds(0, 1, excludesLeast: true))
    }

    static func number(_ type: String, _ allowed: String, _ bounds: NumberBounds) -> Self {
        Form(type: type, text: YAMLWriter.digits, isQuoted: false, shape: .number(bounds)) {
            scalar throws(InvalidValue) in try scalar.number(allowed, where: bounds.contains)
        }
    }
}

extension Form where Value == Int {
    static func integer(_ bounds: ClosedRange<Int>) -> Self {
        Form(type: "whole number", text: \.description, isQuoted: false, shape: .wholeNumber(bounds)) {
            scalar throws(InvalidValue) in try scalar.integer(in: bounds)
        }
    }
}

extension Form where Value == Bool {
    /// YAML 1.2, 10.3.2: `true` and `false`, nothing else.
    static var flag: Self {
        Form(type: "true or false", text: \.description, isQuoted: false, shape: .flag) {
            scalar throws(InvalidValue) in
            switch (scalar.text, scalar.isQuoted) {
            case ("true", false): return true
            case ("false", false): return false
            case _: throw InvalidValue("\(scalar.shown) is not a switch; allowed: true, false")
            }
        }
    }
}

extension Form where Value == ServiceURL {
    /// `check` throws for a URL that is none here. The page shows the path unless that is a secret.
    static func url(
        hidesPath: Bool = false,
        check: @escaping @Sendable (ServiceURL) throws(InvalidValue) -> Void = { _ in }
    ) -> Self {
        Form(type: "URL", text: { hidesPath ? $0.description : $0.descriptionWithPath }, shape: .url) {
            scalar throws(InvalidValue) in
            let url = try ServiceURL(scalar.text)
            try check(url)
            return url
        }
    }
}
