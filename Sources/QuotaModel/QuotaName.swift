/// What the name of a Service Quotas entry says: the name is the only place where AWS tells what a quota limits.
package struct QuotaName: Equatable, Sendable {
    /// One limit that the quota's value sets.
    package struct Use: Equatable, Sendable {
        package let scope: InferenceScope
        package let kind: QuotaKind
        /// What the listed value is multiplied by: 2 where the name says "doubled", else 1.
        package let factor: Double

        init(_ scope: InferenceScope, _ kind: QuotaKind, factor: Double = 1) {
            self.scope = scope
            self.kind = kind
            self.factor = factor
        }
    }

    /// One, or two for a daily quota that is doubled for cross-Region calls.
    package let uses: [Use]
    /// AWS's words for the model, such as `Anthropic Claude Sonnet 4.5 V1`, single-spaced.
    package let label: String
    /// `1M Context Length` where the quota limits only calls with a long context; these never join the plain pool.
    package let contextWindow: String?

    /// Longer names are refused unread; AWS's longest has 130 characters.
    static let maximumLength = 512

    /// Reads AWS's name, whatever its case, spacing and closing period; throws why it is no quota of inference.
    package init(_ name: String) throws(QuotaNameRefusal) {
        guard name.utf8.count <= Self.maximumLength else { throw .notInference }
        let words = Self.words(of: name)
        let text = words.joined(separator: " ").lowercased()
        if let refusal = QuotaNameRefusal(lowercasedName: text) { throw refusal }
        guard let family = Family.all.first(where: { text.hasPrefix($0.prefix) }) else { throw .notInference }

        var label = Array(words.dropFirst(family.wordCount))
        var uses = family.uses
        if family.mayBeDoubled, Self.dropDoubledSuffix(from: &label) {
            uses.append(Use(.crossRegion, .tokensPerDay, factor: 2))
        }
        contextWindow = Self.dropContextWindow(from: &label)
        guard !label.isEmpty else { throw .noModel }
        self.uses = uses
        self.label = label.joined(separator: " ")
    }

    private static func words(of name: String) -> [Substring] {
        var words = name.split(whereSeparator: \.isWhitespace)
        while let last = words.last, last.hasSuffix(".") {
            words.removeLast()
            let trimmed = last.dropLast()
            if !trimmed.isEmpty { words.append(trimmed) }
        }
        return words
    }

    /// AWS doubles the daily quota for cross-Region calls. The values bear it out: Claude Opus 4.5 has 2,000,000
    /// tokens per minute cross-Region and 1,440,000,000 per day listed, and 2,000,000 x 1,440 is twice that.
    private static let doubledSuffix = ["(doubled", "for", "cross-region", "calls)"]

    private static func dropDoubledSuffix(from label: inout [Substring]) -> Bool {
        var found = false
        while label.count >= doubledSuffix.count,
            label.suffix(doubledSuffix.count).map({ $0.lowercased() }) == doubledSuffix
        {
            label.removeLast(doubledSuffix.count)
            found = true
        }
        return found
    }

    /// Cuts `1M Context Length` off the end, in parentheses or not.
    private static func dropContextWindow(from label: inout [Substring]) -> String? {
        let words = label.map { $0.lowercased().filter { $0 != "(" && $0 != ")" } }
        guard var start = words.firstIndex(of: "context") else { return nil }
        if start > 0, isSize(words[start - 1]) { start -= 1 }
        let window = label[start...].joined(separator: " ").filter { $0 != "(" && $0 != ")" }
        label.removeSubrange(start...)
        return window
    }

    /// `1m`, `200k`.
    private static func isSize(_ word: String) -> Bool {
        guard let unit = word.last, unit == "k" || unit == "m" else { return false }
        return word.count > 1 && word.dropLast().allSatisfy { $0.isASCII && $0.isNumber }
    }
}

/// The beginnings of names that limit inference, lower-case and single-spaced.
private struct Family {
    let prefix: String
    let uses: [QuotaName.Use]
    var mayBeDoubled = false

    var wordCount: Int { prefix.split(separator: " ").count }

    static let all: [Family] = {
        var families: [Family] = []
        let scopes: [(String, InferenceScope)] = [
            ("on-demand", .onDemand), ("cross-region", .crossRegion), ("global cross-region", .global),
        ]
        let kinds: [(String, QuotaKind)] = [
            ("requests per minute", .requestsPerMinute), ("tokens per minute", .tokensPerMinute),
            ("tokens per day", .tokensPerDay),
        ]
        for (scopeText, scope) in scopes {
            for (kindText, kind) in kinds {
                families.append(
                    Family(
                        prefix: "\(scopeText) model inference \(kindText) for ", uses: [.init(scope, kind)]))
            }
        }
        let mantle = "[bedrock-mantle endpoint]"
        families += [
            Family(
                prefix: "\(mantle) input tokens per minute for ",
                uses: [.init(.mantle, .inputTokensPerMinute)]),
            Family(
                prefix: "\(mantle) output tokens per minute for ",
                uses: [.init(.mantle, .outputTokensPerMinute)]),
            Family(
                prefix: "model invocation max tokens per day for ", uses: [.init(.onDemand, .tokensPerDay)],
                mayBeDoubled: true),
        ]
        return families
    }()
}

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
