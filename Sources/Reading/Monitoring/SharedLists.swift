import AWSClient
import QuotaModel

/// What AWS says of every account in a Region, read once for all linked accounts that cannot be asked themselves: default
/// quotas, foundation models, and the inference profiles that AWS defines.
actor SharedLists {
    private let serviceQuotas: ServiceQuotasClient
    private let bedrock: BedrockClient
    private var last: (lists: Inventory, at: Double)?
    private var reading: Task<Inventory, any Error>?

    init(_ serviceQuotas: ServiceQuotasClient, _ bedrock: BedrockClient) {
        (self.serviceQuotas, self.bedrock) = (serviceQuotas, bedrock)
    }

    /// - Parameter maximumAge: Lists that are younger, in seconds, are not read again.
    func lists(maximumAge: Int, now: Double) async throws -> Inventory {
        // A clock set back must not keep them for ever.
        if let last, (0..<Double(maximumAge)).contains(now - last.at) { return last.lists }
        let task =
            reading
            ?? Task { [serviceQuotas, bedrock] in
                Inventory(
                    quotas: try await serviceQuotas.listDefaultQuotas(),
                    models: try await bedrock.listFoundationModels(),
                    profiles: try await bedrock.listInferenceProfiles().filter { $0.kind != .application })
            }
        reading = task
        defer { if reading == task { reading = nil } }
        // Waiting for another task's value does not end by cancellation on its own; a fleet is cancelled whole.
        let lists = try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
        last = (lists, now)
        return lists
    }
}
