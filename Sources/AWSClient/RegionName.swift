import QuotaModel
import System

/// The names of AWS Regions. New ones appear, so what fits a partition is allowed, and the list of today only suggests.
package enum RegionName {
    /// What is wrong with a name that was typed; nil for a good one.
    package static func problem(_ text: String) -> String? {
        guard !Partition.hasRegion(text) else { return nil }
        let known = Partition.allCases.flatMap(\.regions)
        let near = Suggestion.nearest(to: text, in: known).map { "did you mean \($0)? " } ?? ""
        return "\(Shown.value(text)) is not a Region of AWS; \(near)allowed: a name such as ap-southeast-1"
    }
}
