/// The form of AWS Region names.
enum RegionName {
    /// Such as `ap-southeast-1` or `us-gov-west-1`. New Regions appear, so no list is kept.
    static func parse(_ scalar: ConfiguredScalar) throws(InvalidValue) -> String {
        guard isValid(scalar.text) else {
            throw InvalidValue("\(scalar.shown) is not a Region name; allowed: a name such as ap-southeast-1")
        }
        return scalar.text
    }

    static func isValid(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, text.count <= ConfigurationLimits.nameCharacters, let last = parts.last,
            let first = parts.first
        else { return false }
        return last.count == 1 && last.allSatisfy(\.isASCIIDigit) && first.count >= 2
            && parts.dropLast().allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isASCIILowercase) }
    }
}
