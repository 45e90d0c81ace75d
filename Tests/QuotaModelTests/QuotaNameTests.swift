import QuotaModel
import Testing

@Suite struct QuotaNameTests {
    private func uses(_ name: QuotaName) -> String {
        name.uses.map { "\($0.scope.rawValue) \($0.kind.rawValue) x\(Int($0.factor))" }.joined(
            separator: ", ")
    }

    @Test(
        "each family of names is read",
        arguments: [
            (
                "On-demand model inference requests per minute for Mistral Large 3",
                "on_demand requests_per_minute x1", "Mistral Large 3"
            ),
            (
                "On-demand model inference tokens per minute for Gemma 3 4B",
                "on_demand tokens_per_minute x1", "Gemma 3 4B"
            ),
            (
                "Cross-region model inference tokens per minute for GPT-6 Sol",
                "cross_region tokens_per_minute x1", "GPT-6 Sol"
            ),
            (
                "Cross-Region model inference requests per minute for Anthropic Claude 3.5 Haiku",
                "cross_region requests_per_minute x1", "Anthropic Claude 3.5 Haiku"
            ),
            (
                "Global cross-region model inference tokens per day for Cohere Embed V4",
                "global tokens_per_day x1", "Cohere Embed V4"
            ),
            (
                "[bedrock-mantle endpoint] Input tokens per minute for GPT-5.4",
                "mantle input_tokens_per_minute x1", "GPT-5.4"
            ),
            (
                "[bedrock-mantle endpoint] Output tokens per minute for Claude Fable 5.1",
                "mantle output_tokens_per_minute x1", "Claude Fable 5.1"
            ),
            (
                "Model invocation max tokens per day for GPT-6 Sol (doubled for cross-region calls)",
                "on_demand tokens_per_day x1, cross_region tokens_per_day x2", "GPT-6 Sol"
            ),
            ("Model invocation max tokens per day for GPT-6 Sol", "on_demand tokens_per_day x1", "GPT-6 Sol"),
            (
                "(Model customization) Sum of on demand custom model deployment tokens per minute for Amazon Nova Micro",
                "custom_model tokens_per_minute x1", "Amazon Nova Micro"
            ),
            (
                "(Model customization) Sum of on demand custom model deployment requests per minute for Amazon Nova 2 Lite",
                "custom_model requests_per_minute x1", "Amazon Nova 2 Lite"
            ),
        ])
    func families(text: String, expected: String, label: String) throws {
        let name = try QuotaName(text)
        #expect(uses(name) == expected)
        #expect(name.label == label)
        #expect(name.contextWindow == nil)
    }

    @Test(
        "case, spacing, a closing period and a repeated suffix change nothing",
        arguments: [
            "  Model  invocation max tokens per day for\tAmazon Nova Pro (doubled for cross-region calls) ",
            "model invocation max tokens per day for Amazon Nova Pro (Doubled for Cross-Region calls).",
            "Model Invocation Max Tokens Per Day For Amazon Nova  Pro (doubled for cross-region calls) .",
            "Model invocation max tokens per day for Amazon Nova Pro (doubled for cross-region calls) (doubled for cross-region calls)",
        ])
    func irregular(text: String) throws {
        let plain = try QuotaName(
            "Model invocation max tokens per day for Amazon Nova Pro (doubled for cross-region calls)")
        #expect(try QuotaName(text) == plain)
    }

    @Test(
        "a context-window variant is set apart, wherever it stands",
        arguments: [
            "Cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.5 V1 1M Context Length",
            "Cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.5 V1 (1M Context Length)",
            "Cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.5 V1 1M context length.",
        ])
    func contextWindow(text: String) throws {
        let name = try QuotaName(text)
        #expect(name.label == "Anthropic Claude Sonnet 4.5 V1")
        #expect(name.contextWindow?.lowercased() == "1m context length")
        let daily = try QuotaName(
            "Model invocation max tokens per day for Anthropic Claude Sonnet 4.5 V1 1M Context Length "
                + "(doubled for cross-region calls)")
        #expect(daily.contextWindow == "1M Context Length")
        #expect(daily.uses.count == 2)
    }

    @Test(
        "what does not limit on-demand inference is refused with the reason",
        arguments: [
            (
                "(Model customization) Sum of training and validation records for a Titan Text G1 - Lite v1 Fine-tuning job",
                .customization
            ),
            ("(Model customization) Custom model deployments per account", .customization),
            (
                "On-demand latency-optimized model inference tokens per minute for Anthropic Claude 3.5 Haiku",
                .latencyOptimized
            ),
            (
                "On-Demand, latency-optimized model inference tokens per minute for Amazon Nova Pro V1",
                .latencyOptimized
            ),
            (
                "Model invocation max latency-optimized tokens per day for Amazon Nova Pro V1",
                .latencyOptimized
            ),
            ("On-demand InvokeModel concurrent requests for Amazon Nova Reel1.0", .concurrentRequests),
            ("On-demand model inference concurrent requests for Luma Ray V2", .concurrentRequests),
            ("Cross-Model Max Tokens Per Day", .crossModel),
            ("Records per batch inference job for Claude Opus 4.5", .batch),
            ("Model units per provisioned model for Anthropic Claude V2 100K", .provisioned),
            ("Model units no-commitment Provisioned Throughputs across base models", .provisioned),
            ("On-demand model inference tokens per minute for ", .notInference),
            ("On-demand model inference tokens per minute for .", .notInference),
            ("On-demand model inference tokens per hour for Amazon Nova Pro", .notInference),
            ("On-demand model inference requests per day for Amazon Nova Pro", .notInference),
            ("Model invocation max tokens per day for (doubled for cross-region calls)", .noModel),
            ("Cross-region model inference tokens per minute for 1M Context Length", .noModel),
            ("(Knowledge Bases) Retrieve requests per second", .notInference),
            ("On-demand ApplyGuardrail requests per second", .notInference),
            ("CreateAgent requests per second", .notInference),
            ("Throttle rate limit for CreateBlueprint", .notInference),
            ("", .notInference), (" . ", .notInference), ("\u{0}", .notInference),
        ] as [(String, QuotaNameRefusal)])
    func refused(text: String, reason: QuotaNameRefusal) {
        #expect(throws: reason) { try QuotaName(text) }
    }

    @Test("every name of us-east-1 is read or refused as its prefix says")
    func wholeList() throws {
        var counts: [String: Int] = [:]
        for row in try Fixture.rows("quotas-us-east-1") {
            do { counts[uses(try QuotaName(row[1])), default: 0] += 1 } catch {
                counts["\(error)", default: 0] += 1
            }
        }
        #expect(
            counts == [
                "on_demand requests_per_minute x1": 84, "on_demand tokens_per_minute x1": 63,
                "cross_region requests_per_minute x1": 41, "cross_region tokens_per_minute x1": 40,
                "on_demand tokens_per_day x1, cross_region tokens_per_day x2": 26,
                "global tokens_per_minute x1": 24, "global requests_per_minute x1": 9,
                "global tokens_per_day x1": 8,
                // Calls with a long context; their requests cannot be told apart.
                "on_demand_long_context tokens_per_day x1, cross_region_long_context tokens_per_day x2": 1,
                "cross_region_long_context tokens_per_minute x1": 1,
                "global_long_context tokens_per_minute x1": 1, "global_long_context tokens_per_day x1": 1,
                "": 2, "mantle input_tokens_per_minute x1": 11,
                "mantle output_tokens_per_minute x1": 11, "concurrentRequests": 8,
                "custom_model tokens_per_minute x1": 4, "custom_model requests_per_minute x1": 4,
                "custom_model tokens_per_day x1": 4,
                "latencyOptimized": 7, "crossModel": 1,
            ])
        for row in try Fixture.rows("quotas-not-inference") {
            #expect(throws: QuotaNameRefusal.self) { try QuotaName(row[1]) }
        }
    }

    @Test("a long name is refused unread")
    func bound() {
        let name = "On-demand model inference tokens per minute for "
        #expect(throws: QuotaNameRefusal.notInference) {
            try QuotaName(name + String(repeating: "a", count: 500))
        }
        #expect(throws: Never.self) { try QuotaName(name + String(repeating: "a", count: 400)) }
    }

    @Test("no changed byte crashes the reader")
    func mutations() throws {
        let bytes = Array(
            "Model invocation max tokens per day for Amazon Nova 1M Context Length (doubled for cross-region calls)"
                .utf8)
        var read = 0
        for index in bytes.indices {
            for replacement: UInt8 in [0, 0x20, 0x28, 0x2E, 0x41, 0xC3, 0xFF] {
                var mutated = bytes
                mutated[index] = replacement
                if (try? QuotaName(String(decoding: mutated, as: UTF8.self))) != nil { read += 1 }
            }
        }
        #expect(read > 0 && read < bytes.count * 7)
    }
}
