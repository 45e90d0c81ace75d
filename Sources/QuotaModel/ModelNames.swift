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

    /// Names and the models that have them.
    private struct Index {
        private var models: [[String]: Set<String>] = [:]
        /// Names that stand for their models without a provider: "M2" is not MiniMax M2.
        private var bare: [[String]: Set<String>] = [:]

        subscript(label: ModelLabel) -> Set<String> {
            (label.vendor == nil ? bare[label.words] : models[label.words]) ?? []
        }

        mutating func add(_ label: ModelLabel, for model: String, isBare: Bool) {
            add(label.words, for: model, isBare: isBare)
            if let shorter = label.withoutFirstVersion { add(shorter.words, for: model, isBare: isBare) }
        }

        private mutating func add(_ words: [String], for model: String, isBare: Bool) {
            models[words, default: []].insert(model)
            if isBare { bare[words, default: []].insert(model) }
        }
    }

    let providers: Providers
    private var listed = Index()
    /// Of models that no list has: asked only for what no listed model is named.
    private var observed = Index()

    /// Collects the names of models that can be called on demand or through a profile; AWS lists provisioned-only
    /// variants (`amazon.nova-pro-v1:0:24k`) under the same names. A new model has traffic before it is in any list:
    /// what the forms of observed model IDs say of one stands in for its name.
    init(
        models: [FoundationModel], profiles: [InferenceProfile],
        observed: some Sequence<String> = EmptyCollection()
    ) {
        let seen = Set(observed.compactMap { ModelID($0).model })
        let routes = profiles.compactMap { profile in SystemProfile(profile).map { (profile, $0) } }
        let providers = Providers(
            models: models, modelIDs: models.map(\.modelID) + routes.map { $0.1.model } + seen)
        self.providers = providers
        var known = Set(routes.map { $0.1.model })
        /// Models whose own names begin with the provider.
        var named: Set<String> = []
        for model in models where Self.isCallable(model) {
            let label = ModelLabel(model.name, providers: providers)
            Self.add(label, for: model.modelID, to: &listed, providers, isBare: label.vendor == nil)
            known.insert(model.modelID)
            if label.vendor != nil { named.insert(model.modelID) }
        }
        for (profile, route) in routes {
            guard let name = Self.name(of: profile, without: route.prefix) else { continue }
            let label = ModelLabel(name, providers: providers)
            Self.add(label, for: route.model, to: &listed, providers, isBare: label.vendor == nil)
        }
        for model in known {
            Self.addReadings(of: model, to: &listed, providers, mayBeBare: !named.contains(model))
        }
        for model in seen.subtracting(known).subtracting(models.map(\.modelID)) {
            Self.addReadings(of: model, to: &self.observed, providers, mayBeBare: true)
        }
    }

    /// The one model whose names equal the label, first as it stands, then without a closing `V1`.
    func match(_ label: ModelLabel) -> Match {
        let listed = models(label) { label in
            var models = self.listed[label]
            if let alias = ModelLabelAliases.model(of: label) { models.insert(alias) }
            return models
        }
        guard listed.isEmpty else { return listed.count == 1 ? .model(listed[0]) : .ambiguous(listed) }
        let observed = models(label) { self.observed[$0] }
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

    /// `X` never means a model whose ID ends in `-v2`, and `X V2` never one that ends in another version, unless the ID
    /// states both, as `deepseek.v3-v1:0` does.
    private static func versionAgrees(_ label: ModelLabel, _ model: String) -> Bool {
        let version = ModelIDWords.version(of: model)
        guard let last = label.words.last else { return false }
        if let stated = ModelIDWords.version(word: last) {
            return version == nil || version == stated || ModelIDWords(model)?.words.contains(last) == true
        }
        return label.statesVersion || version != 2 || last == "2" || last.hasPrefix("2.")
            || ModelLabelAliases.model(of: label) == model
    }

    private static func add(
        _ label: ModelLabel, for model: String, to index: inout Index, _ providers: Providers, isBare: Bool
    ) {
        // A provider's name is no model's name.
        guard !label.words.isEmpty, providers.leading(label.words)?.wordCount != label.words.count else {
            return
        }
        index.add(label, for: model, isBare: isBare)
    }

    /// Adds what an ID says; without its provider only where it begins with a name, not with `v3.2` or `r1`.
    private static func addReadings(
        of model: String, to index: inout Index, _ providers: Providers, mayBeBare: Bool
    ) {
        for words in ModelIDWords.readings(of: model) {
            let label = ModelLabel(words: words, providers: providers)
            let beginsWithName = label.words.first?.filter(\.isLetter).count ?? 0 >= shortestName
            add(
                label, for: model, to: &index, providers,
                isBare: mayBeBare && label.vendor == nil && beginsWithName)
        }
    }

    /// Letters of `gpt` and `glm`.
    private static let shortestName = 3

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
        parts.removeAll(where: Self.isDate)
        if let last = parts.last, last.contains(":") {
            // `claude-v2:1` is Claude 2.1.
            parts[parts.count - 1] = last.split(separator: ":").joined(separator: ".")
        }
        if parts.last == "v1", parts.count > 1 { parts.removeLast() }
        let joined = Self.joiningVersions(parts.flatMap(ModelLabel.parts))
        guard !joined.isEmpty else { return nil }
        words = joined
    }

    /// Every way in which AWS's names are known to follow from an ID.
    static func readings(of modelID: String) -> [[String]] {
        guard let plain = ModelIDWords(modelID)?.words else { return [] }
        var readings = [plain]
        if let date = modelID.split(separator: "-").first(where: { isDate($0) }) {
            let day = [date.prefix(4), date.dropFirst(4).prefix(2), date.suffix(2)].map(String.init)
            readings += [plain + [String(date)], plain + day]
        }
        guard let last = plain.last, plain.count > 1 else { return readings }
        // `gemma-3-4b-it` is the quotas' "Gemma 3 4B"; where `-pt` can be called as well, the name fits both.
        if ["it", "pt"].contains(last) { readings.append(plain.dropLast()) }
        // `gpt-oss-120b-1:0` is "GPT OSS 120B".
        if modelID.hasSuffix("-1:0") { readings.append(plain.dropLast()) }
        // `mistral-large-2402` is "Mistral Large 24.02".
        if last.count == 4, let month = Int(last.suffix(2)), (1...12).contains(month), Int(last) != nil {
            readings.append(plain.dropLast() + ["\(last.prefix(2)).\(last.suffix(2))"])
        }
        // `ministral-3-8b-instruct` is "Ministral 8B 3.0".
        if last == "instruct", plain.count == 4, Int(plain[1]) != nil, plain[2].last == "b" {
            readings.append([plain[0], plain[2], "\(plain[1]).0"])
        }
        return readings
    }

    private static func isDate(_ part: some StringProtocol) -> Bool {
        part.count == 8 && part.allSatisfy { $0.isASCII && $0.isNumber }
    }

    /// `3`, `5` of `claude-3-5-sonnet` is the version 3.5, as is `v3`, `5` of `rerank-v3-5`.
    private static func joiningVersions(_ parts: [String]) -> [String] {
        var joined: [String] = []
        var previousIsNumber = false
        for part in parts {
            let isNumber = part.count <= 2 && part.allSatisfy(\.isNumber)
            if isNumber, previousIsNumber, let last = joined.popLast() {
                joined.append("\(last.first == "v" ? last.dropFirst() : last[...]).\(part)")
                previousIsNumber = false
            } else {
                joined.append(part)
                previousIsNumber = isNumber || version(word: part).map { $0 < 100 } == true
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
