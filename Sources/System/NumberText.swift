/// Whole numbers for eyes.
package enum Grouped {
    /// 3500000 as `3,500,000`.
    package static func digits(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var out = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { out += "," }
            out.append(digit)
        }
        return out
    }

    /// Rounded to a whole number; what no integer holds exactly stays as it is.
    package static func digits(_ value: Double) -> String {
        value.magnitude <= 0x1p53 ? digits(Int(value.rounded())) : "\(value)"
    }
}

/// Numbers as JSON, CSV and OpenMetrics take them alike.
package enum PlainNumber {
    /// Whole numbers without fraction up to 2^53, else the shortest text that reads back as the same value; nil for what
    /// is no number.
    package static func text(_ value: Double) -> String? {
        guard value.isFinite else { return nil }
        guard value.magnitude <= 0x1p53, value == value.rounded(.towardZero) else { return "\(value)" }
        return String(Int(value))
    }

    /// As people write it: `5`, not `5.0`.
    package static func shown(_ value: Double) -> String { text(value) ?? "\(value)" }
}
