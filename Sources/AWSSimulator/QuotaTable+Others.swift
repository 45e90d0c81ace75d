extension QuotaTable {
    /// On-demand, daily and mantle quotas, and quotas that have nothing to do with inference.
    static let others = """
        # On-demand model inference requests per minute
        L-E386A278 2000 - Amazon Nova Lite
        L-E118F160 2000 - Amazon Nova Micro
        L-F2717A44 250 - Amazon Nova Pro
        L-879F6850 2000 - Amazon Titan Text Embeddings
        L-26C560CE 6000 - Amazon Titan Text Embeddings V2
        L-C7438F8F 1000 - Anthropic Claude 3.5 Haiku
        L-A49CA90F 400 - Cohere Command R
        L-ADB4B3D7 400 - Cohere Command R Plus
        L-C4E013EF 10000 - GPT OSS Safeguard 120B
        L-65833D55 10000 - GPT OSS Safeguard 20B
        L-320BEFEB 800 - Meta Llama 3 8B Instruct
        L-D9A35062 800 - Mistral 7B Instruct
        L-1CBB0490 400 - Mistral AI Mistral Small
        L-0197660A 10000 - Mistral Devstral 2 123b
        L-3AF844DB 400 - Mistral Large
        L-5B274E24 10000 - Mistral Large 3
        L-FD938632 400 - Mistral Mixtral 8x7b Instruct
        L-AC7B3FB9 10000 - NVIDIA Nemotron Nano 2
        L-30B384EA 10000 - NVIDIA Nemotron Nano 2 VL
        L-2DA9C9CC 10000 - Nemotron Nano 3 30B
        L-25B50707 10000 - OpenAI GPT OSS 120B
        L-AF7F0545 10000 - OpenAI GPT OSS 20B
        L-E880C759 10000 - Qwen3 32B V1
        L-66EE6E0B 10000 - Qwen3 Coder 30B a3b V1
        L-4153B066 10000 - Qwen3 Coder Next
        L-7BF266A9 10000 - Z.ai GLM 5
        L-497DDDD7 10000 - Z.ai GLM-4.7
        L-5E856AD9 10000 - Z.ai GLM-4.7 Flash
        # On-demand model inference tokens per minute
        L-70423BF8 4000000 - Amazon Nova Lite
        L-CFA4FA0D 4000000 - Amazon Nova Micro
        L-CE33604C 1000000 - Amazon Nova Pro
        L-74B5B793 300000 - Amazon Titan Text Embeddings
        L-DE641971 300000 - Amazon Titan Text Embeddings V2
        L-7AB4ABDD 2000000 - Anthropic Claude 3.5 Haiku
        L-17F95AA4 300000 - Cohere Command R
        L-FEE1DCB6 300000 - Cohere Command R Plus
        L-594C7AC9 100000000 - GPT OSS Safeguard 120B
        L-5D8F2F54 100000000 - GPT OSS Safeguard 20B
        L-03A9B835 300000 - Meta Llama 3 8B Instruct
        L-02D831F1 300000 - Mistral AI Mistral 7B Instruct
        L-01447289 300000 - Mistral AI Mistral Large
        L-82C15FA8 300000 - Mistral AI Mistral Small
        L-490F4D1F 300000 - Mistral AI Mixtral 8X7BB Instruct
        L-904A6762 100000000 - Mistral Devstral 2 123b
        L-C709F563 100000000 - Mistral Large 3
        L-33D3627D 100000000 - NVIDIA Nemotron Nano 2
        L-A05A5476 100000000 - NVIDIA Nemotron Nano 2 VL
        L-C0663FA3 100000000 - Nemotron Nano 3 30B
        L-9DC5F595 100000000 - OpenAI GPT OSS 120B
        L-036E14D8 100000000 - OpenAI GPT OSS 20B
        L-B7C52139 100000000 - Qwen3 32B V1
        L-92F81E14 100000000 - Qwen3 Coder 30B a3b V1
        L-A4C6122D 100000000 - Qwen3 Coder Next
        L-99316427 100000000 - Z.ai GLM 5
        L-12454D86 100000000 - Z.ai GLM-4.7
        L-B40F2E56 100000000 - Z.ai GLM-4.7 Flash
        # [bedrock-mantle endpoint] Output tokens per minute
        L-D67748AD 200000 + Claude Fable 5
        L-901932B9 500000 + Claude Fable 5.1
        L-15CD18AC 2000000 + Claude Opus 4.7
        L-37491D63 2000000 + Claude Opus 4.8
        L-EDC225D2 2000000 + Claude Opus 5
        L-15830237 300000 + Claude Sonnet 5
        L-08036ECB 2000000 + GPT-5.4
        L-8A643E07 1000000 + GPT-5.5
        L-D44E1D4E 2000000 + GPT-5.6 Luna
        L-C2E494BA 1000000 + GPT-5.6 Sol
        L-574688BD 2000000 + GPT-5.6 Terra
        # (Model customization) Sum of on demand custom model deployment requests per minute
        L-3AE9B770 2000 - Amazon Nova 2 Lite
        L-7374C882 2000 - Amazon Nova Lite
        L-531AA149 2000 - Amazon Nova Micro
        L-81D9AFEF 200 - Amazon Nova Pro
        # Model invocation max tokens per day
        L-44AA6B1A 432000000 - AI21 Labs Jamba 1.5 Large (doubled for cross-region calls)
        L-103822BF 432000000 - AI21 Labs Jamba 1.5 Mini (doubled for cross-region calls)
        L-210172B5 5760000000 - Amazon Nova 2 Lite (doubled for cross-region calls)
        L-5D2555BB 5760000000 - Amazon Nova 2 Omni (doubled for cross-region calls)
        L-34B9B1E8 720000000 - Amazon Nova 2 Pro Preview (doubled for cross-region calls)
        L-45E0AD92 5760000000 - Amazon Nova Lite (doubled for cross-region calls)
        L-D2912E70 5760000000 - Amazon Nova Micro (doubled for cross-region calls)
        L-B1D7F4B9 1440000000 - Amazon Nova Premier V1 (doubled for cross-region calls)
        L-D690997B 1440000000 - Amazon Nova Pro (doubled for cross-region calls)
        L-A2E1E2DD 2880000000 - Anthropic Claude 3.5 Haiku (doubled for cross-region calls)
        L-6120CF2D 3600000000 - Anthropic Claude Haiku 4.5 (doubled for cross-region calls)
        L-F397ECBF 1440000000 - Anthropic Claude Opus 4.5 (doubled for cross-region calls)
        L-381AD9EE 3600000000 - Anthropic Claude Sonnet 4.5 V1 (doubled for cross-region calls)
        L-E107194C 720000000 - Anthropic Claude Sonnet 4.5 V1 1M Context Length (doubled for cross-region calls)
        L-B29C9321 4320000000 - Anthropic Claude Sonnet 4.6 (doubled for cross-region calls)
        L-F1BB08BB 216000000 - Cohere Embed V4 (doubled for cross-region calls)
        L-F3D482FA 57600000000 - GPT-6 Luna (doubled for cross-region calls)
        L-B55D3318 28800000000 - GPT-6 Sol (doubled for cross-region calls)
        L-B34C64C1 432000000 - Meta Llama 3.2 11B Instruct (doubled for cross-region calls)
        L-385F89F0 432000000 - Meta Llama 3.2 1B Instruct (doubled for cross-region calls)
        L-CCE51B55 432000000 - Meta Llama 3.2 3B Instruct (doubled for cross-region calls)
        L-2B30E322 432000000 - Meta Llama 3.2 90B Instruct (doubled for cross-region calls)
        L-12056022 432000000 - Mistral AI Mistral 7B Instruct (doubled for cross-region calls)
        L-7A3C4C1E 432000000 - Mistral AI Mistral Large (doubled for cross-region calls)
        L-163043A1 432000000 - Mistral AI Mistral Small (doubled for cross-region calls)
        L-68D6B437 432000000 - Mistral AI Mixtral 8X7B Instruct (doubled for cross-region calls)
        L-58280E37 57600000 - Mistral Pixtral Large 25.02 V1 (doubled for cross-region calls)
        L-BA59CBAA 14400000000 - Moonshot AI Kimi K3 (doubled for cross-region calls)
        L-B9B77872 108000000 - Writer AI Palmyra X4 V1 (doubled for cross-region calls)
        L-7E80DA80 108000000 - Writer AI Palmyra X5 V1 (doubled for cross-region calls)
        # On-demand InvokeModel concurrent requests
        L-995EBD81 20 - Amazon Nova 2 Sonic
        L-BD0D28A0 10 - Amazon Nova Reel1.0
        L-581C6B7F 3 - Amazon Nova Reel1.1
        L-FC3AC7EE 20 - Amazon Nova Sonic
        L-8EE52813 30 - Twelve Labs Marengo
        L-CABD464E 30 + Twelve Labs Pegasus
        # (Model customization) Sum of on demand custom model deployment tokens per minute
        L-0704A05C 4000000 - Amazon Nova 2 Lite
        L-153ADCCB 4000000 - Amazon Nova Lite
        L-AA71BFED 4000000 - Amazon Nova Micro
        L-03EBF703 800000 - Amazon Nova Pro
        #
        L-E3F10727 700000000 - Cross-Model Max Tokens Per Day
        L-FE44174A 20 - Model units no-commitment Provisioned Throughputs across base models
        # [bedrock-mantle endpoint] Input tokens per minute
        L-0F6BA833 2000000 + Claude Fable 5
        L-90E3E748 5000000 + Claude Fable 5.1
        L-54814DC6 20000000 + Claude Opus 4.7
        L-8528F119 20000000 + Claude Opus 4.8
        L-DF09248F 20000000 + Claude Opus 5
        L-38EB0A61 3000000 + Claude Sonnet 5
        L-C593EA7C 20000000 + GPT-5.4
        L-2555C05B 10000000 + GPT-5.5
        L-31615887 20000000 + GPT-5.6 Luna
        L-137DD3C2 10000000 + GPT-5.6 Sol
        L-87594EB7 20000000 + GPT-5.6 Terra
        # On-Demand, latency-optimized model inference tokens per minute
        L-BF13118E 40000 - Amazon Nova Pro V1
        L-100511C1 40000 - Meta Llama 3.1 70B Instruct
        # On-demand latency-optimized model inference requests per minute
        L-9478509E 100 - Anthropic Claude 3.5 Haiku
        # On-demand latency-optimized model inference tokens per minute
        L-3589F697 500000 - Anthropic Claude 3.5 Haiku
        # (Model customization) Sum of on demand custom model deployment tokens per day
        L-88A6D90B 5760000000 - Amazon Nova 2 Lite
        L-B706E06A 5760000000 - Amazon Nova Lite
        L-FB6C5C02 5760000000 - Amazon Nova Micro
        L-D5E3ED5D 1152000000 - Amazon Nova Pro
        # On-Demand, latency-optimized model inference requests per minute
        L-98317D9C 10 - Amazon Nova Pro V1
        L-1E93532E 100 - Meta Llama 3.1 70B Instruct
        # Model invocation max latency-optimized tokens per day
        L-145AFCE6 57600000 - Amazon Nova Pro V1
        # On-demand InvokeModel async concurrent requests
        L-44704E61 30 - Amazon Nova 2 Multimodal Embeddings V1
        L-BC3096B9 10 + TwelveLabs Marengo Embed 3.0
        # Minimum number of records per batch inference job
        L-44FD86CF 20 - GLM 4.7 Flash
        # Records per batch inference job
        L-2767B9A9 20 - Claude Opus 4.5
        # Batch inference job size (in GB)
        L-A8E19E21 20 - Claude Sonnet 4.5
        # Records per input file per batch inference job
        L-4A832410 20 - Nova 2 Lite
        # Batch inference input file size (in GB)
        L-0EF69BEA 20 - OpenAI GPT OSS 20b
        # Batch inference job size  (in GB)
        L-F2578A4A 20 - Qwen3 Next 80B
        # Sum of in-progress and submitted batch inference jobs using a base model
        L-A0300844 20 - Claude Sonnet 4.5.
        # Sum of in-progress and submitted batch inference jobs using a custom model
        L-652C224A 20 - Titan Multimodal Embeddings G1
        # Model units per provisioned model
        L-C4522D0D 20 - Anthropic Claude V2 100K
        L-4532261E 20 - the 24k context length variant for Amazon Nova Lite\u{20}
        """
}
