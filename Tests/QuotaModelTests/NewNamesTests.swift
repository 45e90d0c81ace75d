import Testing

@testable import QuotaModel

/// Names newer than every table: models, quotas and profiles as AWS may list them tomorrow, each with its true model.
///
/// The codes are invented, so that the table of known codes has no part in it. Nothing may be matched wrongly, and the
/// share that is matched rightly must not fall.
@Suite struct NewNamesTests {
    /// A model that nobody has seen, with the words by which its quotas may call it.
    struct NewModel {
        let id: String
        let name: String
        let provider: String
        /// The provider's spellings in names of quotas; an empty one drops it.
        let vendors: [String]
        /// Labels without the provider.
        let labels: [String]

        init(_ id: String, _ name: String, _ provider: String, _ vendors: [String], _ labels: [String]) {
            self.id = id
            self.name = name
            self.provider = provider
            self.vendors = vendors
            self.labels = labels
        }

        var listed: FoundationModel {
            FoundationModel(
                modelID: id, name: name, provider: provider,
                inferenceTypes: ["ON_DEMAND", "INFERENCE_PROFILE"])
        }
    }

    static let models: [NewModel] = {
        func anthropic(_ id: String, _ name: String, _ more: [String] = []) -> NewModel {
            NewModel("anthropic.\(id)", name, "Anthropic", ["Anthropic", ""], [name] + more)
        }
        func amazon(_ id: String, _ name: String, _ more: [String] = []) -> NewModel {
            NewModel("amazon.\(id)", name, "Amazon", ["Amazon"], [name] + more)
        }
        func openAI(_ id: String, _ name: String, _ more: [String] = []) -> NewModel {
            NewModel("openai.\(id)", name, "OpenAI", ["OpenAI", ""], [name] + more)
        }
        let known: [NewModel] = [
            anthropic("claude-opus-4-9", "Claude Opus 4.9"), anthropic("claude-opus-6", "Claude Opus 6"),
            anthropic(
                "claude-opus-6-5-20270301-v1:0", "Claude Opus 6.5",
                ["Claude Opus 6.5 20270301", "Claude Opus 6.5 2027-03-01"]),
            anthropic("claude-sonnet-5-5", "Claude Sonnet 5.5"),
            anthropic("claude-sonnet-6-20270601-v1:0", "Claude Sonnet 6", ["Claude Sonnet 6 (20270601)"]),
            anthropic("claude-sonnet-6-20270901-v2:0", "Claude Sonnet 6 v2", ["Claude Sonnet 6 V2"]),
            anthropic("claude-haiku-5", "Claude Haiku 5"),
            anthropic("claude-haiku-5-1-v1", "Claude Haiku 5.1"),
            anthropic("claude-fable-6", "Claude Fable 6"),
            anthropic("claude-opus-6-fast", "Claude Opus 6 Fast"),
            anthropic("claude-mythos-preview", "Claude Mythos Preview", ["Claude Mythos (Preview)"]),
            amazon("nova-3-lite-v1:0", "Nova 3 Lite"), amazon("nova-3-pro-v1:0", "Nova 3 Pro"),
            amazon("nova-3-5-pro-v1:0", "Nova 3.5 Pro"),
            amazon("nova-3-premier-preview-v1:0", "Nova 3 Premier Preview", ["Nova 3 Premier (Preview)"]),
            amazon("nova-canvas-v2:0", "Nova Canvas v2", ["Nova Canvas V2"]),
            amazon("nova-reel-v2:1", "Nova Reel v2.1", ["Nova Reel V2.1", "Nova Reel2.1", "Nova Reel 2.1"]),
            amazon("titan-embed-text-v3:0", "Titan Text Embeddings V3"),
            amazon("rerank-v2:0", "Rerank 2.0"),
            openAI("gpt-6.1-sol", "GPT-6.1 Sol", ["GPT 6.1 Sol", "GPT6.1 Sol"]),
            openAI("gpt-7", "GPT 7", ["GPT-7"]),
            openAI("gpt-6-terra", "GPT-6 Terra", ["GPT 6 Terra"]),
            openAI("gpt-oss-2-200b-1:0", "gpt-oss-2-200b", ["GPT OSS 2 200B"]),
            openAI("gpt-oss-safeguard-2-20b", "GPT OSS Safeguard 2 20B"),
            NewModel(
                "meta.llama4-1-scout-17b-instruct-v1:0", "Llama 4.1 Scout 17B Instruct", "Meta", ["Meta"],
                ["Llama 4.1 Scout 17B Instruct"]),
            NewModel(
                "meta.llama5-70b-instruct-v1:0", "Llama 5 70B Instruct", "Meta", ["Meta"],
                ["Llama 5 70B Instruct", "Llama5 70B Instruct"]),
            NewModel(
                "meta.llama5-maverick-400b-v1:0", "Llama 5 Maverick", "Meta", ["Meta"], ["Llama 5 Maverick"]),
            NewModel(
                "qwen.qwen4-235b-a22b-v1:0", "Qwen4 235B A22B", "Qwen", [""],
                ["Qwen4 235B a22b", "Qwen 4 235B A22B"]),
            NewModel("qwen.qwen3.5-coder-next", "Qwen3.5 Coder Next", "Qwen", [""], ["Qwen3.5 Coder Next"]),
            NewModel("qwen.qwen4-vl-32b", "Qwen4 VL 32B (dense)", "Qwen", [""], ["Qwen4 VL 32B"]),
            NewModel(
                "mistral.mistral-large-4-900b-instruct", "Mistral Large 4", "Mistral AI", ["Mistral AI", ""],
                ["Mistral Large 4"]),
            NewModel(
                "mistral.mistral-medium-2703-v1:0", "Mistral Medium (27.03)", "Mistral AI",
                ["Mistral AI", ""],
                ["Mistral Medium 27.03", "Mistral Medium (27.03)", "Mistral Medium 2703"]),
            NewModel(
                "mistral.devstral-3-123b", "Devstral 3 123B", "Mistral AI", ["Mistral", ""],
                ["Devstral 3 123b"]),
            NewModel(
                "mistral.ministral-4-8b-instruct", "Ministral 4 8B", "Mistral AI", ["", "Mistral"],
                ["Ministral 4 8B", "Ministral 8B 4.0"]),
            NewModel("google.gemma-4-27b-it", "Gemma 4 27B IT", "Google", ["", "Google"], ["Gemma 4 27B"]),
            NewModel("google.gemma-3-1b-it", "Gemma 3 1B IT", "Google", ["", "Google"], ["Gemma 3 1B"]),
            NewModel("deepseek.v4-v1:0", "DeepSeek-V4", "DeepSeek", ["DeepSeek"], ["V4"]),
            NewModel("deepseek.v3.5", "DeepSeek V3.5", "DeepSeek", ["DeepSeek"], ["V3.5"]),
            NewModel("deepseek.r2-v1:0", "DeepSeek-R2", "DeepSeek", ["DeepSeek"], ["R2", "R2 V1"]),
            NewModel(
                "minimax.minimax-m3.5", "MiniMax M3.5", "MiniMax", [""], ["Minimax M3.5", "MiniMax-M3.5"]),
            NewModel("moonshotai.kimi-k4", "Kimi K4", "Moonshot AI", ["Moonshot AI", ""], ["Kimi K4"]),
            NewModel(
                "moonshotai.kimi-k3.5-thinking", "Kimi K3.5 Thinking", "Moonshot AI", ["Moonshot AI", ""],
                ["Kimi K3.5 Thinking"]),
            NewModel(
                "zai.glm-5.5-air", "GLM 5.5 Air", "Z.AI", ["Z.ai", ""], ["GLM 5.5 Air", "GLM-5.5 Air"]),
            NewModel(
                "nvidia.nemotron-ultra-4-500b", "NVIDIA Nemotron 4 Ultra 500B A40B", "NVIDIA",
                ["NVIDIA", ""],
                ["Nemotron 4 Ultra 500B A40B"]),
            NewModel(
                "writer.palmyra-x6-v1:0", "Palmyra X6", "Writer", ["Writer AI", "Writer"], ["Palmyra X6"]),
            NewModel("xai.grok-5-fast", "Grok 5 Fast", "xAI", ["xAI", ""], ["Grok 5 Fast", "Grok-5 Fast"]),
            NewModel("xai.grok-5.1", "Grok 5.1", "xAI", ["xAI", ""], ["Grok 5.1"]),
            NewModel(
                "twelvelabs.pegasus-1-5-v1:0", "Pegasus v1.5", "TwelveLabs", ["TwelveLabs", "Twelve Labs"],
                ["Pegasus 1.5", "Pegasus V1.5"]),
            NewModel("luma.ray-v3:0", "Ray v3", "Luma AI", ["Luma", "Luma AI"], ["Ray V3"]),
            NewModel("cohere.embed-v5:0", "Embed v5", "Cohere", ["Cohere"], ["Embed V5"]),
            NewModel(
                "cohere.command-a-plus-v1:0", "Command A+", "Cohere", ["Cohere"],
                ["Command A Plus", "Command A+"]),
            NewModel("cohere.rerank-v4-0:0", "Rerank 4.0", "Cohere", ["Cohere"], ["Rerank 4.0"]),
            NewModel(
                "stability.stable-image-edit-v1:0", "Stable Image Edit", "Stability AI",
                ["", "Stability.ai"],
                ["Stable Image Edit"]),
            NewModel(
                "ai21.jamba-2-1-mini-v1:0", "Jamba 2.1 Mini", "AI21 Labs", ["AI21 Labs", "AI21"],
                ["Jamba 2.1 Mini"]),
        ]
        let newVendors: [NewModel] = [
            NewModel(
                "acme.rocket-1-5-v1:0", "Rocket 1.5", "Acme", ["Acme", "Acme AI", ""],
                ["Rocket 1.5", "Rocket V1.5"]),
            NewModel("acmelabs.comet-2", "Comet 2", "Acme Labs", ["Acme Labs", ""], ["Comet 2", "Comet-2"]),
            NewModel(
                "ibm.granite-5-8b-instruct-v1:0", "Granite 5 8B Instruct", "IBM", ["IBM", ""],
                ["Granite 5 8B Instruct"]),
            NewModel(
                "microsoft.phi-5-mini", "Phi-5 Mini", "Microsoft", ["Microsoft", ""],
                ["Phi 5 Mini", "Phi-5 Mini"]),
            NewModel(
                "liquidai.lfm3-24b", "LFM3 24B", "Liquid AI", ["Liquid AI", "Liquid", ""], ["LFM3 24B"]),
            NewModel(
                "arcee.trinity-large-2", "Trinity Large 2", "Arcee AI", ["Arcee AI", ""], ["Trinity Large 2"]),
            NewModel(
                "baidu.ernie-6-turbo", "ERNIE 6 Turbo", "Baidu", ["Baidu", ""],
                ["Ernie 6 Turbo", "ERNIE-6 Turbo"]),
            NewModel("kawasaki.okami-1", "Ōkami 1", "Kawasaki", ["Kawasaki"], ["Ōkami 1"]),
        ]
        return known + newVendors
    }()

    /// Written after the matching was done, and nothing was mended for them: how well it may do on what comes.
    static let later: [NewModel] = [
        NewModel(
            "anthropic.claude-5-5-haiku-20270515-v1:0", "Claude 5.5 Haiku", "Anthropic", ["Anthropic"],
            ["Claude 5.5 Haiku"]),
        NewModel(
            "anthropic.claude-opus-7-preview", "Claude Opus 7 (Preview)", "Anthropic", ["Anthropic", ""],
            ["Claude Opus 7 Preview"]),
        NewModel(
            "anthropic.claude-sonnet-7-1-v1:0", "Claude Sonnet 7.1", "Anthropic", ["Anthropic"],
            ["Claude Sonnet 7.1"]),
        NewModel(
            "anthropic.claude-fable-6-2-20280101-v2:0", "Claude Fable 6.2 v2", "Anthropic", ["Anthropic"],
            ["Claude Fable 6.2 V2"]),
        NewModel("amazon.nova-4-micro-v1:0", "Nova 4 Micro", "Amazon", ["Amazon"], ["Nova 4 Micro"]),
        NewModel(
            "amazon.nova-2-5-omni-v1:0", "Nova 2.5 Omni", "Amazon", ["Amazon"],
            ["Nova 2.5 Omni", "Nova 2.5 Omni Preview"]),
        NewModel("amazon.nova-act-v1:0", "Nova Act", "Amazon", ["Amazon"], ["Nova Act", "Nova Act 1.0"]),
        NewModel(
            "amazon.nova-3-multimodal-embeddings-v1:0", "Amazon Nova 3 Multimodal Embeddings", "Amazon",
            ["Amazon"], ["Nova 3 Multimodal Embeddings"]),
        NewModel("amazon.olympus-1-ultra-v1:0", "Olympus 1 Ultra", "Amazon", ["Amazon"], ["Olympus 1 Ultra"]),
        NewModel(
            "openai.gpt-7-codex-mini", "GPT-7 Codex Mini", "OpenAI", ["OpenAI", ""], ["GPT-7 Codex Mini"]),
        NewModel("openai.o5-pro", "o5 Pro", "OpenAI", ["OpenAI", ""], ["o5 Pro", "O5-Pro"]),
        NewModel("openai.gpt-6.2-luna-20270909", "GPT-6.2 Luna", "OpenAI", [""], ["GPT-6.2 Luna"]),
        NewModel(
            "openai.gpt-image-3", "GPT Image 3", "OpenAI", ["OpenAI", ""], ["GPT Image 3", "GPT-Image-3"]),
        NewModel(
            "meta.llama4-behemoth-288b-instruct-v1:0", "Llama 4 Behemoth 288B Instruct", "Meta", ["Meta"],
            ["Llama 4 Behemoth"]),
        NewModel(
            "meta.llama5-2-3b-instruct-v1:0", "Llama 5.2 3B Instruct", "Meta", ["Meta"],
            ["Llama 5.2 3B Instruct"]),
        NewModel(
            "qwen.qwen4-coder-480b-a35b-v1:0", "Qwen4 Coder 480B A35B Instruct", "Qwen", [""],
            ["Qwen4 Coder 480B a35b"]),
        NewModel("qwen.qwen4-omni", "Qwen4-Omni", "Qwen", ["", "Qwen"], ["Qwen4 Omni"]),
        NewModel(
            "mistral.magistral-medium-2612", "Magistral Medium 2612", "Mistral AI", ["", "Mistral"],
            ["Magistral Medium 1.4"]),
        NewModel(
            "mistral.voxtral-small-48b-2701", "Voxtral Small 48B 2701", "Mistral AI", [""],
            ["Voxtral Small 2.0"]),
        NewModel(
            "mistral.codestral-2702-v1:0", "Codestral (27.02)", "Mistral AI", ["Mistral AI", ""],
            ["Codestral 27.02", "Codestral 2702"]),
        NewModel("google.gemma-4-9b-it", "Gemma 4 9B IT", "Google", [""], ["Gemma 4 9B"]),
        NewModel("google.gemini-3-flash", "Gemini 3 Flash", "Google", ["", "Google"], ["Gemini 3 Flash"]),
        NewModel(
            "deepseek.v4.1-terminus", "DeepSeek V4.1 Terminus", "DeepSeek", ["DeepSeek"], ["V4.1 Terminus"]),
        NewModel("deepseek.ocr-2", "DeepSeek-OCR 2", "DeepSeek", ["DeepSeek"], ["OCR 2"]),
        NewModel("minimax.minimax-m4", "MiniMax M4", "MiniMax", [""], ["Minimax M4"]),
        NewModel(
            "moonshotai.kimi-k4-instruct", "Kimi K4 Instruct", "Moonshot AI", ["Moonshot AI"],
            ["Kimi K4 Instruct"]),
        NewModel("zai.glm-6v", "GLM-6V", "Z.AI", ["Z.ai", ""], ["GLM 6V", "GLM-6V"]),
        NewModel(
            "nvidia.nemotron-nano-4-15b", "Nemotron Nano 4 15B", "NVIDIA", ["NVIDIA", ""],
            ["Nemotron Nano 4 15B"]),
        NewModel(
            "nvidia.nemotron-nano-24b-v3", "NVIDIA Nemotron Nano 24B v3 VL", "NVIDIA", ["NVIDIA"],
            ["Nemotron Nano 3 VL"]),
        NewModel(
            "writer.palmyra-creative-2-v1:0", "Palmyra Creative 2", "Writer", ["Writer AI"],
            ["Palmyra Creative 2"]),
        NewModel("xai.grok-code-fast-2", "Grok Code Fast 2", "xAI", ["", "xAI"], ["Grok Code Fast 2"]),
        NewModel(
            "twelvelabs.marengo-embed-3-5-v1:0", "Marengo Embed 3.5", "TwelveLabs", ["TwelveLabs"],
            ["Marengo Embed 3.5"]),
        NewModel("luma.ray-v3-flash:0", "Ray 3 Flash", "Luma AI", ["Luma"], ["Ray 3 Flash"]),
        NewModel(
            "stability.sd4-large-v1:0", "SD4 Large 1.0", "Stability AI", ["Stability.ai", ""],
            ["SD4 Large 1.0", "Stable Diffusion 4 Large"]),
        NewModel("cohere.command-b-v1:0", "Command B", "Cohere", ["Cohere"], ["Command B"]),
        NewModel("ai21.jamba-3-large-v1:0", "Jamba 3 Large", "AI21 Labs", ["AI21 Labs"], ["Jamba 3 Large"]),
        NewModel("sarvam.sarvam-m2-v1:0", "Sarvam-M2", "Sarvam AI", ["Sarvam AI", ""], ["Sarvam M2", "M2"]),
        NewModel("upstage.solar-pro-3", "Solar Pro 3", "Upstage", ["Upstage", ""], ["Solar Pro 3"]),
        NewModel(
            "lgai.exaone-5-32b", "EXAONE 5 32B", "LG AI Research", ["LG AI Research", "LG"], ["EXAONE 5 32B"]),
        NewModel(
            "inception.mercury-3-coder", "Mercury 3 Coder", "Inception", ["Inception", ""],
            ["Mercury 3 Coder"]),
        NewModel(
            "tencent.hunyuan-4-turbo-v1:0", "Hunyuan 4 Turbo", "Tencent", ["Tencent", ""],
            ["Hunyuan 4 Turbo", "Hunyuan-4 Turbo"]),
    ]

    /// What a quota may be called that limits none of the models above: siblings that are not listed, and other things.
    static let strangers = [
        "Anthropic Claude Opus 4.10", "Anthropic Claude Opus 49", "Anthropic Claude Opus",
        "Anthropic Claude Sonnet 6.5",
        "Anthropic Claude Sonnet 6 V3", "Anthropic Claude Haiku 5.5", "Anthropic Claude Haiku 5 Fast",
        "Claude Opus 6 Mini",
        "Anthropic Claude Opus 6 20280101", "Anthropic Claude Opus 6.5 20270302", "Anthropic Claude Mythos",
        "Anthropic Claude Fable 6.1", "Anthropic Claude 6 Opus", "Amazon Claude Opus 6", "Amazon Nova 3",
        "Amazon Nova 3 Micro",
        "Amazon Nova 3 Pro Preview", "Amazon Nova 3.5 Lite", "Amazon Nova 35 Pro", "Amazon Nova Pro 3",
        "Amazon Nova Canvas V3",
        "Amazon Nova Reel V2", "Amazon Nova Reel V2.2", "Amazon Titan Text Embeddings V4",
        "Amazon Rerank 2.1",
        "GPT-6.1", "GPT-6.2 Sol", "GPT-61 Sol", "GPT-7 Mini", "GPT-7.1", "GPT OSS 2 20B", "GPT OSS 200B",
        "GPT OSS Safeguard 2 120B", "Meta Llama 4.1 Maverick 17B Instruct",
        "Meta Llama 4.1 Scout 70B Instruct",
        "Meta Llama 5 7B Instruct", "Meta Llama 5 70B", "Meta Llama 5.1 70B Instruct", "Meta Llama 5 Scout",
        "Qwen4 235B", "Qwen4 VL 235B A22B", "Qwen4 32B", "Qwen3.5 Coder", "Qwen35 Coder Next",
        "Mistral Large 4.1",
        "Mistral Large 5", "Mistral Medium 27.04", "Mistral Medium", "Mistral Devstral 3 24b",
        "Ministral 4 3B",
        "Gemma 4 2B", "Gemma 4 27B V2", "Gemma 427B", "DeepSeek V4.1", "DeepSeek V35", "DeepSeek R2 V2",
        "DeepSeek R2.5",
        "MiniMax M3", "MiniMax M35", "Moonshot AI Kimi K4.5", "Kimi K3.5", "Kimi 4", "Z.ai GLM 5.5",
        "Z.ai GLM 5.5 Air X",
        "NVIDIA Nemotron 4 Ultra 50B A40B", "Writer AI Palmyra X7", "Writer AI Palmyra 6", "Grok 5",
        "Grok 5.1 Fast",
        "Twelve Labs Pegasus 1.6", "TwelveLabs Marengo 1.5", "Luma Ray V4", "Luma Ray", "Cohere Embed V6",
        "Cohere Command A",
        "Cohere Rerank 4.5", "Amazon Rerank 4.0", "Stable Image", "AI21 Labs Jamba 2.1 Large",
        "AI21 Labs Jamba 2 1 Mini Large",
        "Acme Rocket 15", "Acme Rocket 1", "Acme Comet 2", "Amazon Rocket 1.5", "Acme Labs Comet 2.1",
        "IBM Granite 5 2B Instruct",
        "IBM Granite 58B Instruct", "Microsoft Phi 5", "Liquid AI LFM 324B", "Arcee AI Trinity 2",
        "Baidu Ernie 6", "Baidu 6 Turbo",
        "Acme", "Acme AI", "Kawasaki Ōkami 2", "1M", "V1", "6", "Claude", "Anthropic",
    ]
}

extension NewNamesTests {
    /// One quota's name with the model that it limits; nil where no model of the lists is meant.
    struct Case {
        let name: String
        let model: String?
    }

    struct Tally {
        var right = 0
        var unmatched: [String] = []
        var wrong: [String] = []

        var share: Double { Double(right) / Double(max(1, right + unmatched.count + wrong.count)) }
    }

    private static let families = [
        "On-demand model inference tokens per minute for ",
        "On-demand model inference requests per minute for ",
        "Cross-region model inference tokens per minute for ",
        "Cross-Region model inference requests per minute for ",
        "Global cross-region model inference tokens per minute for ",
        "Global Cross-Region model inference tokens per day for ", "Model invocation max tokens per day for ",
        "[bedrock-mantle endpoint] Input tokens per minute for ",
        "[bedrock-mantle endpoint] Output tokens per minute for ",
        "On-demand InvokeModel tokens per minute for ",
        "Cross\u{2011}region model inference tokens per minute for ",
    ]

    /// The spellings of one label that AWS's lists show: versions, blanks, dashes, case.
    private static func spellings(_ label: String, of id: String) -> [String] {
        var all = [
            label, label.replacing(" ", with: "  "), label + ".", label + " ", label.lowercased(),
            label.uppercased(),
            label.replacing(" ", with: "\u{A0}"), label.replacing("-", with: "\u{2011}"),
        ]
        let isFirst = ModelIDWords.version(of: id) ?? 1 == 1
        if isFirst, !(label.split(separator: " ").last?.lowercased().hasPrefix("v") ?? true) {
            all += [label + " V1", label + " v1", label + " V1.0"]
        }
        return all
    }

    static func cases(_ models: [NewModel]) -> [Case] {
        var cases: [Case] = []
        for model in models {
            for vendor in model.vendors {
                for label in model.labels {
                    let whole = vendor.isEmpty ? label : "\(vendor) \(label)"
                    for (index, spelling) in spellings(whole, of: model.id).enumerated() {
                        // Every family is met with every model, and every spelling with some family.
                        for family in index == 0 ? families : [families[index % families.count]] {
                            cases.append(Case(name: family + spelling, model: model.id))
                        }
                    }
                }
            }
        }
        return cases
    }

    static func measure(_ cases: [Case], _ names: ModelNames) -> Tally {
        var tally = Tally()
        for one in cases {
            var found: String?
            if let name = try? QuotaName(one.name), !name.isLongContext {
                switch names.match(ModelLabel(name.label, providers: names.providers)) {
                case .model(let model), .derived(let model): found = model
                case .ambiguous, .none: break
                }
            }
            if let found, found != one.model {
                tally.wrong.append("\(one.name) -> \(found)")
            } else if found == nil, one.model != nil {
                tally.unmatched.append(one.name)
            } else {
                tally.right += 1
            }
        }
        return tally
    }

    private func old() throws -> Inventory { try Fixture.inventory() }

    @Test("models of tomorrow among those of today: none wrong, nearly all right")
    func listed() throws {
        let old = try old()
        let names = ModelNames(models: old.models + Self.models.map(\.listed), profiles: old.profiles)
        let tally = Self.measure(Self.cases(Self.models), names)
        #expect(tally.wrong.isEmpty)
        #expect(tally.share >= 0.98, "\(tally.share): \(Set(tally.unmatched.map { $0.suffix(40) }).sorted())")
        let strangers = Self.strangers.flatMap { stranger in
            Self.families.map { Case(name: $0 + stranger, model: nil) }
        }
        #expect(Self.measure(strangers, names).wrong.isEmpty)
    }

    @Test("a quota whose model no list has is nobody's, and finds it as soon as ListFoundationModels has it")
    func comesLater() throws {
        let old = try old()
        for model in Self.models {
            let others = Self.models.filter { $0.id != model.id }
            let cases = Self.cases([model])
            let before = ModelNames(models: old.models + others.map(\.listed), profiles: old.profiles)
            #expect(Self.measure(cases.map { Case(name: $0.name, model: nil) }, before).wrong.isEmpty)
        }
        // The whole way, through a catalog.
        let quota = Fixture.quota(
            "L-FFFFFFFF", "Global cross-region model inference tokens per minute for Anthropic Claude Opus 6",
            standard: 7)
        var inventory = Inventory(quotas: old.quotas + [quota], models: old.models, profiles: old.profiles)
        let before = QuotaCatalog(inventory: inventory)
        #expect(
            before.unmatched.first { $0.quota.code == quota.code }?.reason
                == .unknownModel(label: "Anthropic Claude Opus 6"))
        let modelID = "global.anthropic.claude-opus-6"
        #expect(before.assignment(of: modelID) == .unmapped(.noQuota))
        inventory.models.append(try #require(Self.models.first { $0.id == "anthropic.claude-opus-6" }).listed)
        let after = QuotaCatalog(inventory: inventory)
        #expect(after.assignment(of: modelID) == .pool(scope: .global, model: "anthropic.claude-opus-6"))
        #expect(after.quotas(scope: .global, model: "anthropic.claude-opus-6").map(\.limit) == [7])
        // What was known before is known as before.
        #expect(
            before.pools.filter {
                after.quotas(scope: $0.scope, model: $0.model)
                    != before.quotas(scope: $0.scope, model: $0.model)
            }.isEmpty)
    }

    @Test("models that only traffic shows: none wrong, most right")
    func observed() throws {
        let old = try old()
        let names = ModelNames(
            models: old.models, profiles: old.profiles, observed: Self.models.map { "global.\($0.id)" })
        let tally = Self.measure(Self.cases(Self.models), names)
        #expect(tally.wrong.isEmpty)
        #expect(tally.share >= 0.8, "\(tally.share): \(Set(tally.unmatched.map { $0.suffix(40) }).sorted())")
        let strangers = Self.strangers.map { Case(name: Self.families[0] + $0, model: nil) }
        #expect(Self.measure(strangers, names).wrong.isEmpty)
    }

    @Test("names that nothing was mended for: none wrong, most right")
    func later() throws {
        let old = try old()
        let cases = Self.cases(Self.later)
        let listed = ModelNames(models: old.models + Self.later.map(\.listed), profiles: old.profiles)
        let tally = Self.measure(cases, listed)
        #expect(tally.wrong.isEmpty)
        #expect(tally.share >= 0.85, "\(tally.share)")
        let others = Self.cases(Self.models).map { Case(name: $0.name, model: nil) }
        #expect(Self.measure(others, listed).wrong.isEmpty)
        let observed = ModelNames(
            models: old.models, profiles: old.profiles, observed: Self.later.map { "global.\($0.id)" })
        let derived = Self.measure(cases, observed)
        #expect(derived.wrong.isEmpty)
        #expect(derived.share >= 0.75, "\(derived.share)")
    }

    @Test("a model that is alone in its list takes no other model's quota, whatever the others are called")
    func alone() throws {
        let old = try old()
        let models = Self.models + Self.later
        var labels = models.flatMap { model in
            model.vendors.flatMap { vendor in
                model.labels.map { (text: vendor.isEmpty ? $0 : "\(vendor) \($0)", model: model.id) }
            }
        }
        labels += Self.strangers.map { (text: $0, model: "") }
        for row in old.quotas {
            guard let name = try? QuotaName(row.name), !name.isLongContext else { continue }
            labels.append((text: name.label, model: ""))
        }
        var wrong: [String] = []
        for model in models {
            for names in [
                ModelNames(models: [model.listed], profiles: []),
                ModelNames(models: [], profiles: [], observed: ["global.\(model.id)"]),
            ] {
                for label in labels where label.model != model.id {
                    switch names.match(ModelLabel(label.text, providers: names.providers)) {
                    case .model(model.id), .derived(model.id): wrong.append("\(label.text) -> \(model.id)")
                    case .model, .derived, .ambiguous, .none: break
                    }
                }
            }
        }
        #expect(wrong.isEmpty)
    }

    @Test("profiles with prefixes that nobody has seen lead to the model's cross-Region pool")
    func profiles() throws {
        let model = "anthropic.claude-opus-6"
        let old = try old()
        let quotas = [
            "Cross-region model inference tokens per minute for Anthropic Claude Opus 6",
            "Global cross-region model inference tokens per minute for Anthropic Claude Opus 6",
        ].enumerated().map { Fixture.quota("L-FFFFFFF\($0.offset)", $0.element) }
        let profiles = [
            Fixture.profile("uk.\(model)", "UK Claude Opus 6", regions: ["eu-west-2", "eu-west-1"]),
            Fixture.profile(
                "amer.\(model)", "Americas Anthropic Claude Opus 6", regions: ["us-east-1", "sa-east-1"]),
            Fixture.profile("world.\(model)", "World Claude Opus 6", regions: ["*", "us-east-1"]),
        ]
        // No list of models: the profiles' names and IDs alone.
        let catalog = QuotaCatalog(
            inventory: Inventory(quotas: quotas, models: old.models, profiles: old.profiles + profiles))
        for prefix in ["uk", "amer"] {
            #expect(catalog.assignment(of: "\(prefix).\(model)") == .pool(scope: .crossRegion, model: model))
        }
        #expect(catalog.assignment(of: "world.\(model)") == .pool(scope: .global, model: model))
        #expect(catalog.assignment(of: "moon.\(model)") == .unmapped(.unknownProfile))
    }

    @Test(
        "a quota of calls with a long context is understood as one, whatever its words, and is no plain quota",
        arguments: [
            "Cross-region model inference tokens per minute for Anthropic Claude Opus 6 1M Context Length",
            "Cross-region model inference tokens per minute for Anthropic Claude Opus 6 (1M context)",
            "Cross-region model inference tokens per minute for Anthropic Claude Opus 6 1M-context",
            "Cross-region model inference tokens per minute for Anthropic Claude Opus 6 with 1M token context window",
            "Cross-region model inference tokens per minute for Anthropic Claude Opus 6 2M Context  Window.",
            "Cross-region model inference tokens per minute for Anthropic Claude Opus 6 1 million token context",
            "Cross-region model inference tokens per minute for Anthropic Claude Opus 6 Long Context",
            "Cross-region model inference tokens per minute for Anthropic Claude Opus 6 (long-context)",
            "Cross-region model inference tokens per minute for Anthropic Claude Opus 6 1M",
            "Cross-region model inference tokens per minute for Anthropic Claude Opus 6 Extended Context V1",
            "Cross-region long-context model inference tokens per minute for Anthropic Claude Opus 6",
            "Cross-region model inference long context tokens per minute for Anthropic Claude Opus 6",
            "Cross-region 1M context model inference tokens per minute for Anthropic Claude Opus 6",
        ])
    func longContext(text: String) throws {
        let name = try QuotaName(text)
        #expect(name.isLongContext)
        #expect(name.uses == [QuotaName.Use(.crossRegionLongContext, .tokensPerMinute)])
        let model = try #require(Self.models.first { $0.id == "anthropic.claude-opus-6" }).listed
        let names = ModelNames(models: [model], profiles: [])
        #expect(names.match(ModelLabel(name.label, providers: names.providers)) == .model(model.modelID))
        let catalog = QuotaCatalog(
            inventory: Inventory(quotas: [Fixture.quota("L-FFFFFFFF", text)], models: [model]))
        #expect(!catalog.pools.contains { $0.scope == .crossRegion })
    }

    @Test(
        "what is no plain on-demand quota is refused in its new spellings, too",
        arguments: [
            (
                "On-demand latency optimised model inference tokens per minute for Anthropic Claude Opus 6",
                .latencyOptimized
            ),
            (
                "Cross-region, latency-optimized model inference tokens per minute for Amazon Nova 3 Pro V1",
                .latencyOptimized
            ),
            (
                "Global cross-region latency\u{2011}optimized model inference tokens per minute for GPT-7",
                .latencyOptimized
            ),
            (
                "On-demand model inference tokens per minute for Amazon Nova 3 Pro (latency optimized)",
                .latencyOptimized
            ),
            ("Cross-Model Max Tokens Per Minute", .crossModel),
            ("Sum of queued batch inference jobs using a base model for Claude Opus 6.", .batch),
            ("On-demand InvokeModel async concurrent requests for Amazon Nova 3 Reel", .concurrentRequests),
            ("On-demand priority model inference tokens per minute for Claude Opus 6", .notInference),
            ("Flex model inference tokens per minute for Claude Opus 6", .notInference),
            ("US cross-region model inference tokens per minute for Claude Opus 6", .notInference),
            ("[bedrock-mantle endpoint] Requests per minute for Claude Opus 6", .notInference),
        ] as [(String, QuotaNameRefusal)])
    func refused(text: String, reason: QuotaNameRefusal) {
        #expect(throws: reason) { try QuotaName(text) }
    }
}
