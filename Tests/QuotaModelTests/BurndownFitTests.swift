import QuotaModel
import Testing

@Suite("Burndown rates out of AWS's estimates")
struct BurndownFitTests {
    private func minute(
        _ input: Double, _ output: Double, write: Double = 0, rate: Double, share: Double = 1
    ) -> UsageMinute {
        var minute = UsageMinute()
        minute.inputTokens = input
        minute.outputTokens = output
        if write > 0 { minute.cacheWriteInputTokens = write }
        minute.estimatedQuotaTokens = ((input + write + output * rate) * share).rounded()
        return minute
    }

    /// A believable minute: a few to many requests with more input than output.
    private func random(_ random: inout SeededGenerator, rate: Double, share: Double = 1) -> UsageMinute {
        let output = Double(Int.random(in: 500...50_000, using: &random))
        return minute(
            output * Double.random(in: 0.5...12, using: &random).rounded(), output,
            write: Bool.random(using: &random) ? output.rounded() : 0, rate: rate, share: share)
    }

    @Test("exact minutes give their rate, from thirty on", arguments: [1, 2, 2.5, 5, 10, 15, 37] as [Double])
    func exact(rate: Double) {
        var generator = SeededGenerator(seed: UInt64(rate * 10))
        let minutes = (0..<30).map { _ in random(&generator, rate: rate) }
        #expect(BurndownRate.measured(in: minutes) == BurndownRate(value: rate, source: .measured))
        #expect(BurndownRate.measured(in: minutes.dropLast()) == nil)
    }

    @Test(
        "noise of 0.3 %, minutes without estimate and one late estimate of thirty change nothing",
        arguments: 0..<100)
    func noise(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let rate: Double = ([1, 5, 10, 15] as [Double]).randomElement(using: &generator) ?? 5
        var minutes: [UsageMinute] = []
        for index in 0..<300 {
            let isLate = index % 30 == 7
            let share =
                isLate
                ? Double.random(in: 0...0.9, using: &generator)
                : Double.random(in: 0.997...1.003, using: &generator)
            var one = random(&generator, rate: rate, share: share)
            if Int.random(in: 0..<3, using: &generator) == 0 { one.estimatedQuotaTokens = nil }
            if Int.random(in: 0..<9, using: &generator) == 0 { one.outputTokens = nil }
            minutes.append(one)
        }
        #expect(BurndownRate.measured(in: minutes) == BurndownRate(value: rate, source: .measured))
    }

    @Test(
        "disagreement is no rate: two rates mixed, estimates of other traffic, a tenth of them late",
        arguments: 0..<50)
    func disagreement(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let mixed = (0..<200).map { random(&generator, rate: $0 % 5 == 0 ? 10 : 5) }
        #expect(BurndownRate.measured(in: mixed) == nil)
        let late = (0..<200).map { random(&generator, rate: 5, share: $0 % 10 == 0 ? 0.5 : 1) }
        #expect(BurndownRate.measured(in: late) == nil)
        let other = (0..<200).map { _ in
            var one = random(&generator, rate: 5)
            one.estimatedQuotaTokens = Double(Int.random(in: 0...1_000_000, using: &generator))
            return one
        }
        #expect(BurndownRate.measured(in: other) == nil)
    }

    @Test("minutes that are nearly all input cannot tell rates apart and are left out")
    func inputOnly() {
        let silent = (0..<100).map { _ in minute(1_000_000, 1000, rate: 5) }
        var fit = BurndownFit()
        for one in silent { fit.add(one) }
        #expect(fit.minuteCount == 0)
        #expect(fit.rate == nil)
        for _ in 0..<30 { fit.add(minute(1000, 1000, rate: 15)) }
        #expect(fit.rate?.value == 15)
    }

    @Test(
        "a rate that AWS changed counts once the older minutes are pushed out; zero estimates measure nothing"
    )
    func change() {
        var fit = BurndownFit()
        for _ in 0..<BurndownFit.maximumMinutes { fit.add(minute(10_000, 5000, rate: 5)) }
        #expect(fit.rate?.value == 5)
        for _ in 0..<BurndownFit.maximumMinutes { fit.add(minute(10_000, 5000, rate: 10)) }
        #expect(fit.rate?.value == 10)
        #expect(fit.minuteCount == BurndownFit.maximumMinutes)
        #expect(
            BurndownRate.measured(in: (0..<99).map { _ in minute(10_000, 5000, rate: 5, share: 0) }) == nil)
        #expect(BurndownRate.measured(in: []) == nil)
    }

    @Test("only a table rate in use is contradicted, and only by another value")
    func mismatch() {
        let table = BurndownTable(overrides: [BurndownOverride(model: "anthropic.claude-opus-4-8", rate: 15)])
        func mismatch(_ model: String, _ value: Double?, _ scope: InferenceScope = .global)
            -> BurndownMismatch?
        {
            table.mismatch(
                ofModel: model, scope: scope,
                measured: value.map { BurndownRate(value: $0, source: .measured) })
        }
        let found = mismatch("anthropic.claude-sonnet-4-6", 10)
        #expect(found?.tableRate == 5)
        #expect(found?.measuredRate == 10)
        #expect(mismatch("anthropic.claude-sonnet-4-6", 5) == nil)
        #expect(mismatch("anthropic.claude-sonnet-4-6", nil) == nil)
        #expect(mismatch("anthropic.claude-sonnet-4-6", 10, .mantle) == nil)
        #expect(mismatch("anthropic.claude-opus-4-8", 10) == nil, "an override is the operator's own word")
        #expect(mismatch("anthropic.claude-mythos", 10) == nil, "an assumed rate gives way")
    }
}
