/// A load that somebody plans: what it would take from a tokens-per-minute quota.
package struct UsagePlan: Equatable, Sendable {
    package var requestsPerMinute: Double
    package var inputTokens: Double
    package var outputTokens: Double
    package var cacheWriteTokens: Double
    package var model: String
    package var scope: InferenceScope

    /// Why a plan cannot be read, with what is allowed.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// Of `rpm=100,input=10000,output=5000,model=…[,cache_write=0][,scope=global]`. The prefix of an inference profile in
    /// front of the model tells the scope as well.
    package init(_ text: String) throws(Problem) {
        var values: [String: String] = [:]
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            guard parts.count == 2, Self.fields.contains(parts[0]) else {
                throw Problem(
                    description:
                        "\"\(item.prefix(60))\" is no field; allowed: \(Self.fields.joined(separator: ", ")), as name=value"
                )
            }
            guard values[parts[0]] == nil else { throw Problem(description: "\(parts[0]) is given twice") }
            values[parts[0]] = parts[1]
        }
        requestsPerMinute = try Self.number("rpm", values)
        inputTokens = try Self.number("input", values)
        outputTokens = try Self.number("output", values)
        cacheWriteTokens = values["cache_write"] == nil ? 0 : try Self.number("cache_write", values)
        let named = try Self.model(values)
        let scope = try Self.scope(values)
        if let scope, let implied = named.scope, scope != implied {
            throw Problem(
                description: "scope: \(scope.rawValue) contradicts the model ID, which is \(implied.rawValue)"
            )
        }
        model = named.model
        self.scope = scope ?? named.scope ?? .global
    }

    /// The base model, and the scope where the ID is an inference profile's.
    private static func model(
        _ values: [String: String]
    ) throws(Problem) -> (model: String, scope: InferenceScope?) {
        let allowed = "allowed: a model ID such as anthropic.claude-sonnet-4-6"
        guard let text = values["model"], !text.isEmpty else {
            throw Problem(description: "model is missing; \(allowed)")
        }
        switch ModelID(text) {
        case .baseModel(let model), .foundationModelARN(let model): return (model, nil)
        case .globalProfile(let model): return (model, .global)
        case .geographicProfile(_, let model): return (model, .crossRegion)
        case .applicationProfile, .customModelDeployment, .importedModel, .notOnDemand, .unknown:
            throw Problem(description: "model: \"\(text.prefix(60))\" names no model; \(allowed)")
        }
    }

    private static func scope(_ values: [String: String]) throws(Problem) -> InferenceScope? {
        guard let text = values["scope"] else { return nil }
        guard let scope = InferenceScope(rawValue: text) else {
            let scopes = InferenceScope.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(
                description: "scope: \"\(text.prefix(40))\" is not a scope; allowed: \(scopes)")
        }
        return scope
    }

    private static let fields = ["rpm", "input", "output", "cache_write", "model", "scope"]

    private static func number(_ field: String, _ values: [String: String]) throws(Problem) -> Double {
        guard let text = values[field] else {
            throw Problem(description: "\(field) is missing; allowed: a number of 0 or more")
        }
        guard let value = Double(text), value >= 0, value <= 0x1p53 else {
            throw Problem(
                description: "\(field): \"\(text.prefix(40))\" is not allowed; allowed: a number of 0 or more"
            )
        }
        return value
    }

    /// Input, cache-write and weighted output tokens of one minute.
    package func quotaTokensPerMinute(rate: Double) -> Double {
        requestsPerMinute * (inputTokens + cacheWriteTokens + outputTokens * rate)
    }
}
