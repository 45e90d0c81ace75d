/// What the evaluator says of one alert.
package struct AlertFinding: Equatable, Sendable {
    package let identity: AlertIdentity
    let verdict: Verdict
    /// The changing figures, for a verdict that is active; else empty.
    package let annotations: [String: String]

    init(_ identity: AlertIdentity, _ verdict: Verdict, _ annotations: [String: String] = [:]) {
        self.identity = identity
        self.verdict = verdict
        self.annotations = annotations
    }
}
