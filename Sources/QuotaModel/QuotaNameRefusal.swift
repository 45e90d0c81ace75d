/// Why a quota's name is not taken as a limit on a model's inference.
package enum QuotaNameRefusal: String, Error, CaseIterable, Sendable {
    /// Batch jobs have quotas of their own and do not draw on these.
    case batch
    /// Training, and the deployment of customised models.
    case customization
    /// Latency-optimized inference is a separate pool, and CloudWatch's model ID does not tell it apart.
    case latencyOptimized = "latency_optimized"
    /// How many calls may run at once, which no minute's metric shows.
    case concurrentRequests = "concurrent_requests"
    /// Account-wide, and counted by price rather than by tokens.
    case crossModel = "cross_model"
    /// Model units of provisioned throughput.
    case provisioned
    /// The name ends where the model should stand.
    case noModel = "no_model"
    /// Guardrails, knowledge bases, API rates and everything else.
    case notInference = "not_inference"

    /// The kinds of name that would otherwise pass for inference or are asked about most; nil leaves it open.
    init?(lowercasedName name: String) {
        if name.hasPrefix("(model customization)") {
            self = .customization
        } else if name.hasPrefix("(") {
            self = .notInference
        } else if name.contains("batch inference") {
            self = .batch
        } else if name.contains("latency-optimized") || name.contains("latency optimized") {
            self = .latencyOptimized
        } else if name.contains("concurrent requests") {
            self = .concurrentRequests
        } else if name.contains("custom model") {
            self = .customization
        } else if name.hasPrefix("cross-model ") {
            self = .crossModel
        } else if name.contains("provisioned") || name.hasPrefix("model units ") {
            self = .provisioned
        } else {
            return nil
        }
    }
}
