/// What the XML answers of the query protocol have in common.
enum XMLText {
    static let securityTokenNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"
    static let notificationNamespace = "http://sns.amazonaws.com/doc/2010-03-31/"
    /// The same for every answer: nobody looks a simulated request up.
    static let requestID = "01234567-89ab-cdef-0123-456789abcdef"

    /// Text with the five characters of XML 1.0 section 2.4 as references.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&apos;"
            default: result.append(character)
            }
        }
        return result
    }
}
