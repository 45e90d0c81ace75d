import Testing

@testable import QuotaModel

@Suite("What AWS asks with a request for a higher quota")
struct QuotaQuestionnaireTests {
    private func pool(_ scope: InferenceScope = .global) -> PoolFigures {
        PoolFigures(
            pool: QuotaPool(account: "prod", region: "ap-southeast-1", scope: scope, model: "anthropic.x"))
    }

    @Test(
        "Steady state, peak and averages are what minutes say, found by looking at each of them",
        arguments: 0..<200)
    func oracle(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...300, using: &random)
        // Half of the minutes are idle, and values repeat.
        let minutes = (0..<count).map { _ in
            (
                requests: Double(
                    Int.random(in: 0...20, using: &random) / 2 * Int.random(in: 0...1, using: &random)),
                input: Double(Int.random(in: 0...5000, using: &random)),
                output: Double(Int.random(in: 0...900, using: &random))
            )
        }
        func tokens(_ index: Int) -> Double {
            minutes[index].requests == 0 ? 0 : minutes[index].input + 5 * minutes[index].output
        }
        var figures = pool()
        for (kind, value) in [
            (QuotaKind.tokensPerMinute, tokens), (.requestsPerMinute, { minutes[$0].requests }),
        ] as [(QuotaKind, (Int) -> Double)] {
            var series = PoolFigures.Series()
            series.setBusyMinutes((0..<count).map(value).filter { $0 > 0 }.shuffled(using: &random))
            series.peak = (0..<count).map(value).max()
            series.peakMinute = (0..<count).first { value($0) == series.peak }.map(Minute.init(index:))
            figures.series[kind] = series
        }
        let busy = minutes.filter { $0.requests > 0 }
        figures.sums = [
            .invocations: busy.reduce(0) { $0 + $1.requests }, .inputTokens: busy.reduce(0) { $0 + $1.input },
            .outputTokens: busy.reduce(0) { $0 + $1.output }, .cacheWriteInputTokens: 0,
        ]
        let asked = QuotaQuestionnaire(figures)
        #expect(asked.figures.map(\.kind) == [.tokensPerMinute, .requestsPerMinute])
        for (figure, value) in zip(asked.figures, [tokens, { minutes[$0].requests }] as [(Int) -> Double]) {
            let values = (0..<count).map(value).filter { $0 > 0 }
            // The least value that half of the busy minutes, rounded up, do not exceed.
            let steady = values.filter { one in 2 * values.count(where: { $0 <= one }) >= values.count }.min()
            #expect(figure.steady == steady)
            #expect(figure.peak == (0..<count).map(value).max())
            #expect(figure.peakMinute.map { value($0.index) } == figure.peak)
        }
        var requests = 0.0
        var (input, output) = (0.0, 0.0)
        for minute in minutes where minute.requests > 0 {
            requests += minute.requests
            input += minute.input
            output += minute.output
        }
        #expect(asked.inputTokensPerRequest == (requests > 0 ? input / requests : nil))
        #expect(asked.outputTokensPerRequest == (requests > 0 ? output / requests : nil))
        #expect(asked.cacheWriteTokensPerRequest == (requests > 0 ? 0 : nil))
    }

    @Test("Growth is that of the forecast, with its interval, and needs as many days")
    func growth() throws {
        var figures = pool()
        var series = PoolFigures.Series()
        series.dailyPeaks = (0..<29).map { DailyPeak(day: 20_000 + $0, ratio: 100_000 + 10_000 * Double($0)) }
        figures.series[.tokensPerMinute] = series
        series.dailyPeaks.removeLast(9)
        figures.series[.requestsPerMinute] = series
        let asked = QuotaQuestionnaire(figures).figures
        let trend = try #require(asked[0].growth)
        #expect(trend.slope == 10_000 && trend.low == 10_000 && trend.high == 10_000 && trend.isGrowing)
        #expect(asked[0].trendDays == 29)
        #expect(asked[1].growth == nil && asked[1].trendDays == 20)
    }

    @Test("Invariant 2: what is not known is nil, and a known zero is 0")
    func unknown() {
        var figures = pool()
        let nothing = QuotaQuestionnaire(figures)
        #expect(nothing.figures.allSatisfy { $0.steady == nil && $0.peak == nil && $0.growth == nil })
        #expect(nothing.inputTokensPerRequest == nil && nothing.outputTokensPerRequest == nil)
        #expect(nothing.lifecycle == nil)
        figures.sums = [.invocations: 0, .inputTokens: 0, .outputTokens: 0]
        #expect(
            QuotaQuestionnaire(figures).inputTokensPerRequest == nil, "without a request there is no average")
        figures.sums = [.invocations: 4, .inputTokens: 8]
        let partly = QuotaQuestionnaire(figures)
        #expect(partly.inputTokensPerRequest == 2 && partly.outputTokensPerRequest == nil)
        figures.sums = [.invocations: 4, .inputTokens: 8, .outputTokens: 0]
        #expect(QuotaQuestionnaire(figures).outputTokensPerRequest == 0)
    }

    @Test("Input and output are asked apart where they have quotas of their own, and a day is no minute")
    func kinds() {
        func kinds(_ scope: InferenceScope) -> [QuotaKind] {
            QuotaQuestionnaire(pool(scope)).figures.map(\.kind)
        }
        #expect(kinds(.mantle) == [.inputTokensPerMinute, .outputTokensPerMinute])
        #expect(kinds(.globalLongContext) == [.tokensPerMinute])
        #expect(kinds(.onDemand) == [.tokensPerMinute, .requestsPerMinute])
    }
}
