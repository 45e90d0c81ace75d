/// A listed quota that belongs to no pool, with the reason.
package struct UnmatchedQuota: Equatable, Sendable {
    package enum Reason: Equatable, Sendable {
        /// The name is not one of on-demand inference.
        case refused(QuotaNameRefusal)
        /// Limits only calls with a long context, which CloudWatch's model ID does not tell apart.
        case contextWindowVariant(String)
        /// No listed model has the label as its name.
        case unknownModel(label: String)
        /// The label fits several models.
        case ambiguousModel([String])
        /// Other codes give the same limit another value.
        case conflictingValues(codes: [String])
        /// A daily quota of a model that can be called neither on demand nor through a geographic profile here.
        case unusedScope(model: String)
        /// Neither an applied nor a default value is listed.
        case noValue
    }

    package let quota: ListedQuota
    package let reason: Reason

    /// True where a limit on inference was lost, so that a person should look; refused names are none.
    package var concernsInference: Bool {
        switch reason {
        case .refused: false
        case .contextWindowVariant, .unknownModel, .ambiguousModel, .conflictingValues, .unusedScope,
            .noValue:
            true
        }
    }

    /// One sentence for people.
    package var explanation: String {
        switch reason {
        case .refused(let refusal): refusal.explanation
        case .contextWindowVariant(let window):
            "It limits calls with \(window) only, which the metrics do not tell apart."
        case .unknownModel(let label): "No model of this Region is named \"\(label)\"."
        case .ambiguousModel(let models): "The name fits several models: \(models.joined(separator: ", "))."
        case .conflictingValues(let codes):
            "The codes \(codes.joined(separator: ", ")) give this limit different values."
        case .unusedScope(let model):
            "\(model) can be called neither on demand nor through a geographic profile in this Region."
        case .noValue: "Service Quotas lists no value for it."
        }
    }
}

extension QuotaNameRefusal {
    /// One sentence for people.
    package var explanation: String {
        switch self {
        case .batch: "It limits batch inference, which does not draw on on-demand quotas."
        case .customization: "It limits the customization of models."
        case .latencyOptimized: "It limits latency-optimized inference, which the metrics do not tell apart."
        case .concurrentRequests: "It limits requests at the same time, which no metric shows."
        case .crossModel: "It is account-wide and counted by price, so that metrics cannot measure it."
        case .provisioned: "It limits provisioned throughput."
        case .noModel: "Its name states no model."
        case .notInference: "It does not limit inference."
        }
    }
}
