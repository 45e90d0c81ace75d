/// Quota codes whose model is known, so that a quota is found even where no list of models names it.
///
/// As of September 2026. AWS documents the join nowhere; a row stands here only if the code's name in Service Quotas
/// states the model outright and a second, independent source agrees: the metadata of awslabs/bedrock-usage-analyzer
/// or the map of tgpadua/aws-bedrock-quota-dashboard. Rows of models that have left AWS's lists (Claude 2 and Instant,
/// Llama 2 Chat, Command, Stable Diffusion XL) rest on the quota's name alone. Codes are the same in every Region.
/// A row holds only while AWS's name for the code is the one expected here; otherwise it is not used.
enum QuotaCodeTable {
    /// The model of a code, provided that AWS's name still says what it said.
    static func model(ofCode code: String, name: QuotaName) -> String? {
        guard let row = byCode[code], name.contextWindow == nil, name.uses == row.limit.uses else {
            return nil
        }
        let same = ModelLabel.words(of: name.label) == ModelLabel.words(of: row.label)
        return same ? row.model : nil
    }

    /// What a code limits, by the beginning of its name.
    enum Limit {
        case onDemandTokens, onDemandRequests
        case crossRegionTokens, crossRegionRequests
        case globalTokens, globalRequests, globalTokensPerDay
        /// "Model invocation max tokens per day for … (doubled for cross-region calls)".
        case doubledTokensPerDay

        var uses: [QuotaName.Use] {
            switch self {
            case .onDemandTokens: [.init(.onDemand, .tokensPerMinute)]
            case .onDemandRequests: [.init(.onDemand, .requestsPerMinute)]
            case .crossRegionTokens: [.init(.crossRegion, .tokensPerMinute)]
            case .crossRegionRequests: [.init(.crossRegion, .requestsPerMinute)]
            case .globalTokens: [.init(.global, .tokensPerMinute)]
            case .globalRequests: [.init(.global, .requestsPerMinute)]
            case .globalTokensPerDay: [.init(.global, .tokensPerDay)]
            case .doubledTokensPerDay:
                [.init(.onDemand, .tokensPerDay), .init(.crossRegion, .tokensPerDay, factor: 2)]
            }
        }
    }

    struct Row {
        let code: String
        let limit: Limit
        let label: String
        let model: String
    }

    static let rows: [Row] = groups.flatMap { group in
        group.codes.map { Row(code: $0.1, limit: $0.0, label: group.label, model: group.model) }
    }

    private static let byCode = Dictionary(
        rows.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })

    private struct Group {
        let model: String
        let label: String
        let codes: [(Limit, String)]

        init(_ model: String, _ label: String, _ codes: [(Limit, String)]) {
            self.model = model
            self.label = label
            self.codes = codes
        }
    }

    private static let groups: [Group] = anthropic + amazon + meta + mistral + others

    private static let anthropic: [Group] = [
        Group(
            "anthropic.claude-v2", "Anthropic Claude V2",
            [(.onDemandTokens, "L-B0D9183E"), (.onDemandRequests, "L-F3B698BE")]),
        Group(
            "anthropic.claude-instant-v1", "Anthropic Claude Instant",
            [(.onDemandTokens, "L-F7007F39"), (.onDemandRequests, "L-8CEDED9C")]),
        Group(
            "anthropic.claude-3-haiku-20240307-v1:0", "Anthropic Claude 3 Haiku",
            [
                (.onDemandTokens, "L-8CE99163"), (.onDemandRequests, "L-2DC80978"),
                (.crossRegionTokens, "L-DCADBC78"), (.crossRegionRequests, "L-616A3F5B"),
            ]),
        Group(
            "anthropic.claude-3-sonnet-20240229-v1:0", "Anthropic Claude 3 Sonnet",
            [
                (.onDemandTokens, "L-4C35BB2A"), (.onDemandRequests, "L-F406804E"),
                (.crossRegionTokens, "L-5DF13F64"), (.crossRegionRequests, "L-46591118"),
            ]),
        Group(
            "anthropic.claude-3-opus-20240229-v1:0", "Anthropic Claude 3 Opus",
            [
                (.onDemandTokens, "L-27477D78"), (.onDemandRequests, "L-8050DFC8"),
                (.crossRegionTokens, "L-6C86825E"), (.crossRegionRequests, "L-EB15245D"),
            ]),
        Group(
            "anthropic.claude-3-5-haiku-20241022-v1:0", "Anthropic Claude 3.5 Haiku",
            [
                (.onDemandTokens, "L-7AB4ABDD"), (.onDemandRequests, "L-C7438F8F"),
                (.crossRegionTokens, "L-4BF37C17"), (.crossRegionRequests, "L-252DF594"),
                (.doubledTokensPerDay, "L-A2E1E2DD"),
            ]),
        Group(
            "anthropic.claude-3-5-sonnet-20240620-v1:0", "Anthropic Claude 3.5 Sonnet",
            [
                (.onDemandTokens, "L-A50569E5"), (.onDemandRequests, "L-254CACF4"),
                (.crossRegionTokens, "L-479B647F"), (.crossRegionRequests, "L-F457545D"),
            ]),
        Group(
            "anthropic.claude-3-5-sonnet-20241022-v2:0", "Anthropic Claude 3.5 Sonnet V2",
            [
                (.onDemandTokens, "L-AD41C330"), (.onDemandRequests, "L-79E773B3"),
                (.crossRegionTokens, "L-FF8B4E28"), (.crossRegionRequests, "L-1D3E59A3"),
            ]),
        Group(
            "anthropic.claude-3-7-sonnet-20250219-v1:0", "Anthropic Claude 3.7 Sonnet V1",
            [
                (.onDemandTokens, "L-8F2EEEA3"), (.onDemandRequests, "L-0651A8FB"),
                (.crossRegionTokens, "L-6E888CC2"), (.crossRegionRequests, "L-3D8CC480"),
                (.doubledTokensPerDay, "L-9EB71894"),
            ]),
        Group(
            "anthropic.claude-sonnet-4-20250514-v1:0", "Anthropic Claude Sonnet 4 V1",
            [
                (.crossRegionTokens, "L-59759B4A"), (.crossRegionRequests, "L-559DCC33"),
                (.globalTokens, "L-97E41E39"), (.globalRequests, "L-C63AA5DA"),
                (.globalTokensPerDay, "L-681C1246"), (.doubledTokensPerDay, "L-22F701C5"),
            ]),
        Group(
            "anthropic.claude-sonnet-4-5-20250929-v1:0", "Anthropic Claude Sonnet 4.5 V1",
            [
                (.crossRegionTokens, "L-F4DDD3EB"), (.crossRegionRequests, "L-4A6BFAB1"),
                (.globalTokens, "L-27C57EE8"), (.globalRequests, "L-DB84CE56"),
                (.globalTokensPerDay, "L-BC182137"), (.doubledTokensPerDay, "L-381AD9EE"),
            ]),
        Group(
            "anthropic.claude-sonnet-4-6", "Anthropic Claude Sonnet 4.6",
            [
                (.onDemandTokens, "L-5F5A169C"), (.onDemandRequests, "L-9B878FAE"),
                (.crossRegionTokens, "L-15B8E632"), (.crossRegionRequests, "L-00FF3314"),
                (.globalTokens, "L-7BEE40FB"), (.globalRequests, "L-F6E116D7"),
                (.globalTokensPerDay, "L-248E47B7"), (.doubledTokensPerDay, "L-B29C9321"),
            ]),
        Group(
            "anthropic.claude-sonnet-5", "Anthropic Claude Sonnet 5",
            [(.crossRegionTokens, "L-D4FBCF4E"), (.globalTokens, "L-DD84E5CA")]),
        Group(
            "anthropic.claude-haiku-4-5-20251001-v1:0", "Anthropic Claude Haiku 4.5",
            [
                (.crossRegionTokens, "L-58BE175A"), (.crossRegionRequests, "L-CCA5DF70"),
                (.globalTokens, "L-9A11C666"), (.globalRequests, "L-E5084BBA"),
                (.globalTokensPerDay, "L-B5C049AE"), (.doubledTokensPerDay, "L-6120CF2D"),
            ]),
        Group(
            "anthropic.claude-opus-4-20250514-v1:0", "Anthropic Claude Opus 4 V1",
            [
                (.crossRegionTokens, "L-29C2B0A3"), (.crossRegionRequests, "L-C99C7EF6"),
                (.doubledTokensPerDay, "L-28155387"),
            ]),
        Group(
            "anthropic.claude-opus-4-1-20250805-v1:0", "Anthropic Claude Opus 4.1",
            [
                (.crossRegionTokens, "L-BD85BFCD"), (.crossRegionRequests, "L-7EC72A47"),
                (.doubledTokensPerDay, "L-AB98959C"),
            ]),
        Group(
            "anthropic.claude-opus-4-5-20251101-v1:0", "Anthropic Claude Opus 4.5",
            [
                (.crossRegionTokens, "L-7007E9C9"), (.crossRegionRequests, "L-27989F42"),
                (.globalTokens, "L-3ABF6ACC"), (.globalRequests, "L-58424D95"),
                (.globalTokensPerDay, "L-E2985A8E"), (.doubledTokensPerDay, "L-F397ECBF"),
            ]),
        Group(
            "anthropic.claude-opus-4-6-v1", "Anthropic Claude Opus 4.6 V1",
            [
                (.onDemandTokens, "L-98944717"), (.onDemandRequests, "L-0491E43A"),
                (.crossRegionTokens, "L-0AD9BBE8"), (.crossRegionRequests, "L-11DFF789"),
                (.globalTokens, "L-3DCCFAA4"), (.globalRequests, "L-3DD46812"),
            ]),
        Group(
            "anthropic.claude-opus-4-7", "Anthropic Claude Opus 4.7",
            [(.crossRegionTokens, "L-5DB28B7B"), (.globalTokens, "L-34152C1D")]),
        Group(
            "anthropic.claude-opus-4-8", "Anthropic Claude Opus 4.8",
            [(.crossRegionTokens, "L-DB99DCDB"), (.globalTokens, "L-4FCE27C7")]),
        Group(
            "anthropic.claude-opus-5", "Anthropic Claude Opus 5",
            [(.crossRegionTokens, "L-99296DCD"), (.globalTokens, "L-D73B1244")]),
        Group(
            "anthropic.claude-opus-5-5", "Anthropic Claude Opus 5.5",
            [(.crossRegionTokens, "L-A4430697"), (.globalTokens, "L-A103A344")]),
        Group(
            "anthropic.claude-fable-5", "Anthropic Claude Fable 5",
            [(.crossRegionTokens, "L-9B258944"), (.globalTokens, "L-D06938E7")]),
    ]

    private static let amazon: [Group] = [
        Group(
            "amazon.nova-micro-v1:0", "Amazon Nova Micro",
            [
                (.onDemandTokens, "L-CFA4FA0D"), (.onDemandRequests, "L-E118F160"),
                (.crossRegionTokens, "L-DC7FF66C"), (.crossRegionRequests, "L-3F110E0F"),
                (.doubledTokensPerDay, "L-D2912E70"),
            ]),
        Group(
            "amazon.nova-lite-v1:0", "Amazon Nova Lite",
            [
                (.onDemandTokens, "L-70423BF8"), (.onDemandRequests, "L-E386A278"),
                (.crossRegionTokens, "L-7C42E72A"), (.crossRegionRequests, "L-89F8391A"),
                (.doubledTokensPerDay, "L-45E0AD92"),
            ]),
        Group(
            "amazon.nova-pro-v1:0", "Amazon Nova Pro",
            [
                (.onDemandTokens, "L-CE33604C"), (.onDemandRequests, "L-F2717A44"),
                (.crossRegionTokens, "L-C0326783"), (.crossRegionRequests, "L-ED46B8C5"),
                (.doubledTokensPerDay, "L-D690997B"),
            ]),
        Group(
            "amazon.nova-premier-v1:0", "Amazon Nova Premier V1",
            [
                (.crossRegionTokens, "L-AA7FE948"), (.crossRegionRequests, "L-9AD981E7"),
                (.doubledTokensPerDay, "L-B1D7F4B9"),
            ]),
        Group(
            "amazon.nova-2-lite-v1:0", "Amazon Nova 2 Lite",
            [
                (.crossRegionTokens, "L-C6F5908D"), (.crossRegionRequests, "L-F06F1187"),
                (.globalTokens, "L-71C69B70"), (.globalRequests, "L-D5F39C2F"),
                (.globalTokensPerDay, "L-AD940EDE"), (.doubledTokensPerDay, "L-210172B5"),
            ]),
        Group("amazon.nova-canvas-v1:0", "Amazon Nova Canvas", [(.onDemandRequests, "L-3F26CE29")]),
        Group(
            "amazon.titan-text-express-v1", "Amazon Titan Text Express",
            [(.onDemandTokens, "L-44992E63"), (.onDemandRequests, "L-9EAB0D12")]),
        Group(
            "amazon.titan-text-lite-v1", "Amazon Titan Text Lite",
            [(.onDemandTokens, "L-70BE83E9"), (.onDemandRequests, "L-A70F1DE3")]),
        Group(
            "amazon.titan-text-premier-v1:0", "Amazon Titan Text Premier",
            [(.onDemandTokens, "L-96616D9A"), (.onDemandRequests, "L-F6E7D163")]),
        // `titan-embed-g1-text-02` is called "Titan Text Embeddings v2" by ListFoundationModels and is not V2.
        Group(
            "amazon.titan-embed-text-v1", "Amazon Titan Text Embeddings",
            [(.onDemandTokens, "L-74B5B793"), (.onDemandRequests, "L-879F6850")]),
        Group(
            "amazon.titan-embed-text-v2:0", "Amazon Titan Text Embeddings V2",
            [(.onDemandTokens, "L-DE641971"), (.onDemandRequests, "L-26C560CE")]),
        Group(
            "amazon.titan-embed-image-v1", "Amazon Titan Multimodal Embeddings G1",
            [(.onDemandTokens, "L-ABC24664"), (.onDemandRequests, "L-DF0E34D4")]),
        Group(
            "amazon.titan-image-generator-v1", "Amazon Titan Image Generator G1",
            [(.onDemandTokens, "L-2B715ABD"), (.onDemandRequests, "L-7DBB06FD")]),
        Group(
            "amazon.titan-image-generator-v2:0", "Amazon Titan Image Generator G1 V2",
            [(.onDemandTokens, "L-F1AFB3C9"), (.onDemandRequests, "L-D6269ADB")]),
        Group("amazon.rerank-v1:0", "Amazon Rerank 1.0", [(.onDemandRequests, "L-AAB0080F")]),
    ]

    private static let meta: [Group] = [
        Group(
            "meta.llama2-13b-chat-v1", "Meta Llama 2 Chat 13B",
            [(.onDemandTokens, "L-6DB35E51"), (.onDemandRequests, "L-674F621D")]),
        Group(
            "meta.llama2-70b-chat-v1", "Meta Llama 2 Chat 70B",
            [(.onDemandTokens, "L-B05C5C8E"), (.onDemandRequests, "L-D11DCD9B")]),
        Group(
            "meta.llama3-8b-instruct-v1:0", "Meta Llama 3 8B Instruct",
            [(.onDemandTokens, "L-03A9B835"), (.onDemandRequests, "L-320BEFEB")]),
        Group(
            "meta.llama3-70b-instruct-v1:0", "Meta Llama 3 70B Instruct",
            [(.onDemandTokens, "L-609E24B0"), (.onDemandRequests, "L-46D383AF")]),
        Group(
            "meta.llama3-1-8b-instruct-v1:0", "Meta Llama 3.1 8B Instruct",
            [
                (.onDemandTokens, "L-9E79C230"), (.onDemandRequests, "L-19A2ED6C"),
                (.crossRegionTokens, "L-9782749C"), (.crossRegionRequests, "L-396C5302"),
            ]),
        Group(
            "meta.llama3-1-70b-instruct-v1:0", "Meta Llama 3.1 70B Instruct",
            [
                (.onDemandTokens, "L-48E55E59"), (.onDemandRequests, "L-ECA5B974"),
                (.crossRegionTokens, "L-92E68994"), (.crossRegionRequests, "L-29644EB3"),
            ]),
        Group(
            "meta.llama3-1-405b-instruct-v1:0", "Meta Llama 3.1 405B Instruct",
            [
                (.onDemandTokens, "L-0F7F5E55"), (.onDemandRequests, "L-6ED467E8"),
                (.crossRegionTokens, "L-9913DEEF"), (.crossRegionRequests, "L-2310243E"),
            ]),
        Group(
            "meta.llama3-2-1b-instruct-v1:0", "Meta Llama 3.2 1B Instruct",
            [
                (.onDemandTokens, "L-6F14193C"), (.onDemandRequests, "L-20CFCD61"),
                (.crossRegionTokens, "L-BD9FDA6F"), (.crossRegionRequests, "L-A31D2B40"),
                (.doubledTokensPerDay, "L-385F89F0"),
            ]),
        Group(
            "meta.llama3-2-3b-instruct-v1:0", "Meta Llama 3.2 3B Instruct",
            [
                (.onDemandTokens, "L-A7EDC29B"), (.onDemandRequests, "L-2F9B4FC2"),
                (.crossRegionTokens, "L-0B2687F4"), (.crossRegionRequests, "L-6B0A9FAD"),
                (.doubledTokensPerDay, "L-CCE51B55"),
            ]),
        Group(
            "meta.llama3-2-11b-instruct-v1:0", "Meta Llama 3.2 11B Instruct",
            [
                (.onDemandTokens, "L-E2D0B19E"), (.onDemandRequests, "L-53CCF898"),
                (.doubledTokensPerDay, "L-B34C64C1"),
            ]),
        Group(
            "meta.llama3-2-90b-instruct-v1:0", "Meta Llama 3.2 90B Instruct",
            [
                (.onDemandTokens, "L-41C63FF8"), (.onDemandRequests, "L-EBDED838"),
                (.doubledTokensPerDay, "L-2B30E322"),
            ]),
        Group(
            "meta.llama3-3-70b-instruct-v1:0", "Meta Llama 3.3 70B Instruct",
            [
                (.onDemandTokens, "L-372A660C"), (.onDemandRequests, "L-22EF3256"),
                (.crossRegionTokens, "L-0E7AA8B7"), (.crossRegionRequests, "L-DEDE703C"),
            ]),
        Group(
            "meta.llama4-maverick-17b-instruct-v1:0", "Meta Llama 4 Maverick V1",
            [(.crossRegionTokens, "L-DE3FBBF4"), (.crossRegionRequests, "L-4F18EF2F")]),
        Group(
            "meta.llama4-scout-17b-instruct-v1:0", "Meta Llama 4 Scout V1",
            [(.crossRegionTokens, "L-532E6630"), (.crossRegionRequests, "L-751B753A")]),
    ]

    /// The token and the request quota of one model are named differently here.
    private static let mistral: [Group] = [
        Group(
            "mistral.mistral-7b-instruct-v0:2", "Mistral AI Mistral 7B Instruct",
            [(.onDemandTokens, "L-02D831F1"), (.doubledTokensPerDay, "L-12056022")]),
        Group("mistral.mistral-7b-instruct-v0:2", "Mistral 7B Instruct", [(.onDemandRequests, "L-D9A35062")]),
        Group(
            "mistral.mixtral-8x7b-instruct-v0:1", "Mistral AI Mixtral 8X7BB Instruct",
            [(.onDemandTokens, "L-490F4D1F")]),
        Group(
            "mistral.mixtral-8x7b-instruct-v0:1", "Mistral Mixtral 8x7b Instruct",
            [(.onDemandRequests, "L-FD938632")]),
        Group(
            "mistral.mixtral-8x7b-instruct-v0:1", "Mistral AI Mixtral 8X7B Instruct",
            [(.doubledTokensPerDay, "L-68D6B437")]),
        Group(
            "mistral.mistral-large-2402-v1:0", "Mistral AI Mistral Large",
            [(.onDemandTokens, "L-01447289"), (.doubledTokensPerDay, "L-7A3C4C1E")]),
        Group("mistral.mistral-large-2402-v1:0", "Mistral Large", [(.onDemandRequests, "L-3AF844DB")]),
        Group(
            "mistral.mistral-large-2407-v1:0", "Mistral Large 2407",
            [(.onDemandTokens, "L-1C28E1AB"), (.onDemandRequests, "L-1402869F")]),
        Group(
            "mistral.mistral-small-2402-v1:0", "Mistral AI Mistral Small",
            [
                (.onDemandTokens, "L-82C15FA8"), (.onDemandRequests, "L-1CBB0490"),
                (.doubledTokensPerDay, "L-163043A1"),
            ]),
        Group(
            "mistral.mistral-large-3-675b-instruct", "Mistral Large 3",
            [(.onDemandTokens, "L-C709F563"), (.onDemandRequests, "L-5B274E24")]),
        Group(
            "mistral.pixtral-large-2502-v1:0", "Mistral Pixtral Large 25.02 V1",
            [
                (.crossRegionTokens, "L-4B9F76B0"), (.crossRegionRequests, "L-674F42D5"),
                (.doubledTokensPerDay, "L-58280E37"),
            ]),
    ]

    private static let others: [Group] = [
        Group(
            "ai21.j2-mid-v1", "AI21 Labs Jurassic-2 Mid",
            [(.onDemandTokens, "L-ABEE1010"), (.onDemandRequests, "L-75D9A33A")]),
        Group(
            "ai21.j2-ultra-v1", "AI21 Labs Jurassic-2 Ultra",
            [(.onDemandTokens, "L-A4F5E139"), (.onDemandRequests, "L-A48E31B4")]),
        Group(
            "ai21.jamba-1-5-large-v1:0", "AI21 Labs Jamba 1.5 Large",
            [(.onDemandTokens, "L-CFAB19FF"), (.onDemandRequests, "L-F4CAA0FD")]),
        Group(
            "ai21.jamba-1-5-mini-v1:0", "AI21 Labs Jamba 1.5 Mini",
            [(.onDemandTokens, "L-5A778346"), (.onDemandRequests, "L-0449ADC5")]),
        Group(
            "cohere.command-text-v14", "Cohere Command",
            [(.onDemandTokens, "L-4E833B8F"), (.onDemandRequests, "L-3B3BFACF")]),
        Group(
            "cohere.command-light-text-v14", "Cohere Command Light",
            [(.onDemandTokens, "L-B63536E3"), (.onDemandRequests, "L-B802A131")]),
        Group(
            "cohere.command-r-v1:0", "Cohere Command R",
            [(.onDemandTokens, "L-17F95AA4"), (.onDemandRequests, "L-A49CA90F")]),
        Group(
            "cohere.command-r-plus-v1:0", "Cohere Command R Plus",
            [(.onDemandTokens, "L-FEE1DCB6"), (.onDemandRequests, "L-ADB4B3D7")]),
        Group(
            "cohere.embed-english-v3", "Cohere Embed English",
            [(.onDemandTokens, "L-A2BE277A"), (.onDemandRequests, "L-FF8E7864")]),
        Group(
            "cohere.embed-multilingual-v3", "Cohere Embed Multilingual",
            [(.onDemandTokens, "L-C2F86908"), (.onDemandRequests, "L-9E5BD0C6")]),
        Group(
            "cohere.embed-v4:0", "Cohere Embed V4",
            [
                (.onDemandTokens, "L-C47B85D5"), (.onDemandRequests, "L-BE5FD99B"),
                (.crossRegionTokens, "L-4C3F0FE6"), (.crossRegionRequests, "L-EB8C1F30"),
                (.globalTokens, "L-02DFBB76"), (.globalRequests, "L-7089DC7D"),
                (.globalTokensPerDay, "L-795ADAB0"), (.doubledTokensPerDay, "L-F1BB08BB"),
            ]),
        Group("cohere.rerank-v3-5:0", "Cohere Rerank 3.5", [(.onDemandRequests, "L-11512E58")]),
        Group(
            "deepseek.r1-v1:0", "DeepSeek R1 V1",
            [
                (.crossRegionTokens, "L-06B03968"), (.crossRegionRequests, "L-F52323AB"),
                (.doubledTokensPerDay, "L-6CA2002C"),
            ]),
        Group(
            "deepseek.v3-v1:0", "DeepSeek V3 V1",
            [(.onDemandTokens, "L-30A6895A"), (.onDemandRequests, "L-7A5451CB")]),
        Group(
            "openai.gpt-oss-20b-1:0", "OpenAI GPT OSS 20B",
            [(.onDemandTokens, "L-036E14D8"), (.onDemandRequests, "L-AF7F0545")]),
        Group(
            "openai.gpt-oss-120b-1:0", "OpenAI GPT OSS 120B",
            [(.onDemandTokens, "L-9DC5F595"), (.onDemandRequests, "L-25B50707")]),
        Group(
            "qwen.qwen3-32b-v1:0", "Qwen3 32B V1",
            [(.onDemandTokens, "L-B7C52139"), (.onDemandRequests, "L-E880C759")]),
        Group(
            "qwen.qwen3-coder-30b-a3b-v1:0", "Qwen3 Coder 30B a3b V1",
            [(.onDemandTokens, "L-92F81E14"), (.onDemandRequests, "L-66EE6E0B")]),
        Group(
            "qwen.qwen3-coder-480b-a35b-v1:0", "Qwen3 Coder 480B a35b V1",
            [(.onDemandTokens, "L-4D0E44C8"), (.onDemandRequests, "L-CBE7E3CD")]),
        Group(
            "qwen.qwen3-235b-a22b-2507-v1:0", "Qwen3 235B a22b 2507 V1",
            [(.onDemandTokens, "L-3875BCCF"), (.onDemandRequests, "L-548A1A32")]),
        Group(
            "stability.stable-diffusion-xl-v1", "Stability.ai Stable Diffusion XL 1.0",
            [(.onDemandRequests, "L-CC58F0A8")]),
        Group(
            "twelvelabs.pegasus-1-2-v1:0", "Twelve Labs Pegasus",
            [(.onDemandRequests, "L-5E8692C5"), (.crossRegionRequests, "L-6E046197")]),
        Group(
            "writer.palmyra-x4-v1:0", "Writer AI Palmyra X4 V1",
            [(.crossRegionTokens, "L-FF1F238B"), (.crossRegionRequests, "L-79AAC482")]),
        Group(
            "writer.palmyra-x5-v1:0", "Writer AI Palmyra X5 V1",
            [(.crossRegionTokens, "L-90DFE70F"), (.crossRegionRequests, "L-D655BF6C")]),
    ]
}
