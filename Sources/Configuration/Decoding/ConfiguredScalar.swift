import System

/// A scalar on its way to a typed value.
struct ConfiguredScalar {
    let text: String
    let isQuoted: Bool

    init(_ text: String, isQuoted: Bool = false) {
        self.text = text
        self.isQuoted = isQuoted
    }

    /// For messages about values that are no secrets.
    var shown: String { Shown.value(text) }
}

/// Numbers, durations and names as configurations spell them.
extension ConfiguredScalar {
    /// A duration inside the bounds.
    func duration(in bounds: ClosedRange<TimeSpan>) throws(InvalidValue) -> TimeSpan {
        let allowed =
            "allowed: \(bounds.lowerBound) to \(bounds.upperBound), written as 90s, 5m, 36h, 400d or 5y"
        guard let span = TimeSpan(text) else {
            guard !text.isEmpty, text.allSatisfy(\.isASCIIDigit) else {
                throw InvalidValue("\(shown) is not a duration; \(allowed)")
            }
            throw InvalidValue("\(shown) has no unit; \(allowed)")
        }
        guard bounds.contains(span) else { throw InvalidValue("\(shown) is out of range; \(allowed)") }
        return span
    }

    /// Digits, perhaps with a decimal point, without quotes.
    func number(_ allowed: String, where isAllowed: (Double) -> Bool) throws(InvalidValue) -> Double {
        guard !isQuoted else {
            throw InvalidValue("\(shown) is text in quotes; write the number without quotes")
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isASCIIDigit) }),
            let number = Double(text), number.isFinite
        else { throw InvalidValue("\(shown) is not a number in digits; allowed: \(allowed)") }
        guard isAllowed(number) else { throw InvalidValue("\(shown) is out of range; allowed: \(allowed)") }
        return number
    }

    /// Digits alone, inside the bounds.
    func integer(in bounds: ClosedRange<Int>) throws(InvalidValue) -> Int {
        let allowed = "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
        let number = try number(allowed) { Double(bounds.lowerBound)...Double(bounds.upperBound) ~= $0 }
        guard let whole = Int(exactly: number) else {
            throw InvalidValue("\(shown) is not whole; allowed: \(allowed)")
        }
        return whole
    }

    /// One of a few words.
    func word<T: RawRepresentable & CaseIterable>(_: T.Type) throws(InvalidValue) -> T
    where T.RawValue == String {
        if let value = T(rawValue: text) { return value }
        let words = T.allCases.map(\.rawValue)
        let near = Suggestion.nearest(to: text, in: words).map { "did you mean \($0)? " } ?? ""
        throw InvalidValue("\(shown) is unknown; \(near)allowed: \(words.joined(separator: ", "))")
    }

    /// One to that many printable characters.
    func printable(atMost limit: Int) throws(InvalidValue) -> String {
        guard (1...limit).contains(text.count), text.unicodeScalars.allSatisfy(Self.isPrintable) else {
            throw InvalidValue("\(shown) is not allowed; allowed: 1 to \(limit) printable characters")
        }
        return text
    }

    /// A value for the label `account`.
    func name() throws(InvalidValue) -> String {
        let limit = ConfigurationLimits.nameCharacters
        guard (1...limit).contains(text.count),
            text.allSatisfy({ $0.isASCIILetterOrDigit || "._-".contains($0) })
        else {
            throw InvalidValue(
                "\(shown) is not a name; allowed: 1 to \(limit) letters, digits, '.', '_' and '-'")
        }
        return text
    }

    private static func isPrintable(_ character: Unicode.Scalar) -> Bool {
        switch character.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
        default: true
        }
    }
}
