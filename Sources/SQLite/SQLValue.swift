/// A value bound to a statement's parameter.
package enum SQLValue {
    case null
    case integer(Int)
    case real(Double)
    case text(String)

    /// Nil as NULL. A column of INTEGER affinity stores a whole number as INTEGER, which is exact and shorter
    /// (https://www.sqlite.org/datatype3.html, 3).
    package init(number: Double?) {
        self = number.map(SQLValue.real) ?? .null
    }

    package init(text: String?) {
        self = text.map(SQLValue.text) ?? .null
    }
}
