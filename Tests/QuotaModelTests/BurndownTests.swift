import QuotaModel
import Testing

@Suite struct BurndownTests {
    @Test(
        "the page's rates, by exact version",
        arguments: [
            ("anthropic.claude-opus-4-8", 15, .table),
            ("anthropic.claude-opus-4-8-20260601-v1:0", 15, .table),
            ("anthropic.claude-sonnet-5", 10, .table), ("anthropic.claude-opus-5", 10, .table),
            ("anthropic.claude-opus-5-5", 10, .table), ("anthropic.claude-fable-5-1", 10, .table),
            ("openai.gpt-5.6-sol", 10, .table), ("openai.gpt-5.6-terra", 10, .table),
            ("openai.gpt-5.6-luna", 10, .table),
            ("anthropic.claude-opus-4-7", 5, .table), ("anthropic.claude-opus-4-6-v1", 5, .table),
            ("anthropic.claude-sonnet-4-6", 5, .table),
            ("anthropic.claude-sonnet-4-20250514-v1:0", 5, .table),
            ("anthropic.claude-haiku-4-5-20251001-v1:0", 5, .table),
            ("anthropic.claude-3-5-sonnet-20241022-v2:0", 5, .table),
            ("anthropic.claude-3-7-sonnet-20250219-v1:0", 5, .table),
            ("anthropic.claude-3-opus-20240229-v1:0", 5, .table),
            ("anthropic.claude-v2", 5, .table), ("anthropic.claude-v2:1", 5, .table),
            ("anthropic.claude-instant-v1", 5, .table),
            ("anthropic.claude-fable-5", 5, .assumed), ("anthropic.claude-sonnet-5-5", 5, .assumed),
            ("anthropic.claude-haiku-5", 5, .assumed), ("anthropic.claude-sonnet-4-8", 5, .assumed),
            ("anthropic.claude-opus-4-80", 5, .assumed), ("anthropic.claude-opus-4-10", 5, .assumed),
            ("anthropic.claude-opus-4-8-fast", 5, .assumed), ("anthropic.claude-opus-5-5-1", 5, .assumed),
            ("anthropic.claude-mythos", 5, .assumed), ("anthropic.claude-", 5, .assumed),
            ("anthropic.", 5, .assumed), ("anthropic.claude-99999999999999999999-x", 5, .assumed),
            ("amazon.nova-pro-v1:0", 1, .table), ("meta.llama2-13b-chat-v1", 1, .table),
            ("moonshotai.kimi-k3", 1, .table), ("openai.gpt-oss-120b-1:0", 1, .table),
            ("openai.gpt-5.5", 1, .table), ("openai.gpt-6-astra", 1, .assumed),
            ("openai.gpt-5.6-sol-mini", 1, .assumed), ("openai.gpt-6.1-sol", 1, .assumed),
            ("acme.rocket-1", 1, .assumed), ("", 1, .assumed),
        ] as [(String, Double, BurndownSource)])
    func rates(model: String, value: Double, source: BurndownSource) {
        let rate = BurndownTable().rate(ofModel: model, scope: .crossRegion)
        #expect(rate == BurndownRate(value: value, source: source))
    }

    @Test("every model of us-east-1 that is Anthropic's and listed by the page has the page's rate")
    func wholeList() throws {
        let assumed = try Fixture.inventory().models.map(\.modelID).filter {
            BurndownTable().rate(ofModel: $0, scope: .global).source == .assumed
        }
        #expect(
            assumed.sorted() == [
                "anthropic.claude-fable-5", "openai.gpt-6-astra", "openai.gpt-6-luna", "openai.gpt-6-sol",
            ])
    }

    @Test("bedrock-mantle weights nothing")
    func mantle() {
        let table = BurndownTable(overrides: [BurndownOverride(model: "*", rate: 7)])
        #expect(
            table.rate(ofModel: "anthropic.claude-opus-4-8", scope: .mantle)
                == .unweighed)
    }

    @Test("the first override that matches wins; a measured rate only fills the page's silence")
    func precedence() {
        let table = BurndownTable(overrides: [
            BurndownOverride(model: "anthropic.claude-opus-4-8", rate: 20),
            BurndownOverride(model: "anthropic.claude-opus-4-8*", rate: 30),
            BurndownOverride(model: "openai.*", rate: 2),
        ])
        let measured = BurndownRate(value: 8, source: .measured)
        func rate(_ model: String) -> BurndownRate {
            table.rate(ofModel: model, scope: .global, measured: measured)
        }
        #expect(rate("anthropic.claude-opus-4-8") == .init(value: 20, source: .override))
        #expect(rate("anthropic.claude-opus-4-8-x") == .init(value: 30, source: .override))
        #expect(rate("openai.gpt-6-sol") == .init(value: 2, source: .override))
        #expect(rate("anthropic.claude-opus-4-7") == .init(value: 5, source: .table))
        #expect(rate("anthropic.claude-fable-5") == measured)
    }
}

@Suite struct QuotaTokensTests {
    private func minute(
        input: Double? = nil, output: Double? = nil, read: Double? = nil, write: Double? = nil,
        estimate: Double? = nil
    ) -> UsageMinute {
        var minute = UsageMinute()
        minute.inputTokens = input
        minute.outputTokens = output
        minute.cacheReadInputTokens = read
        minute.cacheWriteInputTokens = write
        minute.estimatedQuotaTokens = estimate
        return minute
    }

    @Test("golden values")
    func golden() {
        #expect(QuotaTokens(of: minute(input: 10_000, output: 5_000), rate: 5)?.value == 35_000)
        #expect(QuotaTokens(of: minute(input: 1_000_000, output: 500_000), rate: 5)?.value == 3_500_000)
        #expect(QuotaTokens(of: minute(input: 26, output: 1_203), rate: 5)?.value == 6_041)
        #expect(QuotaTokens(of: minute(input: 13, output: 4, write: 8_814), rate: 5)?.value == 8_847)
        let opus = minute(input: 90_294_172, output: 3_868_920)
        #expect(QuotaTokens(of: opus, rate: 5) == .init(value: 109_638_772, source: .weighted))
    }

    @Test("AWS's estimate goes first, a missing datapoint counts nothing, cache reads are free")
    func sources() {
        let all = minute(input: 1, output: 1, read: 1, write: 1, estimate: 40)
        #expect(QuotaTokens(of: all, rate: 5) == .init(value: 40, source: .awsEstimate))
        #expect(QuotaTokens(of: minute(input: 7), rate: 5) == .init(value: 7, source: .weighted))
        #expect(QuotaTokens(of: minute(output: 7), rate: 5) == .init(value: 35, source: .weighted))
        #expect(QuotaTokens(of: minute(write: 7), rate: 5) == .init(value: 7, source: .weighted))
        #expect(QuotaTokens(of: minute(input: 0), rate: 5) == .init(value: 0, source: .weighted))
        #expect(QuotaTokens(of: minute(input: 1, read: 99), rate: 5)?.value == 1)
        #expect(QuotaTokens(of: minute(read: 99), rate: 5) == nil)
        #expect(QuotaTokens(of: UsageMinute(), rate: 5) == nil)
    }

    @Test(
        "Parts that were added up weigh, at any rate, what their minutes weigh; an estimate stays what it is")
    func parts() {
        let minutes = [
            minute(input: 26, output: 1_203, read: 9), minute(write: 3), minute(output: 2, estimate: 40),
        ]
        var sum = BurnedTokens()
        for minute in minutes { sum += BurnedTokens(ofMinute: minute) }
        for rate in [1, 5, 2.5] {
            let whole = minutes.reduce(0) { $0 + (QuotaTokens(of: $1, rate: rate)?.value ?? 0) }
            #expect(sum.quotaTokens(rate: rate) == whole)
        }
        #expect(BurnedTokens(ofPeriod: minutes[2]) == BurnedTokens(fixed: 0, burned: 2))
    }
}
