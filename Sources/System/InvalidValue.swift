/// Why a text that people typed was not accepted, with what is allowed.
package struct InvalidValue: Error {
    package let reason: String

    package init(_ reason: String) {
        self.reason = reason
    }
}

extension Character {
    // A letter with a combining mark lies between two others by the order of characters.
    package var isASCIIDigit: Bool { isASCII && ("0"..."9").contains(self) }
    package var isASCIILowercase: Bool { isASCII && ("a"..."z").contains(self) }
    package var isASCIILetterOrDigit: Bool {
        isASCIIDigit || isASCIILowercase || isASCII && ("A"..."Z").contains(self)
    }
}
