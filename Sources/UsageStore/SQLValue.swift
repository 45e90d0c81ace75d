/// A value bound to a statement's parameter.
enum SQLValue {
    case null
    case integer(Int)
    case real(Double)
    case text(String)

    /// A whole number as INTEGER, which is exact and shorter on disk; nil as NULL.
    init(number: Double?) {
        guard let number else {
            self = .null
            return
        }
        self = Int(exactly: number).map(SQLValue.integer) ?? .real(number)
    }

    init(text: String?) {
        self = text.map(SQLValue.text) ?? .null
    }
}
