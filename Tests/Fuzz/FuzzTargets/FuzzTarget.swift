/// A reader of what strangers write, or a writer of it, with what has to hold for any bytes at all.
package enum FuzzTarget: String, CaseIterable, Sendable {
    case httpRequest = "http-request"
    case yaml
    case exposition
    case awsAnswer = "aws-answer"
    case remoteWrite = "remote-write"
    case ini
    case xml

    /// Feeds the bytes in; throws when something does not hold. What is refused in words is fine.
    package func run(_ bytes: [UInt8]) throws(FuzzFinding) {
        switch self {
        case .httpRequest: try HTTPRequestFuzz.run(bytes)
        case .yaml: try YAMLFuzz.run(bytes)
        case .exposition: try ExpositionFuzz.run(bytes)
        case .awsAnswer: try AWSAnswerFuzz.run(bytes)
        case .remoteWrite: try RemoteWriteFuzz.run(bytes)
        case .ini: try DocumentFuzz.runINI(bytes)
        case .xml: try DocumentFuzz.runXML(bytes)
        }
    }
}

/// What did not hold.
package struct FuzzFinding: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// Throws unless the condition holds.
func require(_ condition: Bool, _ description: @autoclosure () -> String) throws(FuzzFinding) {
    guard condition else { throw FuzzFinding(description()) }
}
