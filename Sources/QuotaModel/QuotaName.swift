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

        /// The same limit on calls with a long context alone; nil for requests, which CloudWatch does not tell apart.
        fileprivate var ofLongContext: Use? {
            guard let long = scope.scope(of: .longContext), long.quotaKinds.contains(kind) else { return nil }
            return Use(long, kind, factor: factor)
        }
    }

    /// One, or two for a daily quota that is doubled for cross-Region calls; none for requests with a long context.
    package let uses: [Use]
    /// AWS's words for the model, such as `Anthropic Claude Sonnet 4.5 V1`, single-spaced.
    package let label: String
    /// `1M Context Length` where the quota limits only calls with a long context; these never join the plain pool.
    package let contextWindow: String?

    /// Whether only calls with a long context draw on it.
    package var isLongContext: Bool { contextWindow != nil }

    /// Longer names are refused unread; AWS's longest has 130 characters.
    static let maximumLength = 512

    /// Reads AWS's name, whatever its case, spacing and closing period; throws why it is no quota of inference.
    package init(_ name: String) throws(QuotaNameRefusal) {
        guard name.utf8.count <= Self.maximumLength else { throw .notInference }
        var words = Self.words(of: name)
        let whole = Self.lowercased(words)
        let batch = Family.batch.first { whole.hasPrefix($0.prefix) }
        if batch == nil, let refusal = QuotaNameRefusal(lowercasedName: whole) { throw refusal }
        let phrase = whole.holds("context") ? ContextWindow.takePhrase(from: &words) : nil
        // Without its phrase a name may end where the model should stand.
        let text = phrase == nil ? whole : Self.lowercased(words) + " "
        guard let family = batch ?? Family.all.first(where: { text.hasPrefix($0.prefix) }) else {
            throw .notInference
        }

        var label = Array(words.dropFirst(family.wordCount))
        var uses = family.uses
        if family.mayBeDoubled, Self.dropDoubledSuffix(from: &label) {
            uses.append(Use(.crossRegion, .tokensPerDay, factor: 2))
        }
        contextWindow = phrase ?? ContextWindow.takeSize(from: &label)
        guard !label.isEmpty else { throw .noModel }
        self.uses = contextWindow == nil ? uses : uses.compactMap(\.ofLongContext)
        self.label = label.joined(separator: " ")
    }

    private static func words(of name: String) -> [Substring] {
        var words =
            name.utf8.allSatisfy { $0 < 0x80 }
            ? name.utf8.split { $0 == 0x20 || (0x09...0x0D).contains($0) }.map(Substring.init)
            : name.split(whereSeparator: \.isWhitespace)
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

    /// With one kind of blank and one kind of dash.
    private static func lowercased(_ words: [Substring]) -> String {
        let text = words.joined(separator: " ")
        // The only dash of ASCII is the one that is meant.
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.isDash ? "-" : $0 }))
            .lowercased()
    }
}

/// How names say that a quota limits calls with a long context only.
private enum ContextWindow {
    /// Cuts `1M Context Length`, `(1M-token context window)` or `long context` out of a name, wherever it stands.
    static func takePhrase(from words: inout [Substring]) -> String? {
        let bare = words.map(Self.bare)
        guard let middle = bare.firstIndex(where: { $0.split(separator: "-").contains("context") }) else {
            return nil
        }
        var start = middle
        while start > 0 {
            // `1M`, `1M token`, `1 million token`.
            var number = start - 1
            while number > 0, units.contains(bare[number]) { number -= 1 }
            if isSize(bare[number]) || (number < start - 1 && isNumber(bare[number])) {
                start = number
            } else if before.contains(bare[start - 1]) {
                start -= 1
            } else {
                break
            }
        }
        let end = bare[(middle + 1)...].firstIndex { !after.contains($0) } ?? words.endIndex
        let phrase = words[start..<end].joined(separator: " ").filter { !brackets.contains($0) }
        words.removeSubrange(start..<end)
        return phrase
    }

    /// Cuts a closing `1M` off: models have sizes in billions.
    static func takeSize(from label: inout [Substring]) -> String? {
        guard let last = label.last, isSize(bare(last)) else { return nil }
        label.removeLast()
        return last.filter { !brackets.contains($0) }
    }

    private static let before: Set<String> = ["long", "extended", "with", "a"]
    private static let units: Set<String> = ["token", "tokens", "million"]
    private static let after: Set<String> = ["length", "window", "windows", "size", "variant", "only"]
    private static let brackets: Set<Character> = ["(", ")", "[", "]", ","]

    private static func bare(_ word: Substring) -> String {
        word.lowercased().filter { !brackets.contains($0) }
    }

    /// `1m`, `200k`.
    private static func isSize(_ word: String) -> Bool {
        guard let unit = word.last, unit == "k" || unit == "m" else { return false }
        return isNumber(word.dropLast())
    }

    private static func isNumber(_ word: some StringProtocol) -> Bool {
        !word.isEmpty && word.allSatisfy { $0.isASCII && $0.isNumber }
    }
}

/// The beginnings of names that limit inference, lower-case and single-spaced.
private struct Family {
    let prefix: String
    let uses: [QuotaName.Use]
    var mayBeDoubled = false

    var wordCount: Int { prefix.split(separator: " ").count }

    private static let kinds: [(String, QuotaKind)] = [
        ("requests per minute", .requestsPerMinute), ("tokens per minute", .tokensPerMinute),
        ("tokens per day", .tokensPerDay),
    ]

    /// What all deployments of models that were customised from one base model share.
    static let customModels: [Family] = kinds.flatMap { kindText, kind in
        ["on demand", "on-demand"].map { demand in
            Family(
                prefix: "(model customization) sum of \(demand) custom model deployment \(kindText) for ",
                uses: [.init(.customModel, kind)])
        }
    }

    /// Of the quotas of batch inference those with a use: the others limit the size of a job.
    static let batch: [Family] = [("base", QuotaKind.batchJobs), ("custom", .customModelBatchJobs)].map {
        Family(
            prefix: "sum of in-progress and submitted batch inference jobs using a \($0) model for ",
            uses: [.init(.batch, $1)])
    }

    static let all: [Family] = {
        var families: [Family] = []
        let scopes: [(String, InferenceScope)] = [
            ("on-demand", .onDemand), ("cross-region", .crossRegion), ("global cross-region", .global),
        ]
        for (scopeText, scope) in scopes {
            for (kindText, kind) in kinds {
                // AWS's pages, and Service Quotas of 2024, call it InvokeModel.
                for action in ["model inference", "invokemodel"] {
                    families.append(
                        Family(prefix: "\(scopeText) \(action) \(kindText) for ", uses: [.init(scope, kind)]))
                }
            }
        }
        families += customModels
        for mantle in ["[bedrock-mantle endpoint]", "bedrock mantle", "bedrock-mantle"] {
            families += [
                Family(
                    prefix: "\(mantle) input tokens per minute for ",
                    uses: [.init(.mantle, .inputTokensPerMinute)]),
                Family(
                    prefix: "\(mantle) output tokens per minute for ",
                    uses: [.init(.mantle, .outputTokensPerMinute)]),
            ]
        }
        families += [
            Family(
                prefix: "model invocation max tokens per day for ", uses: [.init(.onDemand, .tokensPerDay)],
                mayBeDoubled: true)
        ]
        return families
    }()
}

/// Why a quota's name is not taken as a limit on a model's inference.
package enum QuotaNameRefusal: String, Error, CaseIterable, Sendable {
    /// How large a batch job may be; of batch inference only the number of jobs has a use.
    case batch
    /// Training, and how many models may be deployed.
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
        if Family.customModels.contains(where: { name.hasPrefix($0.prefix) }) {
            return nil
        } else if name.hasPrefix("(model customization)") {
            self = .customization
        } else if name.hasPrefix("(") {
            self = .notInference
        } else if name.holds("batch inference") {
            self = .batch
        } else if name.holds("latency-optimized") || name.holds("latency optimized")
            || name.holds("latency-optimised") || name.holds("latency optimised")
        {
            self = .latencyOptimized
        } else if name.holds("concurrent requests") {
            self = .concurrentRequests
        } else if name.holds("custom model") {
            self = .customization
        } else if name.hasPrefix("cross-model ") {
            self = .crossModel
        } else if name.holds("provisioned") || name.hasPrefix("model units ") {
            self = .provisioned
        } else {
            return nil
        }
    }
}

extension String {
    /// Whether it holds a text of ASCII: byte by byte, a hundred times as fast as by characters.
    fileprivate func holds(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { text in
            let bytes = Array(utf8)
            guard let first = text.first, bytes.count >= text.count else { return text.isEmpty }
            return (0...bytes.count - text.count).contains { start in
                bytes[start] == first && bytes[start..<start + text.count].elementsEqual(text)
            }
        }
    }
}

extension ListedQuota {
    /// `Cross-Model Max Tokens Per Day`, however it is spelled.
    var isDailyOfAllModels: Bool {
        // Most names begin otherwise.
        guard let first = name.first(where: \.isLetter), first == "c" || first == "C" else { return false }
        let words = name.lowercased().split { !$0.isLetter }.joined(separator: " ")
        return words.hasPrefix("cross model ") && words.contains("tokens per day")
    }
}
