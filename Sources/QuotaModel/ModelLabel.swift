/// A model's name in any of AWS's spellings, reduced to what tells models apart.
///
/// Two labels are the same when their words are equal after case, punctuation and the provider's name are taken
/// away. Words are kept apart, so that `Llama 3.1 8B` and `Llama 3 18B` stay two; a name and its number are two words,
/// joined or not, so that `GPT6` is `GPT-6`.
struct ModelLabel: Hashable, Sendable {
    /// The vendor part of model IDs, such as `amazon`, where the label names its provider.
    let vendor: String?
    /// Lower-case words without the provider, such as `claude`, `sonnet`, `4.5`.
    let words: [String]
    /// It states a version with a `v`, as in `V2` or `V2.1`.
    let statesVersion: Bool

    private static func statesVersion(_ words: [String]) -> Bool {
        words.contains { $0.first == "v" && $0.dropFirst().first?.isNumber == true }
    }

    /// `qwen3` is `qwen`, `3`; `v2.1` is `2.1`, as no model has both spellings; `v1.0` is `v1`.
    static func parts(of word: String) -> [String] {
        guard let start = word.firstIndex(where: \.isNumber), start > word.startIndex,
            word[..<start].allSatisfy({ $0.isASCII && $0.isLetter }),
            word[start...].allSatisfy({ $0 == "." || ($0.isASCII && $0.isNumber) })
        else { return [word] }
        let number = String(word[start...])
        guard word[..<start] == "v" else { return [String(word[..<start]), number] }
        if number.hasSuffix(".0") { return ["v\(number.dropLast(2))"] }
        return number.contains(".") ? [number] : [word]
    }

    /// Reads a name, recognising the providers of `Providers`; a name of nothing but a provider keeps it.
    init(_ text: some StringProtocol, providers: Providers) {
        self.init(words: Self.words(of: text), providers: providers)
    }

    /// Takes the provider off words that are lower-case already.
    init(words all: [String], providers: Providers) {
        // `qwen3` begins with its provider, `ai21` is one.
        var words = all.flatMap { providers.leading([$0]) == nil ? Self.parts(of: $0) : [$0] }
        var vendor: String?
        // "Mistral AI Mistral Large" names its provider twice.
        while let match = providers.leading(words), vendor == nil || vendor == match.vendor {
            guard match.wordCount < words.count else { break }
            words.removeFirst(match.wordCount)
            vendor = match.vendor
        }
        self.init(vendor: vendor, words: words, statesVersion: Self.statesVersion(all))
    }

    /// The label without a closing `V1`, which AWS adds to some names and leaves out of others; nil without one.
    var withoutFirstVersion: ModelLabel? {
        guard words.last == "v1", words.count > 1 else { return nil }
        return ModelLabel(vendor: vendor, words: words.dropLast(), statesVersion: false)
    }

    private init(vendor: String?, words: [String], statesVersion: Bool) {
        self.vendor = vendor
        self.words = words
        self.statesVersion = statesVersion
    }

    /// Lower-case words. A period stays only between digits (`4.5`), a plus is a word (`Command R+`), and
    /// characters beyond ASCII other than blanks and dashes are never dropped: they would hide a difference.
    static func words(of text: some StringProtocol) -> [String] {
        var words: [String] = []
        var word = ""
        let scalars = Array(text.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            if scalar == "+" {
                if !word.isEmpty { words.append(word) }
                words.append("plus")
                word = ""
            } else if isPart(scalar, at: index, of: scalars) {
                word.unicodeScalars.append(scalar)
            } else if !word.isEmpty {
                words.append(word)
                word = ""
            }
        }
        if !word.isEmpty { words.append(word) }
        return words.map { $0.lowercased() }
    }

    private static func isPart(_ scalar: Unicode.Scalar, at index: Int, of scalars: [Unicode.Scalar]) -> Bool
    {
        guard scalar.isASCII else { return !(scalar.properties.isWhitespace || scalar.properties.isDash) }
        if scalar == "." {
            return index > 0 && index + 1 < scalars.count && isDigit(scalars[index - 1])
                && isDigit(scalars[index + 1])
        }
        return isDigit(scalar) || scalar.properties.isAlphabetic
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}

/// How providers are spelled in names, and what they are called in model IDs.
struct Providers: Sendable {
    struct Match {
        let vendor: String
        let wordCount: Int
    }

    /// Spellings found in names of quotas, models and profiles.
    private static let known: [(words: [String], vendor: String)] = [
        (["ai21", "labs"], "ai21"), (["ai21"], "ai21"), (["amazon"], "amazon"), (["anthropic"], "anthropic"),
        (["cohere"], "cohere"), (["deepseek"], "deepseek"), (["google"], "google"), (["luma", "ai"], "luma"),
        (["luma"], "luma"), (["meta"], "meta"), (["minimax"], "minimax"), (["mistral", "ai"], "mistral"),
        (["mistral"], "mistral"), (["moonshot", "ai"], "moonshot"), (["moonshot"], "moonshot"),
        (["moonshotai"], "moonshot"), (["nvidia"], "nvidia"), (["openai"], "openai"), (["qwen"], "qwen"),
        (["stability", "ai"], "stability"), (["stability"], "stability"), (["twelve", "labs"], "twelvelabs"),
        (["twelvelabs"], "twelvelabs"), (["writer", "ai"], "writer"), (["writer"], "writer"),
        (["xai"], "xai"),
        (["z", "ai"], "zai"), (["zai"], "zai"),
    ]

    /// `xai` is not the vendor `x`.
    private static let shortestStem = 4

    private var spellings: [[String]: String]
    private let longest: Int

    /// What may stand behind a vendor's name, joined in its model IDs or not.
    private static let companies = ["ai", "labs"]

    /// The known spellings, those of providers that AWS lists and we have not seen, and what these model IDs say of
    /// their vendors.
    init(models: [FoundationModel] = [], modelIDs: some Sequence<String> = EmptyCollection()) {
        var spellings = Dictionary(
            Self.known.map { ($0.words, $0.vendor) }, uniquingKeysWith: { first, _ in first })
        for model in models {
            let words = ModelLabel.words(of: model.provider)
            guard !words.isEmpty, spellings[words] == nil else { continue }
            spellings[words] = Self.vendor(ofModel: model.modelID)
        }
        let vendors = Set(modelIDs.map(Self.vendor))
        for vendor in vendors where spellings[[vendor]] == nil { spellings[[vendor]] = vendor }
        var claims: [[String]: Set<String>] = [:]
        for vendor in vendors {
            for words in Self.spellings(of: vendor) { claims[words, default: []].insert(vendor) }
        }
        for (words, claimants) in claims where spellings[words] == nil && claimants.count == 1 {
            spellings[words] = claimants.first
        }
        self.spellings = spellings
        longest = spellings.keys.map(\.count).max() ?? 0
    }

    /// `acme`, `acme ai` and `acme labs` of the vendor `acme`, `acme labs` of `acmelabs`, whose `acme` may be another.
    private static func spellings(of vendor: String) -> [[String]] {
        var spellings = [[vendor]] + companies.map { [vendor, $0] }
        for company in companies where vendor.hasSuffix(company) {
            let stem = String(vendor.dropLast(company.count))
            if stem.count >= shortestStem { spellings.append([stem, company]) }
        }
        return spellings
    }

    /// The provider that the words begin with, in its longest spelling.
    func leading(_ words: [String]) -> Match? {
        for count in stride(from: min(longest, words.count), to: 0, by: -1) {
            if let vendor = spellings[Array(words.prefix(count))] {
                return Match(vendor: vendor, wordCount: count)
            }
        }
        return nil
    }

    /// `amazon` of `amazon.nova-pro-v1:0`; Moonshot AI's two spellings count as one.
    static func vendor(ofModel modelID: String) -> String {
        let vendor = modelID.prefix { $0 != "." }
        return vendor == "moonshotai" ? "moonshot" : String(vendor)
    }
}

/// Labels that AWS spells unlike the model's own name, each confirmed by two independent sources (see
/// `QuotaCodeTable`). Checked September 2026 against Service Quotas of us-east-1.
enum ModelLabelAliases {
    /// The model that the label is known to mean, or nil.
    static func model(of label: ModelLabel) -> String? {
        let matches = rows.filter { $0.words == label.words }
        return matches.first { label.vendor == nil || label.vendor == Providers.vendor(ofModel: $0.model) }?
            .model
    }

    private static let rows: [(words: [String], model: String)] = [
        // "Mistral AI Mixtral 8X7BB Instruct" is AWS's spelling of the token quota.
        ("mixtral 8x7bb instruct", "mistral.mixtral-8x7b-instruct-v0:1"),
        ("gemma 3 4b", "google.gemma-3-4b-it"),
        ("gemma 3 12b", "google.gemma-3-12b-it"),
        ("gemma 3 27b", "google.gemma-3-27b-it"),
        ("ministral 3b 3.0", "mistral.ministral-3-3b-instruct"),
        ("ministral 8b 3.0", "mistral.ministral-3-8b-instruct"),
        ("ministral 14b 3.0", "mistral.ministral-3-14b-instruct"),
        ("magistral small 1.2", "mistral.magistral-small-2509"),
        ("voxtral mini 1.0", "mistral.voxtral-mini-3b-2507"),
        ("voxtral small 1.0", "mistral.voxtral-small-24b-2507"),
        ("nemotron nano 2", "nvidia.nemotron-nano-9b-v2"),
        ("nemotron nano 2 vl", "nvidia.nemotron-nano-12b-v2"),
        ("llama 4 maverick", "meta.llama4-maverick-17b-instruct-v1:0"),
        ("llama 4 scout", "meta.llama4-scout-17b-instruct-v1:0"),
        // The old `amazon.titan-e1t-medium` has this very name in ListFoundationModels: both listed, it is ambiguous.
        ("titan text embeddings", "amazon.titan-embed-text-v1"),
        // So is `amazon.titan-embed-g1-text-02`, which is not V2: with it in the list, this is ambiguous, too.
        ("titan text embeddings v2", "amazon.titan-embed-text-v2:0"),
        ("stable diffusion xl 1.0", "stability.stable-diffusion-xl-v1"),
    ].map { text, model in
        (text.split(separator: " ").flatMap { ModelLabel.parts(of: String($0)) }, model)
    }
}
