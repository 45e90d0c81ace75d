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
