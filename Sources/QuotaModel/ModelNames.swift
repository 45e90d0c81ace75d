/// Every name by which the models of one Region are known, to find the one model that a quota's label means.
struct ModelNames: Sendable {
    enum Match: Equatable {
        case model(String)
        /// Ascending.
        case ambiguous([String])
        case none
    }

    let providers: Providers
    private var modelsByWords: [[String]: Set<String>] = [:]

    /// Collects the names of models that can be called on demand or through a profile; AWS lists provisioned-only
    /// variants (`amazon.nova-pro-v1:0:24k`) under the same names.
    init(models: [FoundationModel], profiles: [InferenceProfile]) {
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
    }

    /// The one model whose names equal the label, first as it stands, then without a closing `V1`.
    func match(_ label: ModelLabel) -> Match {
        var found = candidates(label).filter { Self.versionAgrees(label, $0) }
        if found.isEmpty, let shorter = label.withoutFirstVersion {
            found = candidates(shorter).filter { ModelIDWords.version(of: $0) ?? 1 == 1 }
        }
        switch found.count {
        case 0: return .none
        case 1: return .model(found[0])
        default: return .ambiguous(found.sorted())
        }
    }

    private func candidates(_ label: ModelLabel) -> [String] {
        var models = modelsByWords[label.words] ?? []
        if let alias = ModelLabelAliases.model(of: label) { models.insert(alias) }
        return models.filter { label.vendor == nil || label.vendor == Providers.vendor(ofModel: $0) }
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
