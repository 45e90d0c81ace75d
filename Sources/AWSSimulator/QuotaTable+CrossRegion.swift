extension QuotaTable {
    /// Quotas of geographic and global profiles, as AWS listed them in September 2026.
    static let crossRegion = """
        # Cross-region model inference tokens per minute
        L-C6F5908D 8000000 + Amazon Nova 2 Lite
        L-2438ED67 8000000 + Amazon Nova 2 Omni
        L-F0AF140A 1000000 + Amazon Nova 2 Pro Preview
        L-7C42E72A 8000000 + Amazon Nova Lite
        L-DC7FF66C 8000000 + Amazon Nova Micro
        L-AA7FE948 2000000 + Amazon Nova Premier V1
        L-C0326783 2000000 + Amazon Nova Pro
        L-9B258944 4000000 + Anthropic Claude Fable 5
        L-E8940935 10000000 + Anthropic Claude Fable 5.1
        L-58BE175A 5000000 + Anthropic Claude Haiku 4.5
        L-7007E9C9 2000000 + Anthropic Claude Opus 4.5
        L-0AD9BBE8 3000000 + Anthropic Claude Opus 4.6 V1
        L-5DB28B7B 10000000 + Anthropic Claude Opus 4.7
        L-DB99DCDB 30000000 + Anthropic Claude Opus 4.8
        L-99296DCD 30000000 + Anthropic Claude Opus 5
        L-A4430697 30000000 + Anthropic Claude Opus 5.5
        L-F4DDD3EB 5000000 + Anthropic Claude Sonnet 4.5 V1
        L-8EA73537 1000000 + Anthropic Claude Sonnet 4.5 V1 1M Context Length
        L-15B8E632 6000000 + Anthropic Claude Sonnet 4.6
        L-D4FBCF4E 6000000 + Anthropic Claude Sonnet 5
        L-4C3F0FE6 300000 + Cohere Embed V4
        L-06B03968 200000 + DeepSeek R1 V1
        L-E3C70889 20000000 + GPT-5.6 Luna
        L-D94ECE3B 10000000 + GPT-5.6 Sol
        L-99936FBF 20000000 + GPT-5.6 Terra
        L-53A144CD 4000000 + GPT-6 Astra
        L-AB39D760 4000000 + GPT-6 Luna
        L-8FD128CF 2000000 + GPT-6 Sol
        L-0F2ECB41 10000000 + Grok 4.6
        L-92E68994 600000 + Meta Llama 3.1 70B Instruct
        L-9782749C 600000 + Meta Llama 3.1 8B Instruct
        L-BD9FDA6F 600000 + Meta Llama 3.2 1B Instruct
        L-0B2687F4 600000 + Meta Llama 3.2 3B Instruct
        L-0E7AA8B7 600000 + Meta Llama 3.3 70B Instruct
        L-DE3FBBF4 600000 + Meta Llama 4 Maverick V1
        L-532E6630 600000 + Meta Llama 4 Scout V1
        L-4B9F76B0 80000 + Mistral Pixtral Large 25.02 V1
        L-51FF35D5 10000000 + Moonshot AI Kimi K3
        L-FF1F238B 150000 + Writer AI Palmyra X4 V1
        L-90DFE70F 150000 + Writer AI Palmyra X5 V1
        # Global cross-region model inference requests per minute
        L-D5F39C2F 2000 + Amazon Nova 2 Lite
        L-DCD79770 2000 + Amazon Nova 2 Omni
        L-A3425ABD 100 + Amazon Nova 2 Pro Preview
        L-E5084BBA 10000 + Anthropic Claude Haiku 4.5
        L-58424D95 10000 + Anthropic Claude Opus 4.5
        L-3DD46812 10000 + Anthropic Claude Opus 4.6 V1
        L-DB84CE56 10000 + Anthropic Claude Sonnet 4.5 V1
        L-C0D53EFB 1000 + Anthropic Claude Sonnet 4.5 V1 1M Context Length
        L-F6E116D7 10000 + Anthropic Claude Sonnet 4.6
        L-7089DC7D 2000 + Cohere Embed V4
        # Cross-region model inference requests per minute
        L-F06F1187 2000 - Amazon Nova 2 Lite
        L-91A570FD 2000 - Amazon Nova 2 Omni
        L-3B97F1DC 100 - Amazon Nova 2 Pro Preview
        L-89F8391A 4000 - Amazon Nova Lite
        L-3F110E0F 4000 - Amazon Nova Micro
        L-9AD981E7 500 - Amazon Nova Premier V1
        L-ED46B8C5 500 - Amazon Nova Pro
        L-CCA5DF70 10000 + Anthropic Claude Haiku 4.5
        L-27989F42 10000 + Anthropic Claude Opus 4.5
        L-11DFF789 10000 + Anthropic Claude Opus 4.6 V1
        L-4A6BFAB1 10000 + Anthropic Claude Sonnet 4.5 V1
        L-A052927A 1000 + Anthropic Claude Sonnet 4.5 V1 1M Context Length
        L-00FF3314 10000 + Anthropic Claude Sonnet 4.6
        L-EB8C1F30 2000 - Cohere Embed V4
        L-F52323AB 200 - DeepSeek R1 V1
        L-29644EB3 800 - Meta Llama 3.1 70B Instruct
        L-396C5302 1600 - Meta Llama 3.1 8B Instruct
        L-A31D2B40 1600 - Meta Llama 3.2 1B Instruct
        L-6B0A9FAD 1600 - Meta Llama 3.2 3B Instruct
        L-DEDE703C 800 - Meta Llama 3.3 70B Instruct
        L-4F18EF2F 800 - Meta Llama 4 Maverick V1
        L-751B753A 800 - Meta Llama 4 Scout V1
        L-674F42D5 10 - Mistral Pixtral Large 25.02 V1
        L-0C7F3C72 4 - Stable Image Conservative Upscale
        L-F335C1D6 20 - Stable Image Control Sketch
        L-9B65945A 20 - Stable Image Control Structure
        L-DB8B3F46 4 - Stable Image Creative Upscale
        L-14BB1F8E 20 - Stable Image Erase Object
        L-D3D76E8D 20 - Stable Image Fast Upscale
        L-3CD80F9F 20 - Stable Image Inpaint
        L-C90A68F1 4 - Stable Image Outpaint
        L-E347CF0D 20 - Stable Image Remove Background
        L-2CE9125F 20 - Stable Image Search and Recolor
        L-AE5771D9 20 - Stable Image Search and Replace
        L-D15F5A64 20 - Stable Image Style Guide
        L-42A5F078 20 - Stable Image Style Transfer
        L-E967C2DE 200 - Twelve Labs Marengo
        L-6E046197 120 + Twelve Labs Pegasus
        L-E5197E26 1000 + TwelveLabs Marengo Embed 3.0
        L-79AAC482 10 - Writer AI Palmyra X4 V1
        L-D655BF6C 10 - Writer AI Palmyra X5 V1
        # Global cross-region model inference tokens per day
        L-AD940EDE 11520000000 - Amazon Nova 2 Lite
        L-00BD9E79 11520000000 - Amazon Nova 2 Omni
        L-A0EBB440 1440000000 - Amazon Nova 2 Pro Preview
        L-B5C049AE 7200000000 - Anthropic Claude Haiku 4.5
        L-E2985A8E 2880000000 - Anthropic Claude Opus 4.5
        L-BC182137 7200000000 - Anthropic Claude Sonnet 4.5 V1
        L-229A5DEC 1440000000 - Anthropic Claude Sonnet 4.5 V1 1M Context Length
        L-248E47B7 8640000000 - Anthropic Claude Sonnet 4.6
        L-795ADAB0 432000000 - Cohere Embed V4
        L-C0FA489B 5760000000 - GPT-6 Luna
        L-685F85F7 2880000000 - GPT-6 Sol
        L-0EDA3E92 14400000000 - Moonshot AI Kimi K3
        # Global cross-region model inference tokens per minute
        L-71C69B70 8000000 + Amazon Nova 2 Lite
        L-21800074 8000000 + Amazon Nova 2 Omni
        L-6B796A8E 1000000 + Amazon Nova 2 Pro Preview
        L-D06938E7 4000000 + Anthropic Claude Fable 5
        L-50CC5674 10000000 + Anthropic Claude Fable 5.1
        L-9A11C666 5000000 + Anthropic Claude Haiku 4.5
        L-3ABF6ACC 2000000 + Anthropic Claude Opus 4.5
        L-3DCCFAA4 3000000 + Anthropic Claude Opus 4.6 V1
        L-34152C1D 10000000 + Anthropic Claude Opus 4.7
        L-4FCE27C7 30000000 + Anthropic Claude Opus 4.8
        L-D73B1244 30000000 + Anthropic Claude Opus 5
        L-A103A344 30000000 + Anthropic Claude Opus 5.5
        L-27C57EE8 5000000 + Anthropic Claude Sonnet 4.5 V1
        L-4B26E44A 1000000 + Anthropic Claude Sonnet 4.5 V1 1M Context Length
        L-7BEE40FB 6000000 + Anthropic Claude Sonnet 4.6
        L-DD84E5CA 6000000 + Anthropic Claude Sonnet 5
        L-02DFBB76 300000 + Cohere Embed V4
        L-D983F7C0 20000000 + GPT-5.6 Luna
        L-4D7537CF 10000000 + GPT-5.6 Sol
        L-8E752C84 20000000 + GPT-5.6 Terra
        L-B38B530A 4000000 + GPT-6 Astra
        L-CCC92354 4000000 + GPT-6 Luna
        L-039AF68B 2000000 + GPT-6 Sol
        L-2AD735F5 10000000 + Grok 4.6
        L-2B5A3FA2 10000000 + Moonshot AI Kimi K3
        # Cross-Region model inference requests per minute
        L-252DF594 2000 - Anthropic Claude 3.5 Haiku
        # Cross-Region model inference tokens per minute
        L-4BF37C17 4000000 + Anthropic Claude 3.5 Haiku
        """
}
