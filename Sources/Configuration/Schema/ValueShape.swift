/// What a schema can say of a value: less than its reader checks, and never more.
indirect enum ValueShape: Equatable, Sendable {
    /// A regular expression (ECMA-262) that is found in it, and its longest.
    case text(_ pattern: String? = nil, atMost: Int? = nil)
    case words([String])
    case number(NumberBounds)
    case wholeNumber(ClosedRange<Int>)
    case flag
    /// Values, none of them twice.
    case list(ValueShape, atMost: Int)
    /// Values in an order that matters, the first of them of a shape of its own.
    case sequence(first: ValueShape, ValueShape, counts: ClosedRange<Int>)
    /// People choose the keys, which match a regular expression.
    case map(ValueShape, keys: String, atMost: Int)
    /// A list of maps, whose keys are listed apart.
    case sections(SectionRules, atMost: Int)

    static let duration = text("^(?=.)([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$")
    static let url = text("^[Hh][Tt][Tt][Pp][Ss]?://[^#<>`{|}\"\\\\^\\s]+$", atMost: 2048)
}

/// What the keys of a list's item must hold together.
struct SectionRules: Equatable, Sendable {
    /// Of each group at least one key must be there.
    var anyOf: [[String]] = []
    /// At most one of these may be there.
    var atMostOneOf: [String] = []
    var needs: [Need] = []
    /// A key whose value decides which keys may be there beside it and itself, and which of them must.
    var kinds: [Kind] = []

    /// A key that means something only beside another.
    struct Need: Equatable, Sendable {
        let key: String
        let other: String
    }

    struct Kind: Equatable, Sendable {
        let key: String
        let value: String
        let allowed: [String]
        /// Of these exactly one.
        let oneOf: [String]
    }
}

/// From where to where numbers go.
struct NumberBounds: Equatable, Sendable {
    let least: Double
    let most: Double
    let excludesLeast: Bool
    let excludesMost: Bool

    init(_ least: Double, _ most: Double, excludesLeast: Bool = false, excludesMost: Bool = false) {
        self.least = least
        self.most = most
        self.excludesLeast = excludesLeast
        self.excludesMost = excludesMost
    }

    @Sendable
    func contains(_ value: Double) -> Bool {
        (excludesLeast ? value > least : value >= least) && (excludesMost ? value < most : value <= most)
    }
}
