/// Where usage comes from: one namespace of CloudWatch, one dimension set of it, and what its metrics mean.
///
/// Invariant 1: exactly one set of each endpoint is counted, {ModelId} of bedrock-runtime and {Model} of bedrock-mantle. The
/// other sets that are read tell a part of the same traffic: it is taken out of the pool that the whole belongs to, and set
/// against the part's own quotas. Every further source is another value in `all`.
package struct UsageSource: Sendable {
    /// What its figures are beside those of its endpoint.
    package enum Part: Sendable {
        /// All traffic of a model ID.
        case whole
        /// What reserved capacity served: it draws on no on-demand quota.
        case reserved
        /// Calls with a long context, which have quotas of their own.
        case longContext
    }

    /// First part of the names of its series; empty for bedrock-runtime, whose series are named by the model ID alone.
    package let name: String
    /// Such as `AWS/Bedrock`.
    package let namespace: String
    /// Its whole dimension set; the model's dimension is the last.
    package let dimensions: [String]
    /// CloudWatch's names of its metrics, the usual spelling first; the one with data is taken, never their sum.
    package let metricNames: [UsageMetric: [String]]
    /// All of these names in the order of the metrics, each with its rank: 0 for the usual spelling.
    package let metrics: [(metric: UsageMetric, rank: Int, name: String)]
    package let part: Part
    /// Which values of the dimensions before the model's tell this part; others are not read.
    private let selects: @Sendable ([String]) -> Bool

    private init(
        name: String, namespace: String, dimensions: [String], metricNames: [UsageMetric: [String]],
        part: Part,
        selects: @escaping @Sendable ([String]) -> Bool
    ) {
        self.name = name
        self.namespace = namespace
        self.dimensions = dimensions
        self.metricNames = metricNames
        metrics = UsageMetric.allCases.flatMap { metric in
            (metricNames[metric] ?? []).enumerated().map { (metric, $0.offset, $0.element) }
        }
        self.part = part
        self.selects = selects
    }

    package static let all: [UsageSource] = [runtime, mantle, serviceTier, contextWindow]

    /// The namespaces to be listed, each once.
    package static let namespaces = all.reduce(into: [String]()) { names, source in
        if !names.contains(source.namespace) { names.append(source.namespace) }
    }

    /// Of batch inference, whose jobs are listed and not counted by their metrics: only whether there are any is asked.
    package static let batchNamespace = "AWS/Bedrock/Batch"

    package static let runtime = UsageSource(
        name: "", namespace: "AWS/Bedrock", dimensions: ["ModelId"],
        metricNames: Dictionary(
            uniqueKeysWithValues: UsageMetric.allCases.map { ($0, $0.cloudWatchNames) }),
        part: .whole, selects: { _ in true })

    /// Page monitoring-mantle-metrics: each level (account, project, model, both) tells the same requests again.
    package static let mantle = UsageSource(
        name: "mantle", namespace: "AWS/BedrockMantle", dimensions: ["Model"],
        metricNames: [
            .invocations: ["Inferences"], .inputTokens: ["TotalInputTokens"],
            .outputTokens: ["TotalOutputTokens"], .clientErrors: ["InferenceClientErrors"],
        ], part: .whole, selects: { _ in true })

    /// What was asked for as reserved and served as reserved; what overflows to the default tier is on-demand use.
    private static let serviceTier = UsageSource(
        name: "tier", namespace: "AWS/Bedrock",
        dimensions: ["ServiceTier", "ResolvedServiceTier", "ModelId"],
        metricNames: splitNames([.invocations] + tokenMetrics), part: .reserved,
        selects: { $0.last?.lowercased() == "reserved" })

    /// Only the token metrics have this set; requests with a long context stay in the plain pool.
    private static let contextWindow = UsageSource(
        name: "context", namespace: "AWS/Bedrock", dimensions: ["ContextWindow", "ModelId"],
        metricNames: splitNames(tokenMetrics), part: .longContext,
        selects: { $0.last.map(isLong) ?? false })

    private static let tokenMetrics: [UsageMetric] = [
        .inputTokens, .outputTokens, .cacheReadInputTokens, .cacheWriteInputTokens,
    ]

    private static func splitNames(_ metrics: [UsageMetric]) -> [UsageMetric: [String]] {
        Dictionary(uniqueKeysWithValues: metrics.map { ($0, $0.cloudWatchNames) })
    }

    /// `1M`, `1000k`, `1000000`: above the 200,000 tokens of a plain call. The values are not documented; what is not
    /// understood is not split.
    private static func isLong(_ window: String) -> Bool {
        let text = window.lowercased()
        let factor = text.hasSuffix("m") ? 1_000_000.0 : text.hasSuffix("k") ? 1000 : 1
        guard let size = Double(factor == 1 ? text[...] : text.dropLast()) else { return false }
        return size * factor > 200_000
    }

    /// The metric of a CloudWatch name in either spelling; nil for one that is not read.
    package func metric(named name: String) -> UsageMetric? {
        guard let metric = Self.metricsByName[self.name]?[name] else { return nil }
        return metric
    }

    private static let metricsByName: [String: [String: UsageMetric]] = Dictionary(
        uniqueKeysWithValues: all.map { source in
            let pairs = source.metricNames.flatMap { metric, names in names.map { ($0, metric) } }
            return (source.name, Dictionary(uniqueKeysWithValues: pairs))
        })

    fileprivate func isRead(_ values: [String]) -> Bool { selects(values) }
}

/// The name of a series in the store and in memory: the model ID for what bedrock-runtime counts, else
/// `source/values of the other dimensions/model`, such as `mantle/openai.gpt-5.5` or `tier/reserved/reserved/amazon.nova-pro-v1:0`.
package struct SeriesName: Sendable {
    package let source: UsageSource
    /// Of the dimensions before the model's.
    package let values: [String]
    /// The value of the model's dimension, exactly as CloudWatch spells it.
    package let modelID: String

    /// Reads a name. No model ID begins like the name of another source; see `init(namespace:dimensions:)`.
    package init(_ text: String) {
        if let (source, values, modelID) = Self.split(text) {
            self.source = source
            self.values = values
            self.modelID = modelID
        } else {
            source = .runtime
            values = []
            modelID = text
        }
    }

    /// The series of a listed dimension set; nil for sets and values that are not read, and for a model ID that would be
    /// read as another source's.
    package init?(namespace: String, dimensions: [(name: String, value: String)]) {
        for source in UsageSource.all where source.namespace == namespace {
            guard dimensions.count == source.dimensions.count else { continue }
            let ordered = source.dimensions.compactMap { name in dimensions.first { $0.name == name }?.value }
            guard ordered.count == source.dimensions.count, let modelID = ordered.last else { continue }
            let values = Array(ordered.dropLast())
            guard source.isRead(values), values.allSatisfy({ !$0.isEmpty && !$0.contains("/") }) else {
                return nil
            }
            self.source = source
            self.values = values
            self.modelID = modelID
            if source.name.isEmpty, Self.split(modelID) != nil { return nil }
            return
        }
        return nil
    }

    /// The text that `init(_:)` reads.
    package var text: String {
        source.name.isEmpty ? modelID : ([source.name] + values + [modelID]).joined(separator: "/")
    }

    /// The exact dimension set.
    package var dimensions: [(name: String, value: String)] {
        zip(source.dimensions, values + [modelID]).map { ($0, $1) }
    }

    /// Whether the series tells a part of what another series counts.
    package var isPart: Bool { source.part != .whole }

    /// The series that counts what this one is a part of; itself where it is whole.
    package var whole: String { isPart ? modelID : text }

    /// Whether a name is that of a model ID of bedrock-runtime.
    package static func isRuntime(_ text: String) -> Bool { split(text) == nil }

    private static func split(_ text: String) -> (UsageSource, [String], String)? {
        // Most names are model IDs, which have no slash.
        let slash = UInt8(ascii: "/")
        guard text.utf8.withContiguousStorageIfAvailable({ $0.contains(slash) }) ?? true,
            let slash = text.utf8.firstIndex(of: slash), slash > text.startIndex,
            let source = UsageSource.all.first(where: { $0.name == text[..<slash] })
        else { return nil }
        let parts = text[text.index(after: slash)...].split(
            separator: "/", maxSplits: source.dimensions.count - 1, omittingEmptySubsequences: false)
        guard parts.count == source.dimensions.count, let modelID = parts.last, !modelID.isEmpty else {
            return nil
        }
        return (source, parts.dropLast().map(String.init), String(modelID))
    }
}
