/// Medians, which single wild values do not move.
package enum Median {
    /// Sorts the values; nil when there are none.
    package static func of(_ values: inout [Double]) -> Double? {
        values.sort()
        return ofSorted(values)
    }

    /// The median of values that ascend; nil when there are none.
    static func ofSorted(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let middle = values.count / 2
        return values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
    }
}
