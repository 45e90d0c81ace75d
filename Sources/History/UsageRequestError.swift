/// A question about history that cannot be answered as it was put, in words for whoever asked.
package struct UsageRequestError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }

    /// Choices as a list, the first few of many.
    package static func list(_ choices: [String]) -> String {
        let shown = choices.prefix(shownChoices).joined(separator: ", ")
        return choices.count > shownChoices ? "\(shown) and \(choices.count - shownChoices) more" : shown
    }

    private static let shownChoices = 20
}
