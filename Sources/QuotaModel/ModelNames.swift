/// Every name by which the models of one Region are known, to find the one model that a quota's label means.
struct ModelNames: Sendable {
    enum Match: Equatable {
        case model(String)
        /// A model with traffic that no list has.
        case derived(String)
        /// Ascending.
        case ambiguous([String])
        case none
    }

    let providers: Providers
    private var modelsByWords: [[String]: Set<String>] = [:]
    /// Of models that no list has: asked only for what no listed model is named.
    private var observedByWords: [[String]: Set<String>] = [:]

    /// Collects the names of models that can be called on demand or through a profile; AWS lists provisioned-only
    /// variants (`amazon.nova-pro-v1:0:24k`) under the same names. A new model has traffic before it is in any list:
    /// what the forms of observed model IDs say of one stands in for its name.
    init(
        models: [FoundationModel], profiles: [InferenceProfile],
        observed: some Sequence<String> = EmptyCollection()
    ) {
        providers = Providers(models: models)
        var known: Set<String> = []
        for model in models where Self.isCallable(model) {
            add(ModelLabel(model.name, providers: providers), for: model.modelID)
            known.insert(model.modelID)
        }
        for profile in profiles {
            guard let route = SystemProfile(profile) else { continue }
            if let name = Self.name(of: profile, without: route.prefix) {
                add(ModelLabel(name, providers: providers), for: route.model)
            }
            known.insert(route.model)
        }
        for model in known {
            if let words = ModelIDWords(model) {
                add(ModelLabel(words: words.words, providers: providers), for: model)
            }
        }
        let listed = known.union(models.map(\.modelID))
        for model in Set(observed.compactMap { ModelID($0).model }).subtracting(listed) {
            guard let words = ModelIDWords(model) else { continue }
            Self.add(
                ModelLabel(words: words.words, providers: providers), for: model, to: &observedByWords,
                providers)
        }
    }

    /// The one model whose names equal the label, first as it stands, then without a closing `V1`.
    func match(_ label: ModelLabel) -> Match {
        let listed = models(label) { label in
            var models = modelsByWords[label.words] ?? []
            if let alias = ModelLabelAliases.model(of: label) { models.insert(alias) }
            return models
        }
        guard listed.isEmpty else { return listed.count == 1 ? .model(listed[0]) : .ambiguous(listed) }
        let observed = models(label) { observedByWords[$0.words] ?? [] }
        guard observed.count == 1 else { return observed.isEmpty ? .none : .ambiguous(observed) }
        return .derived(observed[0])
    }

    /// Those of the candidates that the label means; ascending.
    private func models(_ label: ModelLabel, among candidates: (ModelLabel) -> Set<String>) -> [String] {
        func ofVendor(_ label: ModelLabel) -> Set<String> {
            candidates(label).filter { label.vendor == nil || label.vendor == Providers.vendor(ofModel: $0) }
        }
        var found = ofVendor(label).filter { Self.versionAgrees(label, $0) }
        if found.isEmpty, let shorter = label.withoutFirstVersion {
            found = ofVendor(shorter).filter { ModelIDWords.version(of: $0) ?? 1 == 1 }
        }
        return found.sorted()
    }

    /// `X` never means a model whose ID ends in `-v2`, and `X V2` never one that ends in another version.
    private static func versionAgrees(_ label: ModelLabel, _ model: String) -> Bool {
        let version = ModelIDWords.version(of: model)
        if let stated = label.words.last.flatMap(ModelIDWords.version(word:)) {
            return version == nil || version == stated
        }
        let mentionsVersion = label.words.contains { word in
            word.count > 1 && word.first == "v" && word.dropFirst().first?.isNumber == true
        }
        return mentionsVersion || version != 2 || ModelLabelAliases.model(of: label) == model
    }

    private mutating func add(_ label: ModelLabel, for model: String) {
        Self.add(label, for: model, to: &modelsByWords, providers)
    }

    private static func add(
        _ label: ModelLabel, for model: String, to modelsByWords: inout [[String]: Set<String>],
        _ providers: Providers
    ) {
        var words = label.words
        // A provider's name is no model's name.
        guard !words.isEmpty, providers.leading(words)?.wordCount != words.count else { return }
        modelsByWords[words, default: []].insert(model)
        if words.last == "v1", words.count > 1 {
            words.removeLast()
            modelsByWords[words, default: []].insert(model)
        }
    }

    private static func isCallable(_ model: FoundationModel) -> Bool {
        model.inferenceTypes.contains("ON_DEMAND") || model.inferenceTypes.contains("INFERENCE_PROFILE")
    }

    /// `Nova Premier` of `US Nova Premier`; nil when the name does not begin with the ID's own prefix.
    private static func name(of profile: InferenceProfile, without prefix: String) -> Substring? {
        let name = profile.name.drop(while: \.isWhitespace)
        guard name.lowercased().hasPrefix(prefix) else { return nil }
        let rest = name.dropFirst(prefix.count)
        guard rest.first?.isWhitespace == true else { return nil }
        return rest
    }
}

/// A model ID read as words: `anthropic.claude-3-5-sonnet-20241022-v2:0` is `claude 3.5 sonnet v2`.
struct ModelIDWords {
    let words: [String]

    /// Nil for an ID without a vendor or without words.
    init?(_ modelID: String) {
        guard let dot = modelID.firstIndex(of: ".") else { return nil }
        var text = modelID[modelID.index(after: dot)...]
        if text.hasSuffix(":0") { text = text.dropLast(2) }
        var parts = text.split(separator: "-").map { $0.lowercased() }
        parts.removeAll { $0.count == 8 && $0.allSatisfy(\.isNumber) }
        if let last = parts.last, last.contains(":") {
            // `claude-v2:1` is Claude 2.1.
            parts[parts.count - 1] = last.split(separator: ":").joined(separator: ".")
        }
        if parts.last == "v1", parts.count > 1 { parts.removeLast() }
        let joined = Self.joiningVersions(parts)
        guard !joined.isEmpty else { return nil }
        words = joined
    }

    /// `3`, `5` of `claude-3-5-sonnet` is the version 3.5.
    private static func joiningVersions(_ parts: [String]) -> [String] {
        var joined: [String] = []
        var previousIsNumber = false
        for part in parts {
            let isNumber = part.count <= 2 && part.allSatisfy(\.isNumber)
            if isNumber, previousIsNumber, let last = joined.popLast() {
                joined.append("\(last).\(part)")
                previousIsNumber = false
            } else {
                joined.append(part)
                previousIsNumber = isNumber
            }
        }
        return joined
    }

    /// 2 of `…-v2:0` or `…-v2`; nil for an ID that does not end in a version.
    static func version(of modelID: String) -> Int? {
        let stem = modelID.prefix { $0 != ":" }
        return stem.split(separator: "-").last.flatMap { version(word: String($0)) }
    }

    /// 2 of `v2`; nil for `v2.1` and everything else.
    static func version(word: String) -> Int? {
        guard word.first == "v" else { return nil }
        return Int(word.dropFirst())
    }
}
