/// What the evaluator says of one alert.
package struct AlertFinding: Equatable, Sendable {
    package let identity: AlertIdentity
    let verdict: Verdict
    /// The changing figures; empty when nothing new is known.
    package let annotations: [String: String]

    init(_ identity: AlertIdentity, _ verdict: Verdict, _ annotations: [String: String] = [:]) {
        self.identity = identity
        self.verdict = verdict
        self.annotations = annotations
    }
}
