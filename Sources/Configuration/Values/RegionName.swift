import QuotaModel

/// The names of AWS Regions. New ones appear, so what fits a partition is allowed, and the list of today only suggests.
package enum RegionName {
    static func parse(_ scalar: ConfiguredScalar) throws(InvalidValue) -> String {
        guard Partition.hasRegion(scalar.text) else { throw InvalidValue(refusal(scalar.text, scalar.shown)) }
        return scalar.text
    }

    /// What is wrong with a name from elsewhere than the file, such as a flag or a variable; nil for a good one.
    package static func problem(_ text: String) -> String? {
        Partition.hasRegion(text) ? nil : refusal(text, Shown.value(text))
    }

    private static func refusal(_ text: String, _ shown: String) -> String {
        let known = Partition.allCases.flatMap(\.regions)
        let near = Suggestion.nearest(to: text, in: known).map { "did you mean \($0)? " } ?? ""
        return "\(shown) is not a Region of AWS; \(near)allowed: a name such as ap-southeast-1"
    }
}
